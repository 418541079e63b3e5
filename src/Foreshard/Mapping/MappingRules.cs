using System.Collections.Immutable;

namespace Foreshard.Mapping;

/// <summary>What a change must keep to, checked against the snapshot that it would follow. Used once.</summary>
/// <remarks>
/// The rule behind most of these: a router that still has the old snapshot must be refused wherever the change made it wrong. It presents
/// a unit's old epoch, so a unit gets a higher one when its partition changes, when the groups that it holds change, and, for a bucket,
/// when one of its entities leaves or comes back.
/// </remarks>
internal sealed class MappingRules(MappingSnapshot snapshot, MappingChange change)
{
    private readonly HashSet<UnitId> expected = [];
    private readonly HashSet<UnitId> changed = [];
    private readonly HashSet<UnitId> shards = [];
    private readonly HashSet<EntityKey> entities = [];
    private ImmutableArray<PartitionInfo> partitions = snapshot.Partitions;

    /// <summary>Null, or the first expectation that doesn't hold or rule that the change breaks.</summary>
    public string? FirstConflict() =>
        First(change.Expected, ExpectationConflict)
        ?? PartitionsConflict()
        ?? First(change.Buckets, BucketConflict)
        ?? First(change.RemovedEntries, RemovalConflict)
        ?? First(change.Entries, EntryConflict)
        ?? First(change.Partitions, LeftoverConflict)
        ?? SizeConflict();

    /// <summary>Null, or why these can't be the partitions of one store.</summary>
    public static string? PartitionProblem(ImmutableArray<PartitionInfo> partitions)
    {
        var (ids, names) = (new HashSet<PartitionId>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var partition in partitions)
        {
            if (partition.Id.Value < 1) return $"partitions are numbered from 1 on; '{partition.Name}' has the number {partition.Id.Value}.";
            if (!ids.Add(partition.Id)) return $"the partition {partition.Id} stands twice.";
            if (partition.State != PartitionState.Removed && !names.Add(partition.Name)) return $"two partitions are called '{partition.Name}'.";
        }

        return null;
    }

    /// <summary>The partitions with some replaced or added, in the order of their ids.</summary>
    public static ImmutableArray<PartitionInfo> Merge(ImmutableArray<PartitionInfo> partitions, ImmutableArray<PartitionInfo> put)
    {
        foreach (var partition in put)
        {
            var index = IndexOf(partitions, partition.Id);
            partitions = index >= 0 ? partitions.SetItem(index, partition) : partitions.Insert(~index, partition);
        }

        return partitions;
    }

    /// <summary>Where in the sorted partitions it stands, or the complement of where it would.</summary>
    public static int IndexOf(ImmutableArray<PartitionInfo> partitions, PartitionId id)
    {
        var (low, high) = (0, partitions.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = partitions[middle].Id.CompareTo(id);
            if (order == 0) return middle;
            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    private static string? First<T>(ImmutableArray<T> items, Func<T, string?> conflict)
    {
        foreach (var item in items)
        {
            if (conflict(item) is { } found) return found;
        }

        return null;
    }

    private string? ExpectationConflict(Placement placement)
    {
        if (!expected.Add(placement.Unit)) return $"{placement.Unit} is expected twice.";
        if (!snapshot.TryPlacementOf(placement.Unit, out var found)) return $"{placement.Unit} is expected at {At(placement)}; it is gone.";
        return found == placement ? null : $"{placement.Unit} is expected at {At(placement)}; it is at {At(found)}.";
    }

    private string? PartitionsConflict()
    {
        if (change.Partitions.IsEmpty) return null;
        if (PartitionProblem(change.Partitions) is { } problem) return problem;
        foreach (var partition in change.Partitions)
        {
            if (snapshot.PartitionOf(partition.Id)?.State == PartitionState.Removed && partition.State != PartitionState.Removed)
                return $"the partition {partition.Id} was removed; its number can't be used again.";
        }

        partitions = Merge(partitions, change.Partitions);
        return PartitionProblem(partitions);
    }

    private string? BucketConflict(Placement bucket)
    {
        if (bucket.Unit.Value < 0 || bucket.Unit.Value >= snapshot.BucketCount)
            return $"{bucket.Unit} is no bucket: those are the units below {snapshot.BucketCount}.";
        if (!changed.Add(bucket.Unit)) return $"the bucket {bucket.Unit} stands twice in the change.";
        return RaiseConflict(snapshot.PlacementOf(bucket.Unit), bucket) ?? PartitionConflict(bucket);
    }

    private string? RemovalConflict(EntityKey entity)
    {
        if (!entities.Add(entity)) return $"{entity} stands twice in the change.";
        if (snapshot.EntryOf(entity) is not { } old) return $"{entity} has no entry that could be removed.";
        return BucketOfConflict(entity) ?? First(old.Shards, shard => GoneConflict(shard.Placement.Unit));
    }

    private string? EntryConflict(EntityEntry entry)
    {
        if (!entities.Add(entry.Entity)) return $"{entry.Entity} stands twice in the change.";
        if (snapshot.EntryOf(entry.Entity) is not { } old)
            return BucketOfConflict(entry.Entity) ?? First(entry.Shards, shard => ShardConflict(entry, shard, old: null));
        return First(entry.Shards, shard => ShardConflict(entry, shard, old))
            ?? First(old.Shards, shard => entry.ShardOf(shard.Placement.Unit) is null ? GoneConflict(shard.Placement.Unit) : null)
            ?? HomeConflict(entry, old);
    }

    private string? ShardConflict(EntityEntry entry, Shard shard, EntityEntry? old)
    {
        var unit = shard.Placement.Unit;
        if (!shards.Add(unit)) return $"{unit} would be a shard of two entities.";
        if (PartitionConflict(shard.Placement) is { } conflict) return conflict;
        if (old?.ShardOf(unit) is { } before)
        {
            var isSame = before.Placement == shard.Placement && HoldsSameGroups(old, before, entry, shard);
            return isSame ? null : RaiseConflict(before.Placement, shard.Placement);
        }

        changed.Add(unit);
        if (unit.Value < snapshot.BucketCount) return $"{unit} is a bucket, so it can't be a shard of {entry.Entity}.";
        if (shard.Placement.Epoch < 1) return $"the new unit {unit} has no epoch.";
        return snapshot.EntryOf(unit) is { } other ? $"{unit} is a shard of {other.Entity} already." : null;
    }

    /// <summary>An entity leaves its bucket or comes back: who knows it by the bucket must be refused.</summary>
    private string? BucketOfConflict(EntityKey entity)
    {
        var bucket = snapshot.BucketOf(entity);
        return changed.Contains(bucket) ? null : $"{entity} leaves or enters its bucket {bucket}, which then needs a higher epoch in the same change.";
    }

    private string? GoneConflict(UnitId unit) => expected.Contains(unit) ? null : $"{unit} disappears, so the change must expect its placement.";

    private string? RaiseConflict(Placement before, Placement after)
    {
        changed.Add(after.Unit);
        if (!expected.Contains(after.Unit)) return $"{after.Unit} changes, so the change must expect its placement.";
        return after.Epoch > before.Epoch ? null : $"{after.Unit} changes from {At(before)} to {At(after)}, but its epoch must rise.";
    }

    private string? PartitionConflict(Placement placement)
    {
        var index = IndexOf(partitions, placement.Partition);
        if (index < 0) return $"{placement.Unit} would be on {placement.Partition}, which does not exist.";
        return partitions[index].State == PartitionState.Removed
            ? $"{placement.Unit} would be on '{partitions[index].Name}' ({placement.Partition}), which is removed."
            : null;
    }

    /// <summary>Reads the whole table; only for a partition that is being removed.</summary>
    private string? LeftoverConflict(PartitionInfo partition)
    {
        if (partition.State != PartitionState.Removed || snapshot.PartitionOf(partition.Id)?.State == PartitionState.Removed) return null;
        for (var bucket = 0; bucket < snapshot.BucketCount; bucket++)
        {
            var unit = new UnitId(bucket);
            if (snapshot.PlacementOf(unit).Partition == partition.Id && !changed.Contains(unit)) return Holds(unit);
        }

        foreach (var entry in snapshot.Entries())
        {
            if (entities.Contains(entry.Entity)) continue;
            foreach (var shard in entry.Shards)
            {
                if (shard.Placement.Partition == partition.Id) return Holds(shard.Placement.Unit);
            }
        }

        return null;

        string Holds(UnitId unit) => $"'{partition.Name}' ({partition.Id}) can't be removed: it still holds {unit}.";
    }

    private string? SizeConflict()
    {
        changed.UnionWith(expected);
        if (change.Records.Length > MappingChange.MaxRecords)
            return $"the change writes {change.Records.Length} records; at most {MappingChange.MaxRecords} can be written at once.";
        if (change.Partitions.Length > MappingChange.MaxPartitions)
            return $"the change writes {change.Partitions.Length} partitions; at most {MappingChange.MaxPartitions} can be written at once.";
        return changed.Count <= MappingChange.MaxUnits
            ? null
            : $"the change touches {changed.Count} units; at most {MappingChange.MaxUnits} can be changed at once.";
    }

    private static string? HomeConflict(EntityEntry entry, EntityEntry old)
    {
        if (entry.Home == old.Home || entry.ShardOf(old.Home) is not { } oldHome) return null;
        return oldHome.Placement.Epoch > old.HomeShard.Placement.Epoch
            ? null
            : $"{old.Home} is no longer the home of {entry.Entity}, so it needs a higher epoch.";
    }

    private static bool HoldsSameGroups(EntityEntry old, Shard before, EntityEntry entry, Shard after)
    {
        if (!before.Scope.Equals(after.Scope)) return false;
        return !after.Scope.TakesNew
            || old.OtherSegments(before.Placement.Unit).SequenceEqual(entry.OtherSegments(after.Placement.Unit), StringComparer.Ordinal);
    }

    private static string At(Placement placement) => $"{placement.Partition} with epoch {placement.Epoch}";
}
