namespace Foreshard.Sharding;

/// <summary>Why something can't be split.</summary>
internal enum CutRefusal
{
    /// <summary>Only one group is known, or fewer than parts are wanted.</summary>
    OneGroup,

    /// <summary>Foreign keys or common write transactions tie all groups together, or into fewer pieces than parts are wanted.</summary>
    TiedTogether,

    /// <summary>Every cut leaves too much of the load on one side.</summary>
    OneSideTooHeavy,

    /// <summary>Every cut that divides the load makes too many reads straddle it.</summary>
    TooManyReadsStraddle,

    /// <summary>The entity has as many shards as it may have.</summary>
    TooManyShards,

    /// <summary>The entity's type isn't declared as one that may be split, or nobody says which groups it is used by.</summary>
    NotSplittable,
}
