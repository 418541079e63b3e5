using Foreshard.Cli.Output;
using Spectre.Console;

namespace Foreshard.Cli.Commands;

/// <summary>Decisions of the autopilot on the screen.</summary>
internal static class DecisionView
{
    private const int Indent = 4;

    /// <param name="terminal">Where.</param>
    /// <param name="decisions">Which ones.</param>
    /// <param name="isFull">Whether the partitions that were looked at are shown, too.</param>
    public static void Write(Terminal terminal, IReadOnlyList<DecisionReport> decisions, bool isFull)
    {
        foreach (var decision in decisions)
        {
            terminal.Say(Line(decision));
            foreach (var detail in Details(decision)) terminal.Write(new Padder(new Text(detail), new Padding(Indent, 0, 0, 0)));
            if (isFull && decision.Options.Count > 0) terminal.Write(new Padder(OptionsOf(decision), new Padding(Indent, 0, 0, 0)));
        }
    }

    /// <summary>A decision in a line, without its reason in words.</summary>
    public static string Line(DecisionReport decision) =>
        $"{decision.Id}  {Words.Moment(decision.MadeAt.UtcDateTime)}  {What(decision)}: {decision.Reason}, {decision.State}";

    /// <summary>A decision that was just made, with its reason.</summary>
    public static string LineWithReason(DecisionReport decision)
    {
        var start = Words.Moment(decision.StartsAt.UtcDateTime);
        var made = Words.Moment(decision.MadeAt.UtcDateTime);
        return $"{made}  {decision.Id}  {decision.State}: {What(decision)}, at {start}: {decision.Reason}: {decision.Because}";
    }

    private static string What(DecisionReport decision)
    {
        var where = decision.From == decision.To ? $"on {decision.From}" : $"{decision.From} → {decision.To}";
        var parts = decision.Parts.Count > 0 ? $" into {string.Join(" | ", decision.Parts)}" : "";
        return $"{decision.Kind} {decision.Subject} {where}{parts}";
    }

    private static IEnumerable<string> Details(DecisionReport decision)
    {
        yield return $"{decision.Because}.";
        if (decision.Forecast is { } forecast)
        {
            yield return $"Peaks until {Words.Moment(forecast.Until.UtcDateTime)} UTC: {decision.From} was forecast at "
                + $"{Words.Percent(forecast.FromBefore)} of its capacity, with the plan at {Words.Percent(forecast.FromAfter)}"
                + $"{Came(decision, forecast.FromActual)}; "
                + $"{decision.To} with the plan at {Words.Percent(forecast.ToAfter)}{Came(decision, forecast.ToActual)}.";
        }

        if (decision.Outcome is { } outcome) yield return $"Outcome: {outcome}.";
    }

    /// <summary>Loads are compared of what was carried out only.</summary>
    private static string Came(DecisionReport decision, double actual) =>
        decision.State == "done" ? $", {Words.Percent(actual)} came so far" : "";

    private static Table OptionsOf(DecisionReport decision)
    {
        var table = Tables.Of("looked at", ">cost", ">peak", "refused");
        foreach (var option in decision.Options) table.Row(option.Partition, Words.Load(option.Cost), Words.Percent(option.PeakShare), option.Refusal ?? "");
        return table;
    }
}
