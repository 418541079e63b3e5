using System.Collections.Immutable;

namespace Foreshard.Mapping;

/// <summary>The Entity Mapping Table at one version. Immutable; reads take no lock and allocate nothing.</summary>
internal sealed class MappingSnapshot
{
    /// <summary>Default number of buckets.</summary>
    public const int DefaultBucketCount = 4096;

    public long Version => throw new NotImplementedException();

    /// <summary>A power of two; fixed when the store is made.</summary>
    public int BucketCount => throw new NotImplementedException();

    /// <summary>How many entities have an entry.</summary>
    public int EntryCount => throw new NotImplementedException();

    /// <summary>In the order of their ids, removed ones included.</summary>
    public ImmutableArray<PartitionInfo> Partitions => throw new NotImplementedException();

    /// <summary>The bucket of a key: what the entity's unit is while it has no entry.</summary>
    public UnitId BucketOf(in EntityKey entity) => throw new NotImplementedException();

    /// <summary>Where a bucket is.</summary>
    public Placement PlacementOf(UnitId bucket) => throw new NotImplementedException();

    /// <summary>Where the entity is, or its home shard if it is split. Never misses.</summary>
    public Placement Find(in EntityKey entity) => throw new NotImplementedException();

    /// <summary>Where the entity's rows of that group are. Never misses.</summary>
    public Placement Find(in EntityKey entity, in GroupKey group) => throw new NotImplementedException();

    /// <summary>The entity's entry; null if it lives in its bucket.</summary>
    public EntityEntry? EntryOf(in EntityKey entity) => throw new NotImplementedException();

    /// <summary>All entries, in no particular order.</summary>
    public IEnumerable<EntityEntry> Entries() => throw new NotImplementedException();

    /// <summary>The snapshot after a change; costs the pages that the change touches. Expectations are not looked at.</summary>
    public MappingSnapshot With(MappingChange change, long version) => throw new NotImplementedException();

    /// <summary>Null, or the first thing that the change expects and that does not hold here, or a rule it breaks.</summary>
    public string? Conflict(MappingChange change) => throw new NotImplementedException();

    /// <summary>A new store's table: every bucket dealt out to the partitions in turn, with epochs from 1 on.</summary>
    public static MappingSnapshot Create(int bucketCount, ImmutableArray<PartitionInfo> partitions) => throw new NotImplementedException();
}
