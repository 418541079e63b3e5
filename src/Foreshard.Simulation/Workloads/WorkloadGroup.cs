namespace Foreshard.Simulation.Workloads;

/// <summary>A group of a made-up entity.</summary>
/// <param name="Group">Which one.</param>
/// <param name="Share">Its share of the entity's load.</param>
/// <param name="Peak">Time of day of its peak; null: the entity's.</param>
/// <param name="Region">Where its users are; null: not known.</param>
internal sealed record WorkloadGroup(GroupKey Group, double Share, TimeSpan? Peak = null, string? Region = null);
