namespace Foreshard.Sessions;

/// <summary>Where an entity is.</summary>
/// <param name="Entity">The entity.</param>
/// <param name="Bucket">The bucket that its key hashes to.</param>
/// <param name="IsIsolated">Whether it has a place of its own, apart from its bucket.</param>
/// <param name="Shards">Its shards; one unless it is split.</param>
public sealed record EntityPlace(EntityKey Entity, int Bucket, bool IsIsolated, IReadOnlyList<ShardPlace> Shards);
