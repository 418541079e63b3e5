using System.Collections.Immutable;
using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>What to do, when and why. Immutable; from the same input always the same, to the byte.</summary>
internal sealed record Plan
{
    public required PlanHorizon Horizon { get; init; }

    /// <summary>In the order in which they begin; a re-unit before what it makes moves.</summary>
    public required ImmutableArray<PlanStep> Steps { get; init; }

    /// <summary>What was looked at and not done, of partitions that something is wrong with; in the order of partitions and units.</summary>
    public ImmutableArray<PlanRefusal> Refusals { get; init; } = [];

    /// <summary>What the fleet lacks; null if the plan is enough.</summary>
    public CapacityAdvice? Advice { get; init; }

    /// <summary>What the placement costs if nothing is done.</summary>
    public PlacementCost Before { get; init; }

    /// <summary>What it costs with the plan.</summary>
    public PlacementCost After { get; init; }

    /// <summary>In the order of their ids.</summary>
    public ImmutableArray<PartitionForecast> Partitions { get; init; } = [];
}
