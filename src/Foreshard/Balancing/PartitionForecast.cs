using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>What a plan makes of a partition.</summary>
/// <param name="Partition">Which one.</param>
/// <param name="Before">Its load if nothing is done: its units and what is on its way.</param>
/// <param name="After">Its load with the plan, moves and their load included.</param>
internal sealed record PartitionForecast(FleetPartition Partition, LoadCurve Before, LoadCurve After);
