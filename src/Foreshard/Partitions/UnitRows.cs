using System.Collections.Immutable;

namespace Foreshard.Partitions;

/// <summary>Which rows belong to a unit: the same description serves copying, capturing, verifying and cleaning.</summary>
internal abstract record UnitRows;

/// <summary>The rows of a bucket: of every entity type, those whose key hashes to it and whose entity has no entry of its own.</summary>
/// <param name="Bucket">The bucket's number.</param>
/// <param name="BucketCount">How many buckets the store has; a power of two.</param>
/// <param name="Isolated">The entities of this bucket that have an entry; their rows are not the bucket's.</param>
internal sealed record BucketRows(int Bucket, int BucketCount, ImmutableArray<EntityKey> Isolated) : UnitRows;

/// <summary>The rows of a shard.</summary>
/// <param name="Entity">The entity.</param>
/// <param name="Scope">The groups that the shard holds.</param>
/// <param name="OtherSegments">If the shard takes new segments: those that the other shards name.</param>
/// <param name="WithCore">Whether the core rows go with it: always for an entity that is not split.</param>
internal sealed record ShardRows(EntityKey Entity, ShardScope Scope, ImmutableArray<string> OtherSegments, bool WithCore) : UnitRows
{
    /// <summary>Whether grouped rows of that group belong to the shard.</summary>
    public bool Contains(in GroupKey group) =>
        Scope.Names(group)
        || (Scope.TakesNew && group.Segment is { } segment && OtherSegments.BinarySearch(segment, StringComparer.Ordinal) < 0);
}

/// <summary>Who carries out an operation: every durable step checks that nobody took it over.</summary>
/// <param name="Operation">The operation's number.</param>
/// <param name="Attempt">1 and up; raised by whoever takes over.</param>
internal readonly record struct Ticket(long Operation, int Attempt);
