using Foreshard.Balancing;
using Foreshard.Sharding;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Simulation.Runs;

/// <summary>The virtual fleet and how it is run.</summary>
internal sealed record SimulationOptions
{
    /// <summary>200 GB, what one restores or copies in about an hour.</summary>
    public const double DefaultSizeBudgetBytes = 200e9;

    /// <summary>Number of partitions; of an elastic fleet, how many there are at the start.</summary>
    public required int Partitions { get; init; }

    /// <summary>Cost units per second that a partition serves; above 0.</summary>
    public required double Capacity { get; init; }

    /// <summary>Size budget of a partition; 0: none. Default: <see cref="DefaultSizeBudgetBytes"/>.</summary>
    public double SizeBudgetBytes { get; init; } = DefaultSizeBudgetBytes;

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

    /// <summary>
    /// Time from now on that plans cut finer, into <see cref="FineSlot"/>: what is near is acted on by the minute, and a ramp within half an hour
    /// matters. Whole slots. Default: 3 h.
    /// </summary>
    public TimeSpan FineFor { get; init; } = TimeSpan.FromHours(3);

    /// <summary>Slot of the near part of a plan; divides <see cref="PlanSlot"/>. Default: 10 min.</summary>
    public TimeSpan FineSlot { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>What move bandwidth is multiplied by in the sensitivity grid; empty: no grid. Default: ¼, 1, 4.</summary>
    public IReadOnlyList<double> GridBandwidths { get; init; } = [0.25, 1, 4];

    /// <summary>Intervals of the sensitivity grid. Default: 1, 5 and 30 min.</summary>
    public IReadOnlyList<TimeSpan> GridIntervals { get; init; } = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30)];

    /// <summary>
    /// Bytes of all entities at the start, dealt out by their accesses in the warm-up. Default (null): the mean demand of the warm-up as a share of
    /// a partition's capacity, times half its size budget; so a partition that works at capacity all day is half full, whatever the
    /// number of partitions. Not asked where the trace, or <see cref="StartBytesOf"/>, tells sizes.
    /// </summary>
    public double? StartBytes { get; init; }

    /// <summary>Bytes of an entity at the start, dealt out to its groups by their accesses in the warm-up. Null: not known one by one.</summary>
    public Func<EntityKey, double>? StartBytesOf { get; init; }

    /// <summary>What an entity grows by with each row written. Default: 100 B, as most writes change rows or make way by deletes later.</summary>
    public double BytesPerWrite { get; init; } = 100;

    /// <summary>How often plans are made that look ahead, if nothing hurries; a multiple of <see cref="Interval"/> or shorter. Default: 10 min.</summary>
    public TimeSpan PlanEvery { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Time that the reactive policy plans for: it takes the present to stay that long. Default: 2 h.</summary>
    public TimeSpan ReactiveHorizon { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Shares of capacity from which the reactive policy acts; the best in the warm-up is taken. Default: 0.6 to 0.9.</summary>
    public IReadOnlyList<double> ReactiveThresholds { get; init; } = [0.6, 0.7, 0.8, 0.9];

    /// <summary>Intervals that the reactive policy takes the mean of; likewise. Default: 1 and 3.</summary>
    public IReadOnlyList<int> ReactiveLookBacks { get; init; } = [1, 3];

    /// <summary>Seed of the noise of traces that are made or scaled for this run. The same seed gives the same run, to the byte.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The time that is planned at a moment.</summary>
    public PlanHorizon HorizonFrom(DateTime nowUtc, TimeSpan length) => PlanHorizon.Of(nowUtc, length, PlanSlot, FineFor, FineSlot);

    /// <exception cref="ArgumentException">Something is out of range; the message names all of it.</exception>
    public void Validate()
    {
        var problems = new List<string>();
        Check(Partitions >= 1, $"{nameof(Partitions)} is {Partitions}: at least 1");
        Check(Capacity > 0 && double.IsFinite(Capacity), $"{nameof(Capacity)} is {Capacity}: above 0");
        Check(SizeBudgetBytes >= 0, $"{nameof(SizeBudgetBytes)} is {SizeBudgetBytes}: 0 (none) or more");
        Check(MoveBytesPerSecond > 0, $"{nameof(MoveBytesPerSecond)} is {MoveBytesPerSecond}: above 0");
        Check(WarmUp >= TimeSpan.Zero, $"{nameof(WarmUp)} is {WarmUp}: not negative");
        Check(ServiceMs > 0 && LatencyTargetMs > 0, "service and target of answer times are above 0");
        Check(StallMs >= 0 && BytesPerWrite >= 0 && !(StartBytes < 0), "stalls and sizes are not negative");
        Check(PlanSlot > TimeSpan.Zero && Horizon >= PlanSlot && ReactiveHorizon >= PlanSlot, "a horizon has at least one slot");
        Check(PlanSlot.Ticks % TrafficTrace.SlotLength.Ticks == 0, $"{nameof(PlanSlot)} is {PlanSlot}: a multiple of 5 min");
        Check(
            FineSlot > TimeSpan.Zero && FineSlot.Ticks % TrafficTrace.SlotLength.Ticks == 0 && PlanSlot.Ticks % FineSlot.Ticks == 0,
            $"{nameof(FineSlot)} is {FineSlot}: a multiple of 5 min that divides {nameof(PlanSlot)} ({PlanSlot})");
        Check(FineFor >= TimeSpan.Zero && FineFor.Ticks % PlanSlot.Ticks == 0, $"{nameof(FineFor)} is {FineFor}: whole slots of {PlanSlot}");
        Check(ReactiveThresholds.Count > 0 && ReactiveThresholds.All(share => share is > 0.32 and <= 1.05), "thresholds are above 0.32, at most 1.05");
        Check(ReactiveLookBacks.Count > 0 && ReactiveLookBacks.All(count => count is >= 1 and <= 12), "look-backs are 1 to 12 intervals");
        Check(Policies.Distinct().Count() == Policies.Count, "each policy runs once");
        foreach (var interval in GridIntervals.Append(Interval))
        {
            Check(
                interval >= TimeSpan.FromMinutes(1) && interval <= TimeSpan.FromHours(1) && TimeSpan.TicksPerHour % interval.Ticks == 0,
                $"an interval is {interval}: at least a minute, and a divisor of the hour");
        }

        Check(GridBandwidths.All(factor => factor > 0), "bandwidths of the grid are above 0");
        if (Elastic is { } fleet)
        {
            Check(
                fleet.Min >= 1 && fleet.Min <= Partitions && Partitions <= fleet.Max,
                $"an elastic fleet of {fleet.Min} to {fleet.Max} starts with {Partitions}");
            Check(fleet.WakeDelay >= TimeSpan.Zero, "waking takes no negative time");
        }

        if (problems.Count > 0) throw new ArgumentException($"The options of the simulation don't hold: {string.Join("; ", problems)}.");

        void Check(bool holds, string problem)
        {
            if (!holds) problems.Add(problem);
        }
    }
}
