using System.Collections.Immutable;
using System.Data;
using System.Data.Common;
using Foreshard.Schema;

namespace Foreshard.Partitions;

/// <summary>What a session may write; what it may read is the same for all.</summary>
internal enum SessionScope : byte
{
    /// <summary>Nothing.</summary>
    ReadOnly,

    /// <summary>Grouped rows of one group.</summary>
    Group,

    /// <summary>Core rows; all rows of the entity if its type is not splittable.</summary>
    Whole,
}

/// <summary>One shard of a split entity on another partition, to be read through the home's connection.</summary>
internal sealed record UnionArm(IPartition Partition, Placement Unit, ShardRows Rows);

/// <summary>What a session asks of a partition.</summary>
internal sealed class AdmissionRequest
{
    /// <summary>The unit with the epoch that the router believes in.</summary>
    public required Placement Unit { get; init; }

    public required EntityKey Entity { get; init; }

    public required EntityLayout Layout { get; init; }

    public required SessionScope Scope { get; init; }

    /// <summary>The group that the session names; none: the whole entity.</summary>
    public GroupKey Group { get; init; }

    /// <summary>The shard's rows if the entity is split; null: all rows of the entity are here.</summary>
    public ShardRows? Shard { get; init; }

    /// <summary>The shards of this entity, all of them, that a session on the whole of a split entity reads; empty otherwise.</summary>
    public ImmutableArray<UnionArm> Union { get; init; } = [];

    /// <summary>A hold of this partition that the caller has on the unit already; the partition then asks for none.</summary>
    public IUnitHold? Hold { get; init; }

    /// <summary>How far the session is kept apart from others; unspecified: as the engine likes best. SQLite's are always serializable.</summary>
    public IsolationLevel Isolation { get; init; } = IsolationLevel.Unspecified;

    /// <summary>How long to wait for a unit that moves, and for the right to write.</summary>
    public required TimeSpan WaitLimit { get; init; }
}

/// <summary>Why a partition did not admit a session.</summary>
internal enum RefusalKind : byte
{
    None,

    /// <summary>The unit is not here at that epoch; the router's replica is behind.</summary>
    Stale,

    /// <summary>The unit is here but frozen, or its gate did not open in time.</summary>
    Frozen,

    /// <summary>The unit is here and frozen, but whoever froze it holds it no longer: its process ended, or its connection broke.</summary>
    Abandoned,

    /// <summary>The unit is here, but its copies of the entity's core rows may not be current: a process ended while it wrote them.</summary>
    Behind,
}

/// <summary>A session, or why there is none. A refusal has done nothing.</summary>
internal readonly struct Admission
{
    private Admission(IPartitionSession? session, RefusalKind refusal)
    {
        Session = session;
        Refusal = refusal;
    }

    public IPartitionSession? Session { get; }

    public RefusalKind Refusal { get; }

    public static Admission Of(IPartitionSession session) => new(session, RefusalKind.None);

    public static Admission Refused(RefusalKind kind) => new(null, kind);
}

/// <summary>One transaction on one connection, admitted to one unit.</summary>
/// <remarks>Not safe for concurrent use. Disposing without a commit rolls back.</remarks>
internal interface IPartitionSession : IAsyncDisposable
{
    DbConnection Connection { get; }

    DbTransaction Transaction { get; }

    /// <summary>What the session has done so far, or did in all once it is finished.</summary>
    SessionUsage Usage { get; }

    /// <summary>Null, or what the session was last refused by its scope: the database's own message does not say.</summary>
    string? ScopeViolation { get; }

    ValueTask CommitAsync(CancellationToken cancellationToken);

    /// <summary>The core rows that this transaction wrote so far: what copies of a split entity's core rows need.</summary>
    ValueTask<CoreChanges> ReadCoreChangesAsync(CancellationToken cancellationToken);
}

/// <summary>Keeps units as they are (shared) or free of sessions (exclusive) until it is disposed.</summary>
internal interface IUnitHold : IAsyncDisposable
{
    bool IsExclusive { get; }
}

/// <summary>A hold, or why there is none.</summary>
internal readonly record struct HoldResult(IUnitHold? Hold, RefusalKind Refusal);

/// <summary>Core rows of one entity that changed, as they are now.</summary>
/// <param name="Tables">Per table, in the layout's order.</param>
internal sealed record CoreChanges(ImmutableArray<CoreTableChanges> Tables)
{
    public bool IsEmpty => Tables.All(table => table.Keys.IsEmpty);
}

/// <summary>Changed rows of one core table.</summary>
/// <param name="Table">The table.</param>
/// <param name="Keys">Primary keys of the changed rows, in the order of the layout's primary key.</param>
/// <param name="Rows">The rows that exist now, by the layout's columns; a key without a row was deleted.</param>
internal sealed record CoreTableChanges(TableLayout Table, ImmutableArray<object?[]> Keys, ImmutableArray<object?[]> Rows);
