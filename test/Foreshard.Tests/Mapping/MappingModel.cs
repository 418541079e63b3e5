using Foreshard.Mapping;

namespace Foreshard.Tests.Mapping;

/// <summary>The mapping table as simple dictionaries, and a source of random legal changes; the truth that snapshots are compared with.</summary>
internal sealed class MappingModel
{
    public const int BucketCount = 8;

    private static readonly EntityType Customer = EntityType.Of("customer", KeyKind.Integer);
    private static readonly EntityType Tenant = EntityType.Of("tenant", KeyKind.Text);
    private static readonly EntityType Device = EntityType.Of("device", KeyKind.Uuid);

    private readonly Random random;
    private readonly Placement[] buckets = new Placement[BucketCount];
    private readonly Dictionary<EntityKey, EntityEntry> entries = [];
    private int nextUnit = BucketCount;
    private long nextEpoch = 1000;

    public MappingModel(int seed)
    {
        random = new Random(seed);
        for (var i = 0; i < BucketCount; i++) buckets[i] = Start.PlacementOf(new UnitId(i));
    }

    public static MappingSnapshot Start { get; } = MappingSnapshot.Create(
        BucketCount,
        [.. Enumerable.Range(1, 5).Select(id => new PartitionInfo(new PartitionId(id), $"part{id}", "", 0, 0, "", PartitionState.Active))]);

    public static IReadOnlyList<EntityKey> Entities { get; } =
    [
        .. Enumerable.Range(0, 40).Select(i => Customer.Key(i)), .. Enumerable.Range(0, 20).Select(i => Tenant.Key($"t{i}")),
        .. Enumerable.Range(0, 20).Select(i => Device.Key(new Guid(i, 0, 0, new byte[8]))),
    ];

    /// <summary>Groups on both sides of every line between shards.</summary>
    public static IReadOnlyList<GroupKey> Groups { get; } =
        [.. Enumerable.Range(-1, 12).Select(i => GroupKey.Of(i * 10L)), .. "abcdef".Select(c => GroupKey.Of($"{c}"))];

    public IReadOnlyDictionary<EntityKey, EntityEntry> Entries => entries;

    /// <summary>A change that is legal now: isolate, fold, split, merge, the move of a shard or of a bucket.</summary>
    public MappingChange Next()
    {
        var entity = Entities[random.Next(Entities.Count)];
        if (random.Next(6) == 0) return MoveBucket(random.Next(BucketCount));
        if (!entries.TryGetValue(entity, out var entry)) return Isolate(entity);
        return random.Next(4) switch
        {
            0 => Fold(entry),
            1 => Replace(entry, Move(entry)),
            2 => Replace(entry, Cover(entry.Entity)),
            _ => Replace(entry, [new Shard(NewPlacement(), ShardScope.Whole)]),
        };
    }

    public void Apply(MappingChange change)
    {
        foreach (var bucket in change.Buckets) buckets[bucket.Unit.Value] = bucket;
        foreach (var entity in change.RemovedEntries) entries.Remove(entity);
        foreach (var entry in change.Entries) entries[entry.Entity] = entry;
    }

    /// <summary>Asserts that the snapshot says what the model says, of every entity, group and unit.</summary>
    public void AssertShownBy(MappingSnapshot snapshot)
    {
        Assert.Equal(entries.Count, snapshot.EntryCount);
        Assert.Equal(entries.Values.ToHashSet(), snapshot.Entries().ToHashSet());
        foreach (var bucket in buckets) Assert.Equal(bucket, snapshot.PlacementOf(bucket.Unit));
        foreach (var entity in Entities)
        {
            var entry = entries.GetValueOrDefault(entity);
            Assert.Same(entry, snapshot.EntryOf(entity));
            Assert.Equal(entry?.HomeShard.Placement ?? BucketPlacement(entity), snapshot.Find(entity));
            foreach (var group in Groups) AssertOneOwner(snapshot, entity, entry, group);
        }

        for (var unit = BucketCount; unit < nextUnit; unit++) AssertUnit(snapshot, new UnitId(unit));
    }

    private void AssertOneOwner(MappingSnapshot snapshot, EntityKey entity, EntityEntry? entry, GroupKey group)
    {
        if (entry is { IsSplit: true } && entry.Shards[0].Scope.Kind != group.Kind)
        {
            Assert.Throws<ArgumentException>(() => snapshot.Find(entity, group));
            return;
        }

        // A second way to the owner: who names the group, or else who takes the new ones.
        var owners = entry?.Shards.Where(shard => shard.Scope.Names(group)).DefaultIfEmpty(entry.Shards.FirstOrDefault(shard => shard.Scope.TakesNew));
        Assert.Equal(owners?.Single().Placement ?? BucketPlacement(entity), snapshot.Find(entity, group));
    }

    private void AssertUnit(MappingSnapshot snapshot, UnitId unit)
    {
        var owners = entries.Values.Where(entry => entry.ShardOf(unit) is not null).ToList();
        Assert.True(owners.Count <= 1);
        Assert.Equal(owners.Count == 1, snapshot.TryPlacementOf(unit, out var placement));
        Assert.Same(owners.SingleOrDefault(), snapshot.EntryOf(unit));
        Assert.Equal(owners.SingleOrDefault()?.ShardOf(unit)!.Value.Placement ?? default, placement);
    }

    private Placement BucketPlacement(EntityKey entity) => buckets[KeyHash.BucketOf(entity, BucketCount)];

    private PartitionId AnyPartition() => new(1 + random.Next(5));

    private Placement NewPlacement() => new(new UnitId(nextUnit++), AnyPartition(), nextEpoch++);

    private MappingChange MoveBucket(int bucket) => new()
    {
        Expected = [buckets[bucket]],
        Buckets = [buckets[bucket] with { Partition = AnyPartition(), Epoch = nextEpoch++ }],
    };

    private MappingChange Isolate(EntityKey entity)
    {
        var shards = random.Next(2) == 0 ? [new Shard(NewPlacement(), ShardScope.Whole)] : Cover(entity);
        return MoveBucket(BucketPlacement(entity).Unit.Value) with { Entries = [new EntityEntry(entity, [.. shards], shards[0].Placement.Unit)] };
    }

    private MappingChange Fold(EntityEntry entry)
    {
        var raised = MoveBucket(BucketPlacement(entry.Entity).Unit.Value);
        return raised with { Expected = [.. raised.Expected, .. entry.Shards.Select(shard => shard.Placement)], RemovedEntries = [entry.Entity] };
    }

    private static MappingChange Replace(EntityEntry entry, Shard[] shards) => new()
    {
        Expected = [.. entry.Shards.Select(shard => shard.Placement)],
        Entries = [new EntityEntry(entry.Entity, [.. shards], shards[0].Placement.Unit)],
    };

    private Shard[] Move(EntityEntry entry) =>
        [.. entry.Shards.Select(shard => shard with { Placement = shard.Placement with { Partition = AnyPartition(), Epoch = nextEpoch++ } })];

    /// <summary>New shards that cover every group: integers cut at tens, or segments dealt out.</summary>
    private Shard[] Cover(EntityKey entity)
    {
        if (entity.Type == Customer)
        {
            var cuts = Enumerable.Range(0, 10).Where(_ => random.Next(3) == 0).Select(i => (long?)(i * 10)).ToList();
            return [.. Enumerable.Range(0, cuts.Count + 1).Select(i => new Shard(
                NewPlacement(),
                ShardScope.OfInterval(GroupKind.Integer, i == 0 ? null : cuts[i - 1], i == cuts.Count ? null : cuts[i])))];
        }

        var dealt = "abcdef".Select(c => $"{c}").ToLookup(_ => random.Next(4));
        return
        [
            new Shard(NewPlacement(), ShardScope.OfSegments(dealt[0], takesNew: true)),
            .. Enumerable.Range(1, 3).Where(dealt.Contains).Select(i => new Shard(NewPlacement(), ShardScope.OfSegments(dealt[i], takesNew: false))),
        ];
    }
}
