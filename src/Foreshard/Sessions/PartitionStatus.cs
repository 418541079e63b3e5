namespace Foreshard.Sessions;

/// <summary>A partition as people know it.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its name; unique in the store.</param>
/// <param name="Region">Where it is; empty: not said.</param>
/// <param name="CapacityPerSecond">Cost units per second that it can serve; 0: not known.</param>
/// <param name="SizeBudgetBytes">How large it may grow; 0: no budget.</param>
/// <param name="IsDraining">Whether it takes no new units.</param>
/// <param name="Units">Buckets and shards on it.</param>
/// <param name="HasWriteLog">Whether the autopilot reads in its own log what is written beside sessions.</param>
public sealed record PartitionStatus(
    PartitionId Id, string Name, string Region, double CapacityPerSecond, long SizeBudgetBytes, bool IsDraining, int Units, bool HasWriteLog = false);
