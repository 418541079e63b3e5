using System.Collections.Immutable;
using System.Numerics;

namespace Foreshard.Mapping;

/// <summary>The Entity Mapping Table at one version. Immutable; reads take no lock and allocate nothing.</summary>
internal sealed class MappingSnapshot
{
    /// <summary>Default number of buckets.</summary>
    public const int DefaultBucketCount = 4096;

    /// <summary>Most buckets: more would only make the map larger, since what needs care has an entry of its own.</summary>
    public const int MaxBucketCount = 1 << 20;

    private const int BucketPageBits = 6;

    // 2,048 references a page: unit numbers are never reused, so they go far beyond the entries, and each change copies the list of pages.
    private const int UnitPageBits = 11;

    private readonly PagedArray<Placement> buckets;
    private readonly PagedArray<EntityEntry> entriesByUnit;
    private readonly EntryTable entries;

    private MappingSnapshot(
        long version,
        int bucketCount,
        ImmutableArray<PartitionInfo> partitions,
        PagedArray<Placement> buckets,
        PagedArray<EntityEntry> entriesByUnit,
        EntryTable entries)
    {
        Version = version;
        BucketCount = bucketCount;
        Partitions = partitions;
        this.buckets = buckets;
        this.entriesByUnit = entriesByUnit;
        this.entries = entries;
    }

    public long Version { get; }

    /// <summary>A power of two; fixed when the store is made.</summary>
    public int BucketCount { get; }

    /// <summary>How many entities have an entry.</summary>
    public int EntryCount => entries.Count;

    /// <summary>In the order of their ids, removed ones included.</summary>
    public ImmutableArray<PartitionInfo> Partitions { get; }

    /// <summary>Whether any partition has views that show all rows, so that each must be able to tell which it answers for.</summary>
    public bool HasViews => Partitions.Any(partition => partition is { HasViews: true, State: not PartitionState.Removed });

    /// <summary>The bucket of a key: what the entity's unit is while it has no entry.</summary>
    public UnitId BucketOf(in EntityKey entity) => new(KeyHash.BucketOf(entity, BucketCount));

    /// <summary>Where a bucket is.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The unit is no bucket.</exception>
    public Placement PlacementOf(UnitId bucket) => IsBucket(bucket)
        ? buckets[bucket.Value]
        : throw new ArgumentOutOfRangeException(nameof(bucket), bucket, $"Only units below {BucketCount} are buckets.");

    /// <summary>Where a unit is, be it a bucket or a shard; false if there is none such, or no longer.</summary>
    public bool TryPlacementOf(UnitId unit, out Placement placement)
    {
        if (IsBucket(unit))
        {
            placement = buckets[unit.Value];
            return true;
        }

        placement = EntryOf(unit)?.ShardOf(unit)?.Placement ?? default;
        return placement != default;
    }

    /// <summary>Where the entity is, or its home shard if it is split. Never misses.</summary>
    public Placement Find(in EntityKey entity)
    {
        ref readonly var slot = ref entries.Find(entity);
        return slot.IsEmpty ? buckets[KeyHash.BucketOf(entity, BucketCount)] : slot.Home;
    }

    /// <summary>As <see cref="Find(in EntityKey)"/>, together with the entry if the entity is split: one look for what a session needs.</summary>
    public Placement Find(in EntityKey entity, out EntityEntry? split)
    {
        ref readonly var slot = ref entries.Find(entity);
        split = slot.IsEmpty || !slot.IsSplit ? null : entries.EntryOf(entity);
        return slot.IsEmpty ? buckets[KeyHash.BucketOf(entity, BucketCount)] : slot.Home;
    }

    /// <summary>Where the entity's rows of that group are. Never misses.</summary>
    /// <exception cref="ArgumentException">The entity is split and the group is none, or of another kind than the scopes.</exception>
    public Placement Find(in EntityKey entity, in GroupKey group)
    {
        ref readonly var slot = ref entries.Find(entity);
        if (slot.IsEmpty) return buckets[KeyHash.BucketOf(entity, BucketCount)];
        return slot.IsSplit ? entries.EntryOf(entity)!.ShardOf(group).Placement : slot.Home;
    }

    /// <summary>The entity's entry; null if it lives in its bucket.</summary>
    public EntityEntry? EntryOf(in EntityKey entity) => entries.EntryOf(entity);

    /// <summary>The entry that the unit is a shard of; null if it is a bucket, or no unit or no longer one.</summary>
    public EntityEntry? EntryOf(UnitId unit) => unit.Value < BucketCount ? null : entriesByUnit[unit.Value];

    /// <summary>All entries, in no particular order.</summary>
    public IEnumerable<EntityEntry> Entries() => entries.Entries();

    /// <summary>The partition of that number, removed or not; null if there never was one.</summary>
    public PartitionInfo? PartitionOf(PartitionId id) =>
        MappingRules.IndexOf(Partitions, id) is >= 0 and var index ? Partitions[index] : null;

    /// <summary>The snapshot after a change; costs the pages that the change touches. Expectations are not looked at.</summary>
    public MappingSnapshot With(MappingChange change, long version)
    {
        var bucketEditor = new PagedArray<Placement>.Editor(buckets);
        foreach (var placement in change.Buckets) bucketEditor.Set(placement.Unit.Value, placement);

        var (newEntries, newUnits) = change.Entries.IsEmpty && change.RemovedEntries.IsEmpty
            ? (entries, entriesByUnit)
            : EditEntries(entries, entriesByUnit, change.RemovedEntries, change.Entries);
        return new MappingSnapshot(
            version, BucketCount, MappingRules.Merge(Partitions, change.Partitions), bucketEditor.ToArray(), newUnits, newEntries);
    }

    /// <summary>Null, or the first thing that the change expects and that does not hold here, or a rule it breaks.</summary>
    /// <remarks>Records are the store's: their revisions are not looked at.</remarks>
    public string? Conflict(MappingChange change) => new MappingRules(this, change).FirstConflict();

    /// <summary>A new store's table, at version 1: every bucket dealt out to the partitions in turn, with epochs from 1 on.</summary>
    /// <exception cref="ArgumentException">
    /// The number of buckets is no power of two up to <see cref="MaxBucketCount"/>, there is no active partition, or two share a number or a
    /// name.
    /// </exception>
    public static MappingSnapshot Create(int bucketCount, ImmutableArray<PartitionInfo> partitions)
    {
        var active = partitions.Where(partition => partition.State == PartitionState.Active).Select(partition => partition.Id).ToArray();
        if (active.Length == 0) throw new ArgumentException("A store starts with at least one active partition.", nameof(partitions));
        var placements = Enumerable.Range(0, bucketCount)
            .Select(bucket => new Placement(new UnitId(bucket), active[bucket % active.Length], bucket + 1))
            .ToArray();
        return Restore(version: 1, partitions, placements, entries: []);
    }

    /// <summary>The table as a store keeps it.</summary>
    /// <param name="version">The store's version.</param>
    /// <param name="partitions">All, in any order.</param>
    /// <param name="buckets">All, in the order of their numbers.</param>
    /// <param name="entries">All, in any order.</param>
    /// <exception cref="ArgumentException">The parts make no table: what is wrong and where.</exception>
    public static MappingSnapshot Restore(
        long version, ImmutableArray<PartitionInfo> partitions, IReadOnlyList<Placement> buckets, IEnumerable<EntityEntry> entries)
    {
        if (!BitOperations.IsPow2(buckets.Count) || buckets.Count > MaxBucketCount)
            throw new ArgumentException($"The number of buckets is a power of two up to {MaxBucketCount}, not {buckets.Count}.", nameof(buckets));
        if (MappingRules.PartitionProblem(partitions) is { } problem) throw new ArgumentException(problem, nameof(partitions));

        var bucketEditor = new PagedArray<Placement>.Editor(PagedArray<Placement>.Empty(BucketPageBits));
        for (var bucket = 0; bucket < buckets.Count; bucket++)
        {
            if (buckets[bucket].Unit.Value != bucket)
                throw new ArgumentException($"{buckets[bucket]} stands in the place of bucket {bucket}.", nameof(buckets));
            bucketEditor.Set(bucket, buckets[bucket]);
        }

        var (table, units) = EditEntries(EntryTable.Empty, PagedArray<EntityEntry>.Empty(UnitPageBits), [], entries);
        return new MappingSnapshot(
            version, buckets.Count, partitions.Sort((left, right) => left.Id.CompareTo(right.Id)), bucketEditor.ToArray(), units, table);
    }

    private static (EntryTable Table, PagedArray<EntityEntry> Units) EditEntries(
        EntryTable table, PagedArray<EntityEntry> units, ImmutableArray<EntityKey> removed, IEnumerable<EntityEntry> put)
    {
        var tableEditor = new EntryTable.Editor(table);
        var unitEditor = new PagedArray<EntityEntry>.Editor(units);
        foreach (var entity in removed)
        {
            ForgetUnits(entity);
            tableEditor.Remove(entity);
        }

        foreach (var entry in put)
        {
            ForgetUnits(entry.Entity);
            tableEditor.Put(entry);
            foreach (var shard in entry.Shards) unitEditor.Set(shard.Placement.Unit.Value, entry);
        }

        return (tableEditor.ToTable(), unitEditor.ToArray());

        void ForgetUnits(in EntityKey entity)
        {
            if (table.EntryOf(entity) is not { } old) return;
            foreach (var shard in old.Shards) unitEditor.Set(shard.Placement.Unit.Value, null);
        }
    }

    private bool IsBucket(UnitId unit) => (uint)unit.Value < (uint)BucketCount;
}
