using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>Notes when a fleet last got a partition, or began to give one up. The same in production and in a simulation. For one thread.</summary>
internal sealed class ResizeWatch
{
    private HashSet<PartitionId>? active;
    private DateTime? resizedUtc;

    /// <summary>The fleet is looked at.</summary>
    /// <param name="nowUtc">Now.</param>
    /// <param name="fleet">All partitions that hold units or take them, in any order.</param>
    /// <returns>When it was first seen to be another fleet than before; null while it has been the same since the first look.</returns>
    public DateTime? Look(DateTime nowUtc, IEnumerable<FleetPartition> fleet)
    {
        var now = fleet.Where(partition => partition.State == FleetState.Active).Select(partition => partition.Id).ToHashSet();
        if (active?.SetEquals(now) == false) resizedUtc = nowUtc;
        active = now;
        return resizedUtc;
    }
}
