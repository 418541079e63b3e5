namespace Foreshard.Moving;

/// <summary>Why a move, split or other operation was not begun.</summary>
public enum MoveRefusal
{
    /// <summary>The unit, its entity or its bucket is in another operation, or its last one is still cleaning up.</summary>
    UnitBusy,

    /// <summary>The unit is on the target already.</summary>
    SamePartition,

    /// <summary>There is no partition of that name.</summary>
    UnknownPartition,

    /// <summary>The target is being drained.</summary>
    TargetDraining,

    /// <summary>The entity type is not declared as splittable.</summary>
    NotSplittable,

    /// <summary>The entity is split: name the group whose shard is meant, or merge its shards first.</summary>
    Split,

    /// <summary>The split points divide nothing, lie outside the shard, or are of another kind than the groups.</summary>
    NoSplitPoint,

    /// <summary>The shards can't be merged: fewer than two, or their scopes don't join.</summary>
    NotMergeable,

    /// <summary>The partition still holds units.</summary>
    PartitionInUse,

    /// <summary>No other partition takes units.</summary>
    NoTarget,

    /// <summary>The store has no schema yet.</summary>
    NoSchema,

    /// <summary>Units are moving; a schema can't change meanwhile.</summary>
    UnitsMoving,

    /// <summary>Another process is changing tables, reference rows or partitions.</summary>
    SchemaBusy,
}

/// <summary>An operation was not begun. Nothing was changed.</summary>
public sealed class MoveRefusedException : ForeshardException
{
    internal MoveRefusedException(MoveRefusal reason, string message)
        : base($"{message} Nothing was changed. [{reason}]") => Reason = reason;

    /// <summary>Why.</summary>
    public MoveRefusal Reason { get; }
}

/// <summary>An operation was given up and undone: everything is as it was before it.</summary>
public sealed class MoveAbortedException : ForeshardException
{
    internal MoveAbortedException(long operation, string reason, Exception? inner = null)
        : base(
            $"Operation {operation} was given up and undone: {reason}. The data is where it was and nothing was lost; the operation "
            + "may be repeated.",
            inner) =>
        Operation = operation;

    /// <summary>The operation's number, as 'foreshard moves' shows it.</summary>
    public long Operation { get; }
}
