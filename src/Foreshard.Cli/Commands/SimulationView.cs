using System.Globalization;
using Foreshard.Cli.Output;

namespace Foreshard.Cli.Commands;

/// <summary>What came of a simulation, on the screen.</summary>
internal static class SimulationView
{
    public static void Write(Terminal terminal, SimulationReport report)
    {
        var fleet = report.Fleet;
        var unit = LoadUnit.For(fleet.CapacityPerSecond);
        var scaled = report.Scale == 1 ? "" : $", {Scaled(report)}";
        terminal.Say($"'{report.Source}': {Words.Count(report.Entities, "entity", "entities")}, "
            + $"{Words.Count((long)report.Accesses, "access", "accesses")} from "
            + $"{Words.Moment(report.ScoredFrom)} to {Words.Moment(report.To)} UTC{scaled}, "
            + (report.ScoredFrom > report.From ? $"after {Words.Duration(report.ScoredFrom - report.From)} of warm-up." : "without warm-up."));
        terminal.Say($"{Words.Count(fleet.Partitions, "partition")} of {unit.Of(fleet.CapacityPerSecond)} {unit.Name} each"
            + (fleet.IsCapacityGiven
                ? ", as told"
                : $": such that the largest hour loads them {Words.Percent(FleetOptions.LoadedShare)} together; --capacity tells what they really serve")
            + $". The load of all is at most {unit.Of(report.PeakPerSecond)}.");
        var columns = PolicyTable.Columns(fleet.MaxPartitions is not null).Select(described => described.Column).ToList();
        terminal.Write(Tables.Fitting(terminal.Width, report.Policies, columns, out var leftOut));
        if (leftOut.Count > 0)
        {
            terminal.Say($"No room for: {string.Join(", ", leftOut)}. A wider terminal, --json or --html show them.");
            terminal.Output.WriteLine();
        }

        terminal.Say(report.Verdict);
        foreach (var threshold in report.Policies.Select(policy => policy.Threshold).OfType<double>())
            terminal.Say($"Reactive acts above {Words.Percent(threshold)} of capacity, which did best in the warm-up.");
        terminal.Output.WriteLine();
        if (report.Grid.Count > 0) WriteGrid(terminal, report);
        foreach (var paragraph in report.Model) terminal.Say(paragraph);
        terminal.Output.WriteLine();
        report.Lines.Write(terminal);
    }

    /// <summary>That load was multiplied, and by what.</summary>
    public static string Scaled(SimulationReport report) => $"load times {report.Scale.ToString("#,0.##", CultureInfo.InvariantCulture)}";

    private static void WriteGrid(Terminal terminal, SimulationReport report)
    {
        var bandwidths = report.Grid.Select(cell => cell.BandwidthTimes).Distinct().Order().ToList();
        var policies = report.Grid[0].Policies.Select(policy => policy.Policy).ToList();
        terminal.Say($"Overloaded minutes with other bandwidths of moves and intervals ({string.Join(" / ", policies)}):");
        var table = Tables.Of(["looked at every", .. bandwidths.Select(times => $">{Words.Bytes((long)(times * report.Fleet.MoveBytesPerSecond))}/s")]);
        foreach (var row in report.Grid.GroupBy(cell => cell.IntervalSeconds).OrderBy(row => row.Key))
        {
            table.Row(
            [
                Words.Duration(TimeSpan.FromSeconds(row.Key)),
                .. bandwidths.Select(times => string.Join(" / ", row.Single(cell => cell.BandwidthTimes == times).Policies.Select(Minutes))),
            ]);
        }

        terminal.Write(table);
    }

    private static string Minutes(PolicyReport policy) => SimulationVerdict.Number(policy.OverloadedPartitionMinutes);
}
