using Foreshard.Sessions;

namespace Foreshard.Fleet;

/// <summary>A partition of a fleet that is made.</summary>
/// <param name="Name">1 to 64 ASCII letters, digits, <c>_</c> and <c>-</c>; unique in the store.</param>
/// <param name="Settings">Where it is (<see cref="PartitionSettings.Location"/>, required) and what it can do.</param>
public sealed record NewPartition(string Name, PartitionSettings Settings);
