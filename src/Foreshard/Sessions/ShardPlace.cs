namespace Foreshard.Sessions;

/// <summary>Where one shard is.</summary>
/// <param name="Placement">Unit, partition and epoch.</param>
/// <param name="Partition">The partition's name.</param>
/// <param name="Scope">Which groups it holds.</param>
/// <param name="IsHome">Whether the entity's core rows are kept beside it.</param>
public sealed record ShardPlace(Placement Placement, string Partition, ShardScope Scope, bool IsHome);
