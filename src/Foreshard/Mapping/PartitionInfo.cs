namespace Foreshard.Mapping;

/// <summary>What a partition is for at the moment.</summary>
internal enum PartitionState : byte
{
    /// <summary>Holds units and takes new ones.</summary>
    Active,

    /// <summary>Holds units and takes no new ones: it is being emptied.</summary>
    Draining,

    /// <summary>Holds nothing and is no longer opened. The number stays taken.</summary>
    Removed,
}

/// <summary>A partition as the mapping store knows it.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">What people call it; unique in the store among partitions that are not removed.</param>
/// <param name="Region">Where it is; empty: said nothing.</param>
/// <param name="CapacityPerSecond">Cost units per second that it can serve; 0: not known.</param>
/// <param name="SizeBudgetBytes">How large it may grow; 0: no budget.</param>
/// <param name="Location">Where its data is, in the engine's own words: a file name in the store's folder; a host and database. No secrets.</param>
/// <param name="State">What it is for at the moment.</param>
/// <param name="HasWriteLog">Whether its database's own log is read for what is written beside sessions.</param>
internal sealed record PartitionInfo(
    PartitionId Id,
    string Name,
    string Region,
    double CapacityPerSecond,
    long SizeBudgetBytes,
    string Location,
    PartitionState State,
    bool HasWriteLog = false);
