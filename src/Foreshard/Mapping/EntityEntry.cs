using System.Collections.Immutable;

namespace Foreshard.Mapping;

/// <summary>One shard of an entity: where it is and which groups it holds.</summary>
internal readonly record struct Shard(Placement Placement, ShardScope Scope);

/// <summary>The mapping table's entry of an entity that was placed by itself: its shards.</summary>
/// <remarks>Immutable. Invariant: the scopes cover every group exactly once; <see cref="Home"/> is one of the shards.</remarks>
internal sealed class EntityEntry
{
    /// <summary>Most shards of one entity: a change of them all, with room for its records, still fits one etcd transaction.</summary>
    public const int MaxShards = 24;

    /// <exception cref="ArgumentException">The scopes overlap or leave a gap, or there are none or too many.</exception>
    public EntityEntry(EntityKey entity, ImmutableArray<Shard> shards, UnitId home)
    {
        Entity = entity;
        Shards = shards;
        Home = home;
        // TODO by the mapping slice: check coverage.
    }

    public EntityKey Entity { get; }

    /// <summary>In the order of their unit ids.</summary>
    public ImmutableArray<Shard> Shards { get; }

    /// <summary>The shard beside which the core rows are kept.</summary>
    public UnitId Home { get; }

    public bool IsSplit => Shards.Length > 1;

    public Shard HomeShard => throw new NotImplementedException();

    /// <summary>The shard that holds the group; exactly one does.</summary>
    /// <exception cref="ArgumentException">The entity is split and the group is none, or of another kind than the scopes.</exception>
    public Shard ShardOf(in GroupKey group) => throw new NotImplementedException();
}
