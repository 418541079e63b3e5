namespace Foreshard.Simulation.Runs;

/// <summary>What came of a simulation.</summary>
internal sealed record SimulationResult
{
    public required SimulationOptions Options { get; init; }

    /// <summary>When the trace begins.</summary>
    public required DateTime StartUtc { get; init; }

    /// <summary>When the scored part begins.</summary>
    public required DateTime ScoredFromUtc { get; init; }

    /// <summary>When it ends.</summary>
    public required DateTime EndUtc { get; init; }

    /// <summary>How many entities there are.</summary>
    public required int Entities { get; init; }

    /// <summary>Accesses in the scored part, as scaled.</summary>
    public required double Accesses { get; init; }

    /// <summary>Largest demand of all entities together in an interval of the scored part, cost units per second.</summary>
    public required double PeakDemand { get; init; }

    /// <summary>In the order of the options' policies.</summary>
    public required IReadOnlyList<PolicyRun> Policies { get; init; }

    /// <summary>The sensitivity grid; by bandwidth, then interval.</summary>
    public required IReadOnlyList<GridCell> Grid { get; init; }

    /// <summary>Length of a drawn interval: the interval, or longer so that at most some 2,000 are drawn.</summary>
    public required TimeSpan DrawnInterval { get; init; }

    /// <summary>The busiest entities, the busiest first; at most 40.</summary>
    public required IReadOnlyList<HeatRow> Heat { get; init; }
}
