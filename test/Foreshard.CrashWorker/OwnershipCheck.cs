using Foreshard.Mapping;
using Foreshard.Partitions;

namespace Foreshard.CrashWorker;

/// <summary>Compares what partitions say of their units with the mapping table, and both with the look before: epochs never fall.</summary>
internal sealed class OwnershipCheck
{
    private readonly Dictionary<(string Partition, UnitId Unit), long> ownerEpochs = [];
    private readonly Dictionary<UnitId, long> mapEpochs = [];

    /// <summary>Adds what does not hold to the findings.</summary>
    /// <param name="map">The mapping table.</param>
    /// <param name="rows">The owner rows of all partitions.</param>
    /// <param name="findings">Where to.</param>
    /// <param name="mayFall">Whether a partition may have lost what it last wrote.</param>
    public void Look(
        MappingSnapshot map, IEnumerable<(string Partition, UnitId Unit, long Epoch, OwnerState State)> rows, List<string> findings, bool mayFall = false)
    {
        var placements = Enumerable.Range(0, map.BucketCount).Select(bucket => map.PlacementOf(new UnitId(bucket)))
            .Concat(map.Entries().SelectMany(entry => entry.Shards).Select(shard => shard.Placement)).ToDictionary(placement => placement.Unit);
        foreach (var placement in placements.Values)
        {
            if (mapEpochs.TryGetValue(placement.Unit, out var before) && before > placement.Epoch)
                findings.Add($"{placement.Unit} fell from epoch {before} to {placement.Epoch}");
            mapEpochs[placement.Unit] = placement.Epoch;
        }

        var active = new HashSet<UnitId>();
        foreach (var (partition, unit, epoch, state) in rows)
        {
            if (!mayFall && ownerEpochs.TryGetValue((partition, unit), out var before) && before > epoch)
                findings.Add($"{unit} on {partition} fell from epoch {before} to {epoch}");
            ownerEpochs[(partition, unit)] = epoch;
            if (state == OwnerState.Moved) continue;
            var isRight = state == OwnerState.Active && placements.TryGetValue(unit, out var placement) && placement.Epoch == epoch
                && map.PartitionOf(placement.Partition)!.Name == partition;
            if (!isRight || !active.Add(unit))
                findings.Add($"{unit} on {partition} is {state} at epoch {epoch}, the map has {placements.GetValueOrDefault(unit)}");
        }

        findings.AddRange(placements.Keys.Where(unit => !active.Contains(unit)).Select(unit => $"{unit} is active nowhere"));
    }
}
