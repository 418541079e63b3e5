namespace Foreshard.Simulation.Workloads;

/// <summary>A made-up entity: how its load goes up and down.</summary>
internal sealed record WorkloadEntity
{
    public required EntityKey Entity { get; init; }

    /// <summary>Mean accesses per second of an ordinary weekday.</summary>
    public required double Rate { get; init; }

    /// <summary>What an access is like.</summary>
    public AccessShape Shape { get; init; } = AccessShape.Read with { Writes = 0.1 };

    /// <summary>Share of the load that follows the time of day; 0 to 1.</summary>
    public double Daily { get; init; }

    /// <summary>Time of day of the peak.</summary>
    public TimeSpan Peak { get; init; } = TimeSpan.FromHours(14);

    /// <summary>How narrow the peak is; above 0. At 2 it is about nine hours wide, at 20 about three.</summary>
    public double Steepness { get; init; } = 2;

    /// <summary>What Saturdays and Sundays have of a weekday's load.</summary>
    public double Weekend { get; init; } = 1;

    /// <summary>How much later the peak comes each day.</summary>
    public TimeSpan DriftPerDay { get; init; }

    /// <summary>What the load is multiplied by each day between <see cref="GrowsFrom"/> and <see cref="GrowsTo"/>.</summary>
    public double GrowthPerDay { get; init; } = 1;

    /// <summary>When it begins to grow or shrink, from the begin of the trace.</summary>
    public TimeSpan GrowsFrom { get; init; }

    /// <summary>When it stays as it is from then on.</summary>
    public TimeSpan GrowsTo { get; init; } = TimeSpan.MaxValue;

    /// <summary>When its first access comes, from the begin of the trace.</summary>
    public TimeSpan LivesFrom { get; init; }

    /// <summary>When its last one has come.</summary>
    public TimeSpan LivesTo { get; init; } = TimeSpan.MaxValue;

    /// <summary>Crowds.</summary>
    public IReadOnlyList<WorkloadFlash> Flashes { get; init; } = [];

    /// <summary>Its groups; empty: it is used as a whole.</summary>
    public IReadOnlyList<WorkloadGroup> Groups { get; init; } = [];

    /// <summary>Where its users are, unless a group tells; null: not known.</summary>
    public string? Region { get; init; }

    /// <summary>Size at the start; null: by its load.</summary>
    public double? Bytes { get; init; }
}
