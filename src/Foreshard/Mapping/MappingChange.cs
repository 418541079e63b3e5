using System.Collections.Immutable;

namespace Foreshard.Mapping;

/// <summary>A side record of the mapping store: how far a move is, who holds a unit. Committed together with the map.</summary>
/// <param name="Key">Path-like, as <c>move/17</c>; ordinal order.</param>
/// <param name="Revision">The version of the store at which it was last written; what the next write must name.</param>
/// <param name="Value">JSON.</param>
internal sealed record MappingRecord(string Key, long Revision, string Value);

/// <summary>One write of a side record.</summary>
/// <param name="Key">Which.</param>
/// <param name="ExpectedRevision">The revision that it must still have; 0: it must not exist.</param>
/// <param name="Value">The new value; null deletes it.</param>
internal readonly record struct RecordWrite(string Key, long ExpectedRevision, string? Value);

/// <summary>A change of the mapping table: commits as a whole if everything it expects still holds, otherwise not at all.</summary>
/// <remarks>
/// Touches at most <see cref="MaxUnits"/> units (an etcd transaction holds 128 operations). Epochs and unit ids in it come from
/// <see cref="IMappingStore.AllocateAsync"/>. A unit whose placement changes, appears or disappears must stand in
/// <see cref="Expected"/> with the placement it has now, unless it is new.
/// </remarks>
internal sealed record MappingChange
{
    public const int MaxUnits = 32;

    /// <summary>Most records written at once; together with the units and partitions they fit one etcd transaction.</summary>
    public const int MaxRecords = 64;

    /// <summary>Most partitions added or replaced at once.</summary>
    public const int MaxPartitions = 24;

    /// <summary>Placements that must hold at the commit, to the epoch.</summary>
    public ImmutableArray<Placement> Expected { get; init; } = [];

    /// <summary>Buckets that get a new owner or a new epoch.</summary>
    public ImmutableArray<Placement> Buckets { get; init; } = [];

    /// <summary>Entries that are added or replaced.</summary>
    public ImmutableArray<EntityEntry> Entries { get; init; } = [];

    /// <summary>Entities that lose their entry and live in their bucket again.</summary>
    public ImmutableArray<EntityKey> RemovedEntries { get; init; } = [];

    /// <summary>Partitions that are added or replaced, by id.</summary>
    public ImmutableArray<PartitionInfo> Partitions { get; init; } = [];

    public ImmutableArray<RecordWrite> Records { get; init; } = [];
}

/// <summary>What became of a change.</summary>
/// <param name="Version">The store's version after it; 0 if it was refused.</param>
/// <param name="Conflict">Null, or what did not hold (which unit or record, expected and found): nothing was changed.</param>
internal readonly record struct CommitResult(long Version, string? Conflict)
{
    public bool IsCommitted => Conflict is null;
}
