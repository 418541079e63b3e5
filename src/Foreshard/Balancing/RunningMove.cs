namespace Foreshard.Balancing;

/// <summary>A move that has begun. The unit counts as being at its target from the end on; until then both ends carry the move's load.</summary>
/// <param name="Unit">What moves.</param>
/// <param name="From">Where from.</param>
/// <param name="To">Where to.</param>
/// <param name="EndUtc">When it will be over.</param>
/// <param name="Bytes">What is still to be carried.</param>
internal readonly record struct RunningMove(UnitId Unit, PartitionId From, PartitionId To, DateTime EndUtc, double Bytes);
