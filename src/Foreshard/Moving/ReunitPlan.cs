using System.Collections.Immutable;
using Foreshard.Mapping;

namespace Foreshard.Moving;

/// <summary>What a re-unit does to the map.</summary>
/// <param name="Kind">Isolate, split, merge or fold.</param>
/// <param name="Entity">Whose units change.</param>
/// <param name="Before">Units that end or get a new epoch; all on one partition.</param>
/// <param name="After">Units that begin or have a new epoch; on the same partition.</param>
/// <param name="Entry">The entity's entry afterwards; null: none.</param>
/// <param name="Bucket">The bucket's placement afterwards, if it gains or loses the entity.</param>
/// <param name="Locks">Units that nobody else may touch meanwhile.</param>
internal sealed record ReunitPlan(
    OperationKind Kind,
    EntityKey Entity,
    ImmutableArray<Placement> Before,
    ImmutableArray<Placement> After,
    EntityEntry? Entry,
    Placement? Bucket,
    ImmutableArray<UnitId> Locks)
{
    public MappingChange Change => new()
    {
        Expected = Before,
        Buckets = Bucket is { } bucket ? [bucket] : [],
        Entries = Entry is null ? [] : [Entry],
        RemovedEntries = Entry is null ? [Entity] : [],
    };
}
