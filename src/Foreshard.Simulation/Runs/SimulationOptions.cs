using Foreshard.Balancing;
using Foreshard.Sharding;

namespace Foreshard.Simulation.Runs;

/// <summary>The virtual fleet and how it is run.</summary>
internal sealed record SimulationOptions
{
    /// <summary>Number of partitions; of an elastic fleet, how many there are at the start.</summary>
    public required int Partitions { get; init; }

    /// <summary>Cost units per second that a partition serves; above 0.</summary>
    public required double Capacity { get; init; }

    /// <summary>Size budget of a partition. Default: 200 GB, what one restores or copies in about an hour.</summary>
    public double SizeBudgetBytes { get; init; } = 200e9;

    /// <summary>Bytes per second of moves that a partition sends or takes. Default: 50 MB/s, a busy server's disk and network with room for users.</summary>
    public double MoveBytesPerSecond { get; init; } = 50e6;

    /// <summary>How often load is looked at and decided on; divides the hour. Default: 5 min, as monitoring usually has it.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Time of the trace, from its start, that isn't scored: forecasts learn in it, thresholds are chosen in it.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>The policies to run, each once.</summary>
    public IReadOnlyList<PolicyKind> Policies { get; init; } =
        [PolicyKind.Static, PolicyKind.Reactive, PolicyKind.Predictive, PolicyKind.Oracle];

    /// <summary>Answer time of an access on an idle partition. Default: 5 ms. A partition's workers follow: capacity × this.</summary>
    public double ServiceMs { get; init; } = 5;

    /// <summary>Answer time above which an access is late. Default: 50 ms.</summary>
    public double LatencyTargetMs { get; init; } = 50;

    /// <summary>For how long a unit's sessions wait at the end of its move. Default: 15 ms, what was measured on SQLite at the 99th percentile.</summary>
    public double StallMs { get; init; } = 15;

    /// <summary>Region of each partition, by turns; empty: regions don't matter.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>Round trips between regions.</summary>
    public RoundTrips RoundTrips { get; init; } = RoundTrips.None;

    /// <summary>An elastic fleet; null for a fixed one.</summary>
    public ElasticFleet? Elastic { get; init; }

    /// <summary>How plans are made; of all policies but static.</summary>
    public BalancerOptions Balancer { get; init; } = BalancerOptions.Default;

    /// <summary>How load is watched and forecast.</summary>
    public OutlookOptions Outlook { get; init; } = OutlookOptions.Default;

    /// <summary>Time that plans look ahead. Default: 24 h.</summary>
    public TimeSpan Horizon { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Slot of a plan. Default: 30 min.</summary>
    public TimeSpan PlanSlot { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>What move bandwidth is multiplied by in the sensitivity grid; empty: no grid. Default: ¼, 1, 4.</summary>
    public IReadOnlyList<double> GridBandwidths { get; init; } = [0.25, 1, 4];

    /// <summary>Intervals of the sensitivity grid. Default: 1, 5 and 30 min.</summary>
    public IReadOnlyList<TimeSpan> GridIntervals { get; init; } = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30)];

    /// <summary>Seed of the noise. The same seed gives the same run, to the byte.</summary>
    public int Seed { get; init; } = 1;
}
