using Foreshard.Moving;

namespace Foreshard.Sessions;

/// <summary>A partition as people know it.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its name; unique in the store.</param>
/// <param name="Region">Where it is; empty: not said.</param>
/// <param name="CapacityPerSecond">Cost units per second that it can serve; 0: not known.</param>
/// <param name="SizeBudgetBytes">How large it may grow; 0: no budget.</param>
/// <param name="IsDraining">Whether it takes no new units.</param>
/// <param name="Units">Buckets and shards on it.</param>
public sealed record PartitionStatus(
    PartitionId Id, string Name, string Region, double CapacityPerSecond, long SizeBudgetBytes, bool IsDraining, int Units);

/// <summary>Where one shard is.</summary>
/// <param name="Placement">Unit, partition and epoch.</param>
/// <param name="Partition">The partition's name.</param>
/// <param name="Scope">Which groups it holds.</param>
/// <param name="IsHome">Whether the entity's core rows are kept beside it.</param>
public sealed record ShardPlace(Placement Placement, string Partition, ShardScope Scope, bool IsHome);

/// <summary>Where an entity is.</summary>
/// <param name="Entity">The entity.</param>
/// <param name="Bucket">The bucket that its key hashes to.</param>
/// <param name="IsIsolated">Whether it has a place of its own, apart from its bucket.</param>
/// <param name="Shards">Its shards; one unless it is split.</param>
public sealed record EntityPlace(EntityKey Entity, int Bucket, bool IsIsolated, IReadOnlyList<ShardPlace> Shards);

/// <summary>An operation that runs or ran.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Kind">What kind.</param>
/// <param name="Subject">What it is about: <c>customer/42 {eu}</c>, <c>bucket 17</c>.</param>
/// <param name="From">Name of the partition that it begins on.</param>
/// <param name="To">Name of the partition that it ends on.</param>
/// <param name="State">How far it is.</param>
/// <param name="StartedAt">When it was planned.</param>
/// <param name="Rows">Rows copied; written down every second while it copies.</param>
/// <param name="TotalRows">Rows to copy, as counted at its beginning.</param>
/// <param name="Bytes">Bytes of the values copied, estimated.</param>
/// <param name="Error">Why it was undone; null unless it was.</param>
public sealed record OperationStatus(
    long Id,
    OperationKind Kind,
    string Subject,
    string From,
    string To,
    OperationState State,
    DateTimeOffset StartedAt,
    long Rows,
    long TotalRows,
    long Bytes,
    string? Error)
{
    /// <summary>Whether it neither goes on nor can go on.</summary>
    public bool IsOver => State is OperationState.Done or OperationState.Aborted;
}
