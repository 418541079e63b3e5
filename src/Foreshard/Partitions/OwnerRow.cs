using System.Collections.Immutable;

namespace Foreshard.Partitions;

/// <summary>How a partition holds a unit.</summary>
internal enum OwnerState : byte
{
    /// <summary>Serves sessions.</summary>
    Active = 1,

    /// <summary>Serves nobody for the moment: the unit is about to change its owner or its shape.</summary>
    Frozen = 2,

    /// <summary>Gone; the row stays as a tombstone with the place it went to.</summary>
    Moved = 3,

    /// <summary>Being copied here; serves nobody yet.</summary>
    Incoming = 4,
}

/// <summary>A partition's own record of a unit.</summary>
/// <param name="Unit">The unit.</param>
/// <param name="Epoch">The epoch at which this partition holds, held or will hold it.</param>
/// <param name="State">How.</param>
/// <param name="Operation">The operation that froze it, moved it or brings it; 0: none; in a tombstone negative once the rows are gone.</param>
/// <param name="Successor">Where it went, if <see cref="OwnerState.Moved"/> and the unit still exists elsewhere.</param>
/// <param name="Shard">Which shard the unit is, where the engine keeps that; null of a bucket, or if it doesn't.</param>
internal sealed record OwnerRow(UnitId Unit, long Epoch, OwnerState State, long Operation, Placement? Successor, HeldShard? Shard = null)
{
    /// <summary>
    /// Whether the unit has moved away and its rows are still there. Once they are gone the tombstone says so: rows that match the unit since came with
    /// another, and stay, whatever a mapping table that was restored from an older snapshot says is still to be done.
    /// </summary>
    public bool IsUncleared => State == OwnerState.Moved && Operation >= 0;

    /// <summary>
    /// Whether this row is news to a partition that has another. A tombstone is the last word at its epoch: what would bring the unit back there, or delete
    /// its rows a second time, is an operation that was done with long ago and comes up again from a mapping table that was restored.
    /// </summary>
    public bool Succeeds(OwnerRow? known) => known is null || known.Epoch < Epoch
        || (known.Epoch == Epoch && State == OwnerState.Moved && (known.State != OwnerState.Moved || (known.IsUncleared && !IsUncleared)));

    /// <summary>What a tombstone has as its operation once the rows are gone.</summary>
    public static long ClearedBy(Ticket ticket) => -ticket.Operation;

    /// <summary>The rows that a partition writes when units end there: tombstones with where they went, and the units that begin there.</summary>
    /// <param name="partition">Which partition.</param>
    /// <param name="ticket">Who does it.</param>
    /// <param name="retired">Units that end there.</param>
    /// <param name="successors">Where units that still exist went or stayed.</param>
    /// <param name="shards">Which shards they are.</param>
    /// <param name="areCleared">Whether the rows of what leaves are deleted in the same transaction.</param>
    public static List<OwnerRow> AfterRetirement(
        PartitionId partition,
        Ticket ticket,
        ImmutableArray<Placement> retired,
        ImmutableArray<Placement> successors,
        IReadOnlyDictionary<UnitId, HeldShard> shards,
        bool areCleared) =>
    [
        .. retired
            .Select(unit => new OwnerRow(
                unit.Unit,
                unit.Epoch,
                OwnerState.Moved,
                areCleared ? ClearedBy(ticket) : ticket.Operation,
                successors.Where(next => next.Unit == unit.Unit).Cast<Placement?>().FirstOrDefault()))
            .Where(row => row.Successor?.Partition != partition),
        .. successors.Where(next => next.Partition == partition).Select(next => new OwnerRow(
            next.Unit, next.Epoch, OwnerState.Active, 0, null, shards.GetValueOrDefault(next.Unit))),
    ];
}
