using Foreshard.Mapping;

namespace Foreshard.Moving;

/// <summary>How far a drain is.</summary>
/// <param name="Moved">Units moved so far.</param>
/// <param name="Total">Units that were to be moved.</param>
public readonly record struct DrainProgress(int Moved, int Total);

/// <summary>
/// Empties a partition: many moves, one unit each. What is durable is that the partition takes no new units; so a drain that was broken off
/// is just begun again.
/// </summary>
internal sealed class Drainer(MovingContext context, Mover mover)
{
    /// <summary>Moves at once: more would only queue for the one writer of each file.</summary>
    private const int Parallel = 4;

    public async ValueTask<int> DrainAsync(PartitionId id, Action<DrainProgress>? progress, CancellationToken cancellationToken)
    {
        await SetStateAsync(id, PartitionState.Draining, cancellationToken).ConfigureAwait(false);
        var snapshot = await context.SnapshotAsync(cancellationToken).ConfigureAwait(false);
        var units = UnitsOn(snapshot, id).ToList();
        if (units.Count == 0) return 0;
        var targets = Targets(snapshot, id, units.Count);
        var moved = 0;
        // Shards of one entity share locks, so an entity's units go one after the other.
        var chains = units.Zip(targets).GroupBy(pair => snapshot.EntryOf(pair.First)?.Home ?? pair.First).ToList();
        await System.Threading.Tasks.Parallel.ForEachAsync(
            chains,
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
            async (chain, stop) =>
            {
                foreach (var (unit, target) in chain)
                {
                    await mover.MoveAsync(unit, target, null, stop).ConfigureAwait(false);
                    progress?.Invoke(new DrainProgress(Interlocked.Increment(ref moved), units.Count));
                }
            }).ConfigureAwait(false);
        return moved;
    }

    public async ValueTask SetStateAsync(PartitionId id, PartitionState state, CancellationToken cancellationToken)
    {
        var snapshot = await context.SnapshotAsync(cancellationToken).ConfigureAwait(false);
        var info = snapshot.PartitionOf(id) ?? throw new MoveRefusedException(MoveRefusal.UnknownPartition, $"There is no partition {id}.");
        if (info.State == state) return;
        if (state == PartitionState.Draining && !snapshot.Partitions.Any(other => other.Id != id && other.State == PartitionState.Active))
            throw new MoveRefusedException(MoveRefusal.NoTarget, $"No other partition takes the units of '{info.Name}'; add one first.");
        var result = await context.Store.CommitAsync(new MappingChange { Partitions = [info with { State = state }] }, cancellationToken).ConfigureAwait(false);
        if (!result.IsCommitted)
            throw new MoveRefusedException(MoveRefusal.PartitionInUse, $"Partition '{info.Name}' can't become {state}: {result.Conflict}.");
    }

    public static IEnumerable<UnitId> UnitsOn(MappingSnapshot snapshot, PartitionId id) => Enumerable.Range(0, snapshot.BucketCount)
        .Select(bucket => snapshot.PlacementOf(new UnitId(bucket)))
        .Concat(snapshot.Entries().SelectMany(entry => entry.Shards).Select(shard => shard.Placement))
        .Where(placement => placement.Partition == id)
        .Select(placement => placement.Unit)
        .Order();

    /// <summary>Where each of so many units goes: always to the partition that then has the fewest.</summary>
    private static List<PartitionId> Targets(MappingSnapshot snapshot, PartitionId from, int count)
    {
        var load = snapshot.Partitions.Where(partition => partition.State == PartitionState.Active && partition.Id != from)
            .ToDictionary(partition => partition.Id, partition => UnitsOn(snapshot, partition.Id).Count());
        var queue = new PriorityQueue<PartitionId, (int, PartitionId)>(load.Select(one => (one.Key, (one.Value, one.Key))));
        var targets = new List<PartitionId>(count);
        for (var i = 0; i < count; i++)
        {
            var target = queue.Dequeue();
            targets.Add(target);
            queue.Enqueue(target, (++load[target], target));
        }

        return targets;
    }
}
