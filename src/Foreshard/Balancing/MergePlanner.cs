using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>Finds what was split or isolated and needn't be any more.</summary>
internal sealed class MergePlanner(PlanTable table, BalancerOptions options)
{
    /// <summary>A shard goes back into its bucket far below where entities' shards are merged, so that it doesn't leave again soon.</summary>
    private const double FoldPart = 0.25;

    private readonly HashSet<UnitId> running = [.. table.Input.Running.Select(move => move.Unit)];

    /// <summary>The entities whose shards become one, and those that go back into their buckets.</summary>
    /// <param name="scheduler">Takes the moves that bring shards together.</param>
    public List<PlanMerge> Find(MoveScheduler scheduler)
    {
        var busy = scheduler.Scheduled.Select(move => move.Unit.Unit).ToHashSet();
        var merges = new List<PlanMerge>();
        foreach (var group in table.Units.Where(unit => !unit.Entity.IsNone).GroupBy(unit => unit.Entity).OrderBy(group => group.Key))
        {
            var shards = group.ToList();
            if (shards.Exists(shard => busy.Contains(shard.Unit) || !HasRested(shard))) continue;
            var curve = LoadCurve.Sum(table.Input.Horizon.SlotCount, shards.Select(shard => shard.Curve));
            if (shards.Count > 1 && Merge(shards, curve, scheduler) is { } merge) merges.Add(merge);
            else if (shards.Count == 1 && MayFold(shards[0], curve)) merges.Add(new PlanMerge(shards, curve, table.Input.Horizon.StartUtc));
        }

        return merges;
    }

    private bool HasRested(PlanUnit unit) => !running.Contains(unit.Unit)
        && (unit.LastMovedUtc is not { } moved || table.Input.Horizon.StartUtc - moved >= options.MergeAfter);

    private bool MayFold(PlanUnit unit, LoadCurve curve) => unit.BucketPartition == unit.Partition
        && curve.Peak < FoldPart * options.MergeShare * table.Load.Partitions[table.IndexOf(unit.Partition)].Capacity;

    private PlanMerge? Merge(List<PlanUnit> shards, LoadCurve curve, MoveScheduler scheduler)
    {
        var home = shards.OrderByDescending(shard => shard.Bytes).ThenBy(shard => shard.Unit).First();
        var to = table.IndexOf(home.Partition);
        if (table.Load.Partitions[to].State == FleetState.Draining) return null;
        if (curve.Peak >= options.MergeShare * table.Load.Partitions[to].Capacity) return null;
        var end = table.Input.Horizon.StartUtc;
        foreach (var shard in shards.Where(shard => shard.Partition != home.Partition))
        {
            var atom = table.Atoms.Atoms.FirstOrDefault(atom => atom.Unit.Unit == shard.Unit && atom.Part is null);
            if (atom is null || scheduler.AddHarmless(new PlanMove([atom], atom.Subject, to)) is not { } arrived) return null;
            if (arrived > end) end = arrived;
        }

        return new PlanMerge([home, .. shards.Where(shard => shard != home)], curve, end);
    }
}
