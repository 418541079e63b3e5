namespace Foreshard.Mapping;

/// <summary>How a partition holds a unit, as far as a rebuilt table cares; as its owner row says.</summary>
internal enum HeldState : byte
{
    /// <summary>Serves sessions.</summary>
    Active,

    /// <summary>All rows are here, nobody is served: an operation stopped halfway.</summary>
    Frozen,

    /// <summary>Gone from here: to <see cref="HeldUnit.Successor"/>, or ended if there is none.</summary>
    Moved,

    /// <summary>Was being copied here; never owned it.</summary>
    Incoming,
}

/// <summary>A partition's own record of a unit.</summary>
/// <param name="Placement">The unit, the partition that the record is from, and the epoch at which it holds, held or would have held it.</param>
/// <param name="State">How.</param>
/// <param name="Successor">Where it went, if it was moved and did not end.</param>
/// <param name="Operation">The number of the operation that touched it last; 0: none.</param>
/// <param name="Shard">What the unit is, if the partition knows; else an export must.</param>
internal sealed record HeldUnit(Placement Placement, HeldState State, Placement? Successor = null, long Operation = 0, HeldShard? Shard = null);
