namespace Foreshard.Partitions;

/// <summary>More partitions hold shards of the entity than one connection can see.</summary>
public sealed class TooManyShardsException : ForeshardException
{
    internal TooManyShardsException(EntityKey entity, int partitions, int limit)
        : base($"Shards of {entity} are on {partitions} partitions, but one connection sees {limit} at most. Nothing was read. Use QueryShardsAsync, which "
            + "asks each shard by itself, or merge shards.")
    {
        Entity = entity;
        Partitions = partitions;
    }

    /// <summary>The entity.</summary>
    public EntityKey Entity { get; }

    /// <summary>On how many partitions its shards are.</summary>
    public int Partitions { get; }
}
