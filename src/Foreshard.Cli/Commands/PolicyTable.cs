using System.Globalization;
using Foreshard.Cli.Output;

namespace Foreshard.Cli.Commands;

/// <summary>Columns that compare policies, on the screen and on the page.</summary>
internal static class PolicyTable
{
    /// <summary>A column.</summary>
    /// <param name="Column">As on the screen.</param>
    /// <param name="Help">What it means.</param>
    /// <param name="Figure">The figure, the smaller the better; null if it is neither good nor bad.</param>
    public sealed record Described(FittingColumn<PolicyReport> Column, string Help, Func<PolicyReport, double>? Figure = null);

    /// <param name="isElastic">Whether partitions may sleep: then their hours count.</param>
    public static IReadOnlyList<Described> Columns(bool isElastic)
    {
        var columns = new List<Described>
        {
            new(new("policy", 0, one => one.Policy), "Who decides about placement"),
            new(
                new(">overloaded min", 0, one => SimulationVerdict.Number(one.OverloadedPartitionMinutes)),
                "Minutes, over all partitions, in which demand was above capacity",
                one => one.OverloadedPartitionMinutes),
            new(new(">late", 0, one => Percent(one.LateShare)), "Share of the accesses that took longer than the latency target", one => one.LateShare),
            new(new(">p99", 0, one => Milliseconds(one.P99Ms)), "99th percentile of the answer times", one => one.P99Ms),
            new(new(">moved", 0, one => Words.Bytes((long)one.BytesMoved)), "Bytes that moves carried"),
            new(new(">moves", 0, one => Words.Count(one.Moves)), "Units that went to another partition"),
            new(new(">splits", 2, one => Words.Count(one.Splits)), "Entities or shards that were split"),
            new(new(">merges", 3, one => Words.Count(one.Merges)), "Shards that were joined again"),
            new(
                new(">peak", 1, one => Words.Percent(one.PeakUtilisation)),
                "Largest demand of an interval, of its partition's capacity",
                one => one.PeakUtilisation),
            new(
                new(">oscillation", 5, one => Number(one.Oscillation)),
                "Turns of a partition's utilisation by moves, per partition and day",
                one => one.Oscillation),
            new(new(">thrash", 4, one => Percent(one.Thrash)), "Share of the moves that were undone within a day", one => one.Thrash),
            new(new(">ping-pong", 7, one => Words.Count(one.PingPong)), "Moves of a unit within the cooldown of its last one", one => one.PingPong),
            new(new(">spread", 6, one => Number(one.Spread)), "Standard deviation of utilisation between partitions, mean over time", one => one.Spread),
        };
        if (!isElastic) return columns;
        columns.Insert(2, new(
            new(">partition-h", 0, one => Words.Count((long)one.PartitionHours)), "Hours that partitions were awake", one => one.PartitionHours));
        return columns;
    }

    private static string Percent(double share) => $"{(100 * share).ToString(share is > 0 and < 0.0995 ? "0.00" : "0.0", CultureInfo.InvariantCulture)} %";

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Milliseconds(double value) => Words.Duration(TimeSpan.FromMilliseconds(Math.Min(value, TimeSpan.FromDays(1000).TotalMilliseconds)));
}
