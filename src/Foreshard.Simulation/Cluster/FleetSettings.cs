using Foreshard.Sharding;

namespace Foreshard.Simulation.Cluster;

/// <summary>What the partitions of a virtual fleet are like.</summary>
internal sealed record FleetSettings
{
    /// <summary>How many partitions there are, asleep ones included.</summary>
    public required int Partitions { get; init; }

    /// <summary>How many are awake at the start: those with the lowest numbers.</summary>
    public required int Awake { get; init; }

    /// <summary>Cost units per second that a partition serves.</summary>
    public required double Capacity { get; init; }

    /// <summary>Size budget of a partition; 0: none.</summary>
    public required double SizeBudgetBytes { get; init; }

    /// <summary>Bytes per second of moves that a partition sends or takes.</summary>
    public required double MoveBytesPerSecond { get; init; }

    /// <summary>Region of each partition, by turns; empty: none.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>Round trips between regions.</summary>
    public RoundTrips RoundTrips { get; init; } = RoundTrips.None;

    /// <summary>Answer time on an idle partition.</summary>
    public double ServiceMs { get; init; } = 5;

    /// <summary>Answer time above which an access is late.</summary>
    public double LatencyTargetMs { get; init; } = 50;

    /// <summary>For how long sessions wait at the end of a move.</summary>
    public double StallMs { get; init; } = 15;

    /// <summary>What a move takes beside its bytes.</summary>
    public TimeSpan MoveOverhead { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Share of both ends' capacity that moves take while they run.</summary>
    public double MoveShare { get; init; } = 0.1;

    /// <summary>Moves that a partition takes part in at a time.</summary>
    public int MovesPerPartition { get; init; } = 1;

    /// <summary>Region of a partition, from 0 on; empty: none.</summary>
    public string RegionOf(int partition) => Regions.Count == 0 ? "" : Regions[partition % Regions.Count];
}
