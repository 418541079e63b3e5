using System.Globalization;
using System.Xml.Linq;
using Foreshard.Cli.Commands;
using Foreshard.Cli.Output;
using Foreshard.Simulation.Runs;

namespace Foreshard.Cli.Html;

/// <summary>The sensitivity grid: a row for each interval, a column for each bandwidth, coloured by what foresight gains.</summary>
internal static class SensitivityTable
{
    private const double Good = 0.5;
    private const double Better = 0.2;
    private const double Worse = 2;

    public static XElement Of(SimulationReport report)
    {
        var bandwidths = report.Grid.Select(cell => cell.BandwidthTimes).Distinct().Order().ToList();
        var intervals = report.Grid.Select(cell => cell.IntervalSeconds).Distinct().Order().ToList();
        return new XElement(
            "div",
            new XAttribute("class", "wide"),
            new XElement(
                "table",
                new XAttribute("class", "grid"),
                new XElement("thead", new XElement(
                    "tr",
                    new XElement("th", "looked at every"),
                    bandwidths.Select(times => new XElement("th", $"moves at {Words.Bytes((long)(times * report.Fleet.MoveBytesPerSecond))}/s")))),
                new XElement("tbody", intervals.Select(interval => new XElement(
                    "tr",
                    new XElement("th", Words.Duration(TimeSpan.FromSeconds(interval))),
                    bandwidths.Select(times => Cell(report.Grid.FirstOrDefault(cell => cell.BandwidthTimes == times && cell.IntervalSeconds == interval))))))));
    }

    /// <summary>What became of a cell: nothing to tell, or how predictive compares with reactive.</summary>
    private static string? StyleOf(double? ours, double? reactive) => (ours, reactive) switch
    {
        (null, _) or (_, null) => null,
        var (mine, theirs) when Math.Max(mine.Value, theirs.Value) < 1 => null,
        var (mine, theirs) when mine <= Better * theirs => "better",
        var (mine, theirs) when mine <= Good * theirs => "good",
        var (mine, theirs) when mine > Worse * theirs => "worse",
        var (mine, theirs) when mine > theirs => "bad",
        _ => null,
    };

    private static XElement Cell(GridReport? cell)
    {
        if (cell is null) return new XElement("td", Words.Unknown);
        var ours = MinutesOf(cell, PolicyKind.Predictive);
        var style = StyleOf(ours, MinutesOf(cell, PolicyKind.Reactive));
        var first = ours is null ? cell.Policies[0].Policy : Words.Of(PolicyKind.Predictive);
        return new XElement(
            "td",
            style is null ? null : new XAttribute("class", style),
            cell.Policies.Where(policy => policy.Policy == first).Select(policy => new XElement("strong", Text(policy))),
            new XElement("small", string.Join(", ", cell.Policies.Where(policy => policy.Policy != first).Select(Text))));
    }

    private static double? MinutesOf(GridReport cell, PolicyKind policy) =>
        cell.Policies.FirstOrDefault(one => one.Policy == Words.Of(policy))?.OverloadedPartitionMinutes;

    private static string Text(PolicyReport policy) =>
        string.Create(CultureInfo.InvariantCulture, $"{policy.Policy} {SimulationVerdict.Number(policy.OverloadedPartitionMinutes)}");
}
