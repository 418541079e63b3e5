using System.Collections.Immutable;
using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>One step of a plan.</summary>
internal sealed record PlanStep
{
    public required StepKind Kind { get; init; }

    /// <summary>The unit, as it is called now; of a part that an earlier step makes, the unit that it is made from.</summary>
    public required UnitId Unit { get; init; }

    /// <summary>Whose shard; the default value if a whole bucket moves.</summary>
    public EntityKey Entity { get; init; }

    /// <summary>Which groups the shard holds, after the steps before: of a split, before it; of a merge, after it.</summary>
    public ShardScope Scope { get; init; } = ShardScope.Whole;

    /// <summary>Of a split, the scopes it makes; of a merge, those it takes up. The first one stays the home.</summary>
    public ImmutableArray<ShardScope> Parts { get; init; } = [];

    /// <summary>Where it is before.</summary>
    public required PartitionId From { get; init; }

    /// <summary>Where it is afterwards; only moves change that.</summary>
    public required PartitionId To { get; init; }

    /// <summary>When to begin.</summary>
    public required DateTime StartUtc { get; init; }

    /// <summary>When it should be over.</summary>
    public required DateTime EndUtc { get; init; }

    /// <summary>What a move carries.</summary>
    public double Bytes { get; init; }

    public required StepReason Reason { get; init; }

    /// <summary>The reason in words, with figures.</summary>
    public required string Because { get; init; }

    /// <summary>What it gains over leaving it, term by term; of a re-unit, nothing: the moves after it gain.</summary>
    public PlacementCost Gain { get; init; }

    /// <summary>The partitions that were looked at, the best first, with their terms.</summary>
    public ImmutableArray<TargetCandidate> Candidates { get; init; } = [];
}
