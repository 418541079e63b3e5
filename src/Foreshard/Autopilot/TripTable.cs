using Foreshard.Mapping;

namespace Foreshard.Autopilot;

/// <summary>What processes say of how far they are from partitions, put together by region. For one thread.</summary>
/// <param name="ageLimit">How long what a process said holds.</param>
internal sealed class TripTable(TimeSpan ageLimit)
{
    /// <summary>How long what a process said holds, however often it is asked for.</summary>
    public static readonly TimeSpan LeastAge = TimeSpan.FromMinutes(15);

    private readonly Dictionary<string, TripReport> reports = new(StringComparer.Ordinal);
    private TripReport[] earlier = [];

    /// <summary>Takes what a process says, unless something newer of it is here.</summary>
    public void Take(TripReport report)
    {
        if (report.Region.Length == 0 || (reports.TryGetValue(report.Process, out var known) && known.MeasuredAt >= report.MeasuredAt)) return;
        reports[report.Process] = report;
    }

    /// <summary>Begins with what the last plan went by, for regions and partitions of which nobody has said anything yet.</summary>
    public void Begin(PlanRecord? plan, MappingSnapshot map) => earlier = plan is null
        ? []
        :
        [
            .. plan.RoundTrips.GroupBy(one => one.Region, StringComparer.Ordinal).Select(region => new TripReport
            {
                Process = "",
                Region = region.Key,
                MeasuredAt = plan.MadeUtc,
                Milliseconds = region
                    .Select(one => (map.Partitions.FirstOrDefault(known => string.Equals(known.Name, one.Partition, StringComparison.Ordinal))?.Id, one))
                    .Where(one => one.Id is not null)
                    .ToDictionary(one => one.Id!.Value.Value, one => one.one.Milliseconds),
            }),
        ];

    /// <summary>The round trips as of a moment: of each region to each partition the median of what its processes say.</summary>
    /// <remarks>
    /// Whole milliseconds, at least 1: what differs by less, as partitions of one data center do, is no reason to move anything. Ordered by region
    /// and partition.
    /// </remarks>
    public IReadOnlyList<RegionTrip> At(DateTimeOffset now)
    {
        foreach (var old in reports.Values.Where(report => now - report.MeasuredAt > ageLimit).ToList()) reports.Remove(old.Process);
        earlier = [.. earlier.Where(report => now - report.MeasuredAt <= ageLimit)];
        var said = Trips(reports.Values);
        foreach (var (key, times) in Trips(earlier)) said.TryAdd(key, times);
        return
        [
            .. said
                .Select(one => new RegionTrip(one.Key.Region, one.Key.Partition, Math.Max(1, Math.Round(Median(one.Value))), one.Value.Count))
                .OrderBy(one => one.Region, StringComparer.Ordinal).ThenBy(one => one.Partition),
        ];
    }

    private static Dictionary<(string Region, PartitionId Partition), List<double>> Trips(IEnumerable<TripReport> reports) => reports
        .SelectMany(report => report.Milliseconds.Select(one => (Key: (report.Region, new PartitionId(one.Key)), Time: one.Value)))
        .Where(one => one.Time >= 0 && double.IsFinite(one.Time))
        .GroupBy(one => one.Key)
        .ToDictionary(one => one.Key, one => one.Select(trip => trip.Time).Order().ToList());

    private static double Median(List<double> ordered)
    {
        var middle = ordered.Count / 2;
        return ordered.Count % 2 == 1 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2;
    }
}

/// <summary>How far users in a region are from a partition.</summary>
/// <param name="Region">The region.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Milliseconds">Of a round trip.</param>
/// <param name="Processes">How many processes say so.</param>
internal sealed record RegionTrip(string Region, PartitionId Partition, double Milliseconds, int Processes);
