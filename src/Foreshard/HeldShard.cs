namespace Foreshard;

/// <summary>Which shard a unit is. A unit is the same shard as long as there is one.</summary>
/// <param name="Entity">Of which entity.</param>
/// <param name="Scope">The groups that it holds.</param>
/// <param name="IsHome">Whether the core rows are beside it.</param>
internal sealed record HeldShard(EntityKey Entity, ShardScope Scope, bool IsHome);
