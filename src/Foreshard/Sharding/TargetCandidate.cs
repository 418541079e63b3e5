namespace Foreshard.Sharding;

/// <summary>A partition that a unit could go to.</summary>
/// <param name="Partition">Which one; where the unit is already, if it stays.</param>
/// <param name="Cost">What changes in the whole fleet against leaving it where it is; staying costs nothing.</param>
/// <param name="Refusal">Why it can't; null if it can.</param>
/// <param name="PeakSum">Largest load planned for the partition from when the unit is there, as a share of capacity.</param>
/// <param name="PeakSumIfAligned">The same if the unit's peak came when the partition's does: what interleaving saves is the difference.</param>
internal sealed record TargetCandidate(PartitionId Partition, PlacementCost Cost, string? Refusal, double PeakSum, double PeakSumIfAligned);
