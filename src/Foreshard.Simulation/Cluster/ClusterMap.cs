using System.Collections.Immutable;
using Foreshard.Mapping;

namespace Foreshard.Simulation.Cluster;

/// <summary>Where nodes are: the real mapping table, changed by real changes, and what follows from it for each node.</summary>
/// <remarks>Partitions are numbered from 1 on, nodes name them from 0 on. A change that breaks a rule of the table is a fault of the run.</remarks>
internal sealed class ClusterMap
{
    private readonly NodeTable nodes;
    private readonly int[] partitionOfNode;
    private readonly UnitId[] unitOfNode;
    private long epoch;
    private int unit;

    /// <param name="nodes">What is placed.</param>
    /// <param name="partitions">The active ones share the buckets in turn.</param>
    public ClusterMap(NodeTable nodes, ImmutableArray<PartitionInfo> partitions)
    {
        this.nodes = nodes;
        Snapshot = MappingSnapshot.Create(MappingSnapshot.DefaultBucketCount, partitions);
        unit = Snapshot.BucketCount;
        epoch = Snapshot.BucketCount + 1;
        partitionOfNode = new int[nodes.Count];
        unitOfNode = new UnitId[nodes.Count];
        for (var entity = 0; entity < nodes.Entities.Length; entity++) Refresh(entity);
    }

    /// <summary>The table now.</summary>
    public MappingSnapshot Snapshot { get; private set; }

    /// <summary>Each node's partition, from 0 on.</summary>
    public ReadOnlySpan<int> PartitionOfNode => partitionOfNode;

    /// <summary>Each node's unit.</summary>
    public ReadOnlySpan<UnitId> UnitOfNode => unitOfNode;

    /// <summary>The nodes of a unit, in their order.</summary>
    public List<int> NodesOf(UnitId wanted)
    {
        IReadOnlyList<int> entities = Snapshot.EntryOf(wanted) is { } entry ? [nodes.NumberOf(entry.Entity)] : nodes.EntitiesOf(wanted);
        var found = new List<int>();
        foreach (var entity in entities)
        {
            var (from, to) = nodes.NodesOf(entity);
            for (var node = from; node < to; node++)
            {
                if (unitOfNode[node] == wanted) found.Add(node);
            }
        }

        return found;
    }

    /// <summary>The unit that holds a scope of an entity by itself; null if none does.</summary>
    public Placement? Find(in EntityKey entity, ShardScope scope)
    {
        if (Snapshot.EntryOf(entity) is not { } entry) return null;
        foreach (var shard in entry.Shards)
        {
            if (shard.Scope.Equals(scope)) return shard.Placement;
        }

        return null;
    }

    /// <summary>An entity leaves its bucket.</summary>
    public UnitId Isolate(in EntityKey entity)
    {
        var bucket = Snapshot.PlacementOf(Snapshot.BucketOf(entity));
        var shard = new Placement(NewUnit(), bucket.Partition, NewEpoch());
        var entry = new EntityEntry(entity, [new Shard(shard, ShardScope.Whole)], shard.Unit);
        Commit(entity, new MappingChange { Expected = [bucket], Buckets = [bucket with { Epoch = NewEpoch() }], Entries = [entry] });
        return shard.Unit;
    }

    /// <summary>An entity with one shard goes back into its bucket.</summary>
    public void Fold(in EntityKey entity)
    {
        var bucket = Snapshot.PlacementOf(Snapshot.BucketOf(entity));
        var shard = Snapshot.EntryOf(entity)!.HomeShard.Placement;
        if (bucket.Partition != shard.Partition)
            throw new InvalidOperationException($"{entity} is on {shard.Partition}, its bucket on {bucket.Partition}: it can't be folded.");
        Commit(entity, new MappingChange { Expected = [bucket, shard], Buckets = [bucket with { Epoch = NewEpoch() }], RemovedEntries = [entity] });
    }

    /// <summary>Shards become others on the same partition: one several, or several one. The first scope takes over as home.</summary>
    /// <returns>The new units, in the order of the scopes.</returns>
    public ImmutableArray<UnitId> Reshard(in EntityKey entity, ImmutableArray<UnitId> old, ImmutableArray<ShardScope> scopes)
    {
        var entry = Snapshot.EntryOf(entity)!;
        var expected = old.Select(one => entry.ShardOf(one)!.Value.Placement).ToImmutableArray();
        if (expected.Any(placement => placement.Partition != expected[0].Partition))
            throw new InvalidOperationException($"Shards of {entity} are on several partitions: they can't become one.");
        var made = scopes.Select(scope => new Shard(new Placement(NewUnit(), expected[0].Partition, NewEpoch()), scope)).ToImmutableArray();
        var after = new EntityEntry(
            entity,
            [.. entry.Shards.Where(shard => !old.Contains(shard.Placement.Unit)).Concat(made).OrderBy(shard => shard.Placement.Unit)],
            old.Contains(entry.Home) ? made[0].Placement.Unit : entry.Home);
        Commit(entity, new MappingChange { Expected = expected, Entries = [after] });
        return [.. made.Select(shard => shard.Placement.Unit)];
    }

    /// <summary>A unit gets another owner.</summary>
    public void Move(UnitId moved, PartitionId to)
    {
        if (!Snapshot.TryPlacementOf(moved, out var before)) throw new InvalidOperationException($"{moved} is gone: it can't be moved.");
        var after = before with { Partition = to, Epoch = NewEpoch() };
        if (Snapshot.EntryOf(moved) is not { } entry)
        {
            Commit(new MappingChange { Expected = [before], Buckets = [after] });
            foreach (var entity in nodes.EntitiesOf(moved)) Refresh(entity);
            return;
        }

        var shards = entry.Shards.Select(shard => shard.Placement.Unit == moved ? shard with { Placement = after } : shard);
        Commit(entry.Entity, new MappingChange { Expected = [before], Entries = [new EntityEntry(entry.Entity, [.. shards], entry.Home)] });
    }

    /// <summary>Changes what a partition is for.</summary>
    public void SetState(PartitionId partition, PartitionState state) =>
        Commit(new MappingChange { Partitions = [Snapshot.PartitionOf(partition)! with { State = state }] });

    private void Commit(in EntityKey entity, MappingChange change)
    {
        Commit(change);
        Refresh(nodes.NumberOf(entity));
    }

    private void Commit(MappingChange change)
    {
        if (Snapshot.Conflict(change) is { } conflict) throw new InvalidOperationException($"A step doesn't fit the mapping table: {conflict}");
        Snapshot = Snapshot.With(change, Snapshot.Version + 1);
    }

    private void Refresh(int entity)
    {
        var key = nodes.Entities[entity];
        var entry = Snapshot.EntryOf(key);
        var (from, to) = nodes.NodesOf(entity);
        for (var node = from; node < to; node++)
        {
            var group = nodes.Groups[node];
            var place = entry is null ? Snapshot.Find(key) : group.IsNone ? entry.HomeShard.Placement : entry.ShardOf(group).Placement;
            (unitOfNode[node], partitionOfNode[node]) = (place.Unit, place.Partition.Value - 1);
        }
    }

    private UnitId NewUnit() => new(unit++);

    private long NewEpoch() => epoch++;
}
