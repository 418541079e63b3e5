using System.Collections.Frozen;

namespace Foreshard.Sharding;

/// <summary>
/// Milliseconds of a round trip: between regions as people say, and from regions to single partitions as processes there measured. Immutable.
/// </summary>
internal sealed class RoundTrips
{
    private readonly FrozenDictionary<(string From, string To), double> milliseconds;
    private readonly FrozenDictionary<(string Region, PartitionId Partition), double> measured;
    private readonly FrozenDictionary<string, (double Nearest, double Farthest)> spans;

    /// <param name="milliseconds">By pair of regions, in either order; not negative.</param>
    /// <param name="within">Round trip inside a region.</param>
    /// <param name="unknown">Round trip of a pair that isn't told, and from users whose region isn't.</param>
    /// <param name="measured">From regions to partitions: where there is one, nothing that people said holds. Not negative.</param>
    /// <exception cref="ArgumentException">A round trip is negative or no number.</exception>
    public RoundTrips(
        IReadOnlyDictionary<(string From, string To), double> milliseconds,
        double within = 0,
        double unknown = 0,
        IReadOnlyDictionary<(string Region, PartitionId Partition), double>? measured = null)
    {
        foreach (var ((from, to), time) in milliseconds) Check(from, to, time);
        foreach (var ((region, partition), time) in measured ?? FrozenDictionary<(string, PartitionId), double>.Empty) Check(region, $"{partition}", time);
        this.milliseconds = milliseconds.ToFrozenDictionary();
        this.measured = measured?.ToFrozenDictionary() ?? FrozenDictionary<(string, PartitionId), double>.Empty;
        spans = this.measured.GroupBy(one => one.Key.Region, StringComparer.Ordinal)
            .ToFrozenDictionary(region => region.Key, region => (region.Min(one => one.Value), region.Max(one => one.Value)), StringComparer.Ordinal);
        Within = within;
        Unknown = unknown;
    }

    /// <summary>Everything is equally near: no unit is better off anywhere.</summary>
    public static RoundTrips None { get; } = new(new Dictionary<(string, string), double>());

    /// <summary>Inside a region.</summary>
    public double Within { get; }

    /// <summary>Of a pair that isn't told.</summary>
    public double Unknown { get; }

    /// <summary>Whether it matters where a unit is.</summary>
    public bool IsUniform => milliseconds.Count == 0 && measured.Count == 0 && Within == Unknown;

    /// <summary>The same, where it was measured as measured.</summary>
    public RoundTrips With(IReadOnlyDictionary<(string Region, PartitionId Partition), double> trips) =>
        trips.Count == 0 ? this : new RoundTrips(milliseconds, Within, Unknown, trips);

    /// <summary>Whether processes in the region measured how far the partition is.</summary>
    public bool IsMeasured(string? region, FleetPartition partition) => region is not null && measured.ContainsKey((region, partition.Id));

    /// <summary>Milliseconds between users in one region and a partition in another.</summary>
    public double Between(string? user, string? partition)
    {
        if (string.IsNullOrEmpty(user) || string.IsNullOrEmpty(partition)) return Unknown;
        if (milliseconds.TryGetValue((user, partition), out var time) || milliseconds.TryGetValue((partition, user), out time)) return time;
        return string.Equals(user, partition, StringComparison.Ordinal) ? Within : Unknown;
    }

    /// <summary>Milliseconds between users in a region and a partition: as measured, else as people said.</summary>
    /// <remarks>
    /// One that was not measured yet, from a region that measured others, and of which nobody said anything, is as far as the farthest of them; in the region
    /// itself as near as the nearest. It would else pass for the nearest of all until somebody has measured.
    /// </remarks>
    public double Between(string? user, FleetPartition partition)
    {
        if (string.IsNullOrEmpty(user)) return Unknown;
        if (measured.TryGetValue((user, partition.Id), out var time)) return time;
        if (milliseconds.TryGetValue((user, partition.Region), out time) || milliseconds.TryGetValue((partition.Region, user), out time)) return time;
        if (!spans.TryGetValue(user, out var span)) return Between(user, partition.Region);
        return string.Equals(user, partition.Region, StringComparison.Ordinal) ? span.Nearest : span.Farthest;
    }

    /// <summary>
    /// Milliseconds between two partitions: as processes in the region of one measured the other, from both sides if they did, else as people said.
    /// </summary>
    public double Apart(FleetPartition one, FleetPartition other)
    {
        var (there, back) = (IsMeasured(one.Region, other), IsMeasured(other.Region, one));
        if (there && back) return (Between(one.Region, other) + Between(other.Region, one)) / 2;
        return there ? Between(one.Region, other) : back ? Between(other.Region, one) : Between(one.Region, other.Region);
    }

    private static void Check(string from, string to, double time)
    {
        if (!(time >= 0) || !double.IsFinite(time))
            throw new ArgumentException(FormattableString.Invariant($"The round trip {from}–{to} can't take {time} ms."));
    }
}
