using System.Collections.Immutable;
using Foreshard.Mapping;
using Foreshard.Partitions;

namespace Foreshard.Moving;

/// <summary>Which rows a unit is, as the mapping table has it.</summary>
internal static class UnitExtents
{
    public static BucketRows OfBucket(MappingSnapshot snapshot, UnitId bucket) => new(
        bucket.Value,
        snapshot.BucketCount,
        [.. snapshot.Entries().Select(entry => entry.Entity).Where(entity => snapshot.BucketOf(entity) == bucket).Order()]);

    public static ShardRows OfShard(EntityEntry entry, UnitId unit, bool withCore) =>
        new(entry.Entity, entry.ShardOf(unit)!.Value.Scope, entry.OtherSegments(unit), withCore);

    /// <summary>The shards of an entity that are on a partition.</summary>
    public static ImmutableArray<ShardRows> OnPartition(EntityEntry entry, PartitionId partition) =>
    [
        .. entry.Shards
            .Where(shard => shard.Placement.Partition == partition)
            .Select(shard => OfShard(entry, shard.Placement.Unit, withCore: !entry.IsSplit)),
    ];

    /// <summary>The rows that a unit answers for before the whole store: core rows at the home only.</summary>
    public static UnitRows Shown(MappingSnapshot snapshot, UnitId unit) =>
        snapshot.EntryOf(unit) is { } entry ? OfShard(entry, unit, withCore: entry.Home == unit) : OfBucket(snapshot, unit);

    /// <summary>The same of all units on a partition.</summary>
    public static IReadOnlyList<(Placement Unit, UnitRows Rows)> ShownOn(MappingSnapshot snapshot, PartitionId partition)
    {
        var isolated = snapshot.Entries().Select(entry => entry.Entity).ToLookup(entity => snapshot.BucketOf(entity));
        return
        [
            .. Enumerable.Range(0, snapshot.BucketCount)
                .Select(bucket => snapshot.PlacementOf(new UnitId(bucket)))
                .Where(placement => placement.Partition == partition)
                .Select(placement => (placement, (UnitRows)new BucketRows(
                    placement.Unit.Value, snapshot.BucketCount, [.. isolated[placement.Unit].Order()]))),
            .. snapshot.Entries()
                .SelectMany(entry => entry.Shards)
                .Where(shard => shard.Placement.Partition == partition)
                .Select(shard => (shard.Placement, Shown(snapshot, shard.Placement.Unit))),
        ];
    }

    /// <summary>The split entities with shards on a partition, for its row checks.</summary>
    public static IReadOnlyCollection<EntityKey> SplitOn(MappingSnapshot snapshot, PartitionId partition) =>
    [
        .. snapshot.Entries().Where(entry => entry.IsSplit && entry.Shards.Any(shard => shard.Placement.Partition == partition)).Select(entry => entry.Entity),
    ];
}
