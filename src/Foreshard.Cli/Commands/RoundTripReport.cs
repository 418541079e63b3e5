using System.Globalization;
using Foreshard.Autopilot;
using Foreshard.Cli.Output;

namespace Foreshard.Cli.Commands;

/// <param name="Region">Where users are.</param>
/// <param name="Partition">Name of the partition.</param>
/// <param name="Milliseconds">Of a round trip: the median of what the region's processes measured; whole, at least 1.</param>
/// <param name="Processes">How many processes measured.</param>
internal sealed record RoundTripReport(string Region, string Partition, double Milliseconds, int Processes)
{
    /// <returns>Null: nobody measured.</returns>
    public static IReadOnlyList<RoundTripReport>? Of(PlanRecord? plan) => plan is { RoundTrips.Count: > 0 }
        ? [.. plan.RoundTrips.Select(one => new RoundTripReport(one.Region, one.Partition, one.Milliseconds, one.Processes))]
        : null;

    /// <summary>A line for each region.</summary>
    public static IEnumerable<string> Lines(IReadOnlyList<RoundTripReport>? trips) =>
        (trips ?? []).GroupBy(one => one.Region, StringComparer.Ordinal).Select(region => string.Create(
            CultureInfo.InvariantCulture,
            $"Round trips from {region.Key}, measured by {Words.Count(region.Max(one => one.Processes), "process", "processes")}: "
            + $"{string.Join(", ", region.Select(one => $"{one.Partition} {one.Milliseconds:0} ms"))}."));
}
