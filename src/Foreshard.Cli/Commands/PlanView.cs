using Foreshard.Cli.Output;

namespace Foreshard.Cli.Commands;

/// <summary>A plan on the screen.</summary>
internal static class PlanView
{
    private const int StepsShown = 20;
    private const int RefusalsShown = 10;
    private const int SubjectsShown = 3;

    public static void Write(Terminal terminal, PlanReport plan)
    {
        terminal.Say($"Plan from {Words.Moment(plan.From)} to {Words.Moment(plan.To)} UTC: {Summary(plan)}");
        terminal.Write(Partitions(plan));
        var lines = Lines(plan).ToList();
        foreach (var line in lines) terminal.Say(line);
        if (lines.Count > 0) terminal.Output.WriteLine();
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

    /// <summary>What is to be done, what stays and what the fleet lacks.</summary>
    private static IEnumerable<string> Lines(PlanReport plan)
    {
        foreach (var step in plan.Steps.Take(StepsShown)) yield return Line(step);
        if (plan.Steps.Count > StepsShown) yield return $"… and {Words.Count(plan.Steps.Count - StepsShown, "more step")}; --json and --html show all.";

        // Most of what stays does so for one of few reasons.
        var refusals = plan.Refusals.GroupBy(refusal => (refusal.Partition, refusal.Reason, refusal.Because)).Select(alike => alike.ToList()).ToList();
        foreach (var alike in refusals.Take(RefusalsShown)) yield return alike.Count == 1 ? Line(alike[0]) : Line(alike);
        if (refusals.Count > RefusalsShown)
            yield return $"… and {Words.Count(refusals.Skip(RefusalsShown).Sum(alike => alike.Count))} more that stay; --json and --html show all.";
        if (plan.Advice is { } advice) yield return Line(advice);
    }

    /// <summary>What stays for the same reason.</summary>
    private static string Line(List<PlanRefusalReport> alike)
    {
        var named = string.Join(", ", alike.Take(alike.Count > SubjectsShown ? SubjectsShown : alike.Count - 1).Select(refusal => refusal.Subject));
        var last = alike.Count > SubjectsShown ? $"{Words.Count(alike.Count - SubjectsShown)} more" : alike[^1].Subject;
        return $"{named} and {last} stay on {alike[0].Partition}: {alike[0].Reason}: {alike[0].Because}";
    }

    private static Spectre.Console.Table Partitions(PlanReport plan)
    {
        var table = Tables.Of("partition", ">peak if nothing is done", "at (UTC)", ">with the plan", "at (UTC)");
        foreach (var one in plan.Partitions)
            table.Row(one.Name, Words.Percent(one.PeakBefore), Words.Moment(one.PeakBeforeAt), Words.Percent(one.PeakAfter), Words.Moment(one.PeakAfterAt));
        return table;
    }
}
