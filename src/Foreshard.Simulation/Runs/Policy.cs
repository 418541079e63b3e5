using Foreshard.Balancing;

namespace Foreshard.Simulation.Runs;

/// <summary>When a cluster plans, with what it expects.</summary>
internal sealed record Policy
{
    public required PolicyKind Kind { get; init; }

    /// <summary>What it expects; null: it never plans.</summary>
    public IForesight? Foresight { get; init; }

    /// <summary>How plans are made.</summary>
    public BalancerOptions Balancer { get; init; } = BalancerOptions.Default;

    /// <summary>Time that a plan looks ahead.</summary>
    public TimeSpan Horizon { get; init; }

    /// <summary>How often it plans; null: only when a partition is above <see cref="Threshold"/>.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>Share of capacity that a partition has to be above in each of the last two intervals.</summary>
    public double? Threshold { get; init; }

    /// <summary>Of how many intervals it takes the mean.</summary>
    public int? LookBack { get; init; }
}
