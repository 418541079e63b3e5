using Foreshard.Cli.Output;

namespace Foreshard.Cli.Commands;

/// <summary>A plan on the screen.</summary>
internal static class PlanView
{
    private const int StepsShown = 20;
    private const int RefusalsShown = 10;

    public static void Write(Terminal terminal, PlanReport plan)
    {
        terminal.Say($"Plan from {Words.Moment(plan.From)} to {Words.Moment(plan.To)} UTC: {Summary(plan)}");
        terminal.Write(Partitions(plan));
        foreach (var step in plan.Steps.Take(StepsShown)) terminal.Say(Line(step));
        if (plan.Steps.Count > StepsShown) terminal.Say($"… and {Words.Count(plan.Steps.Count - StepsShown, "more step")}; --json and --html show all.");
        foreach (var refusal in plan.Refusals.Take(RefusalsShown)) terminal.Say(Line(refusal));
        if (plan.Refusals.Count > RefusalsShown)
            terminal.Say($"… and {Words.Count(plan.Refusals.Count - RefusalsShown)} more that stay; --json and --html show all.");
        if (plan.Advice is { } advice) terminal.Say(Line(advice));
    }

    /// <summary>What the plan comes to, in a sentence.</summary>
    public static string Summary(PlanReport plan)
    {
        if (plan.Steps.Count == 0) return "there is nothing to do.";
        var kinds = plan.Steps.CountBy(step => step.Kind).Select(kind => Words.Count(kind.Value, kind.Key));
        return $"{string.Join(", ", kinds)}, {Words.Bytes((long)plan.Steps.Sum(step => step.Bytes))} to carry; "
            + $"what it costs falls from {Words.Load(plan.CostBefore.Total)} to {Words.Load(plan.CostAfter.Total)} cost-unit-seconds of overload.";
    }

    /// <summary>What there is to do, in a few words.</summary>
    public static string Headline(PlanReport plan) => plan.Steps.Count == 0
        ? "Nothing to do now."
        : $"To do now: {string.Join(", ", plan.Steps.CountBy(step => step.Kind).Select(kind => Words.Count(kind.Value, kind.Key)))}.";

    /// <summary>A step with its reason.</summary>
    public static string Line(PlanStepReport step)
    {
        var where = step.From == step.To ? $"on {step.From}" : $"{step.From} → {step.To} ({Words.Bytes((long)step.Bytes)}, until {Words.Moment(step.EndsAt)})";
        var parts = step.Parts.Count > 0 ? $" {(step.Kind == "merge" ? "from" : "into")} {string.Join(" | ", step.Parts)}" : "";
        return $"{Words.Moment(step.StartsAt)}  {step.Kind} {step.Subject} {where}{parts}: {step.Reason}: {step.Because}";
    }

    /// <summary>What stays, and why.</summary>
    public static string Line(PlanRefusalReport refusal) =>
        $"{refusal.Subject} stays on {refusal.Partition}: {refusal.Reason}: {refusal.Because}";

    /// <summary>What the fleet lacks.</summary>
    public static string Line(AdviceReport advice) => advice.Partitions == 0
        ? $"No capacity, and no number of partitions would help: {advice.Because}"
        : $"No capacity: add {Words.Count(advice.Partitions, "partition")} by {Words.Moment(advice.By)} UTC: {advice.Because}";

    private static Spectre.Console.Table Partitions(PlanReport plan)
    {
        var table = Tables.Of("partition", ">peak if nothing is done", "at (UTC)", ">with the plan", "at (UTC)");
        foreach (var one in plan.Partitions)
            table.Row(one.Name, Words.Percent(one.PeakBefore), Words.Moment(one.PeakBeforeAt), Words.Percent(one.PeakAfter), Words.Moment(one.PeakAfterAt));
        return table;
    }
}
