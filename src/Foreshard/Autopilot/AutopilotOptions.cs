using Foreshard.Balancing;
using Foreshard.Profiling;
using Foreshard.Sharding;

namespace Foreshard.Autopilot;

/// <summary>How the autopilot of a store works.</summary>
public sealed class AutopilotOptions
{
    private static readonly TimeSpan FineSlot = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestTrip = TimeSpan.FromSeconds(10);

    /// <summary>What it does by itself. Default: <see cref="AutopilotMode.Off"/>.</summary>
    public AutopilotMode Mode { get; set; }

    /// <summary>
    /// How often accesses are collected and looked at; 1 s to 30 min, and it divides 10 min or is 15 or 30 min. Profiles that were saved with
    /// another interval can't be read. Default: 5 min.
    /// </summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How often a plan is made if nothing hurries; at least <see cref="Interval"/>. Default: 10 min.</summary>
    public TimeSpan PlanEvery { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How far plans look ahead; 3 h to 7 days, whole half hours. Default: 24 h.</summary>
    public TimeSpan Horizon { get; set; } = TimeSpan.FromHours(24);

    /// <summary>
    /// Whether plans rest on forecasts. False: only on the present, and they are made only once a partition was above
    /// <see cref="ReactAbove"/> in two intervals in a row, as systems with thresholds do. Default: true.
    /// </summary>
    public bool UseForecasts { get; set; } = true;

    /// <summary>Without forecasts: share of a partition's capacity above which it reacts; 0.35 to 1. Default: 0.8.</summary>
    public double ReactAbove { get; set; } = 0.8;

    /// <summary>
    /// Capacity of partitions for which none was set, in cost units per second; above 0.
    /// Default: 10,000. Set the real one: everything is judged by it.
    /// </summary>
    public double AssumedCapacity { get; set; } = 10_000;

    /// <summary>Bytes per second that a move is planned with, and that its copy keeps to; above 0. Default: 50 MB.</summary>
    public double MoveBytesPerSecond { get; set; } = 50e6;

    /// <summary>Moves that a partition takes part in at a time; 1 to 100. Default: 1.</summary>
    public int MovesPerPartition { get; set; } = 1;

    /// <summary>Bytes that it may move in an hour, in the whole store; above 0. Default (null): no limit.</summary>
    public double? BytesPerHour { get; set; }

    /// <summary>
    /// For how long a unit that moved stays, unless a partition was added or is to be emptied since and an overload is forecast where it is; not
    /// negative. Default: 1 h.
    /// </summary>
    public TimeSpan Cooldown { get; set; } = TimeSpan.FromHours(1);

    /// <summary>For how long shards must have been small before they are merged; not negative. Default: 3 days.</summary>
    public TimeSpan MergeAfter { get; set; } = TimeSpan.FromDays(3);

    /// <summary>When nothing may move. Default: none.</summary>
    public IReadOnlyList<FreezeTime> Freezes { get; set; } = [];

    /// <summary>
    /// How long a round trip takes between two regions, in either order; 0 to 10 s. Where processes of a region measured how far a partition is, that holds
    /// in its place: on a fleet they all do. Default: none, and it doesn't matter to plans how far users are from partitions.
    /// </summary>
    public IReadOnlyDictionary<(string From, string To), TimeSpan> RoundTrips { get; set; } = new Dictionary<(string From, string To), TimeSpan>();

    /// <summary>Failed operations in a row after which it pauses, with the reason, until it is resumed; at least 1. Default: 3.</summary>
    public int FailuresMax { get; set; } = 3;

    /// <summary>How often sizes are counted, which reads every key of every table once; at least <see cref="Interval"/>. Default: 1 h.</summary>
    public TimeSpan SizesEvery { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How often what was learned is saved; at least <see cref="Interval"/>. It is saved when the store is closed, too. Default: 15 min.</summary>
    public TimeSpan SaveEvery { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Decisions that are kept to be looked at; at least 1. Default: 1,000.</summary>
    public int DecisionsKept { get; set; } = 1000;

    /// <summary>The clock that it lives by. Default (null): the store's.</summary>
    public TimeProvider? TimeProvider { get; set; }

    /// <summary>Whether nobody runs it but who calls <see cref="StoreAutopilot.RunDueAsync"/>: for tests, with a clock of their own.</summary>
    internal bool IsStepped { get; set; }

    /// <summary>What moves are planned to take beside their bytes. Where the clock runs faster than the disk it is more than usual.</summary>
    internal TimeSpan MoveOverhead { get; set; } = CostOptions.Default.MoveOverhead;

    internal SlotGrid Grid => new(Interval);

    internal RoundTrips ConfiguredRoundTrips => RoundTrips.Count == 0
        ? Sharding.RoundTrips.None
        : new RoundTrips(RoundTrips.ToDictionary(one => one.Key, one => one.Value.TotalMilliseconds));

    /// <summary>What a plan is made with. Without forecasts, what was moved shall not be above the threshold again at once.</summary>
    internal BalancerOptions ForBalancer => BalancerOptions.Default with
    {
        Cost = CostOptions.Default with { MoveOverhead = MoveOverhead, TargetShare = UseForecasts ? CostOptions.Default.TargetShare : 0.95 * ReactAbove },
        BytesPerHour = BytesPerHour ?? double.PositiveInfinity,
        MovesPerPartition = MovesPerPartition,
        Cooldown = Cooldown,
        MergeAfter = MergeAfter,
    };

    /// <summary>Without forecasts nothing is known of later hours.</summary>
    internal TimeSpan PlannedAhead => UseForecasts || Horizon < ReactHorizon ? Horizon : ReactHorizon;

    /// <summary>Time that the present is taken to last without forecasts.</summary>
    private static TimeSpan ReactHorizon { get; } = TimeSpan.FromHours(3);

    internal PlanHorizon HorizonFrom(DateTime nowUtc) =>
        PlanHorizon.Of(nowUtc, PlannedAhead, TimeSpan.FromMinutes(30), TimeSpan.FromHours(3), FineSlot);

    internal IEnumerable<string> Problems()
    {
        var isWhole = Interval >= TimeSpan.FromSeconds(1) && (FineSlot.Ticks % Interval.Ticks == 0 || Interval.TotalMinutes is 15 or 30);
        if (!isWhole) yield return $"Autopilot.Interval must be at least 1 s and divide 10 min, or be 15 or 30 min, is {Interval}";
        if (PlanEvery < Interval) yield return $"Autopilot.PlanEvery must be at least the interval ({Interval}), is {PlanEvery}";
        if (SizesEvery < Interval) yield return $"Autopilot.SizesEvery must be at least the interval ({Interval}), is {SizesEvery}";
        if (SaveEvery < Interval) yield return $"Autopilot.SaveEvery must be at least the interval ({Interval}), is {SaveEvery}";
        if (Horizon < TimeSpan.FromHours(3) || Horizon > TimeSpan.FromDays(7) || Horizon.Ticks % TimeSpan.FromMinutes(30).Ticks != 0)
            yield return $"Autopilot.Horizon must be 3 h to 7 days in whole half hours, is {Horizon}";
        if (!(ReactAbove is >= 0.35 and <= 1)) yield return $"Autopilot.ReactAbove must be 0.35 to 1, is {ReactAbove}";
        if (!(AssumedCapacity > 0)) yield return $"Autopilot.AssumedCapacity must be above 0, is {AssumedCapacity}";
        if (!(MoveBytesPerSecond > 0)) yield return $"Autopilot.MoveBytesPerSecond must be above 0, is {MoveBytesPerSecond}";
        if (MovesPerPartition is < 1 or > 100) yield return $"Autopilot.MovesPerPartition must be 1 to 100, is {MovesPerPartition}";
        if (BytesPerHour is not (null or > 0)) yield return $"Autopilot.BytesPerHour must be above 0 or null, is {BytesPerHour}";
        if (Cooldown < TimeSpan.Zero) yield return $"Autopilot.Cooldown must not be negative, is {Cooldown}";
        if (MergeAfter < TimeSpan.Zero) yield return $"Autopilot.MergeAfter must not be negative, is {MergeAfter}";
        foreach (var ((from, to), trip) in RoundTrips.Where(one => one.Value < TimeSpan.Zero || one.Value > LongestTrip))
            yield return $"Autopilot.RoundTrips must be 0 to {LongestTrip.TotalSeconds} s, {from} to {to} is {trip}";
        if (FailuresMax < 1) yield return $"Autopilot.FailuresMax must be at least 1, is {FailuresMax}";
        if (DecisionsKept < 1) yield return $"Autopilot.DecisionsKept must be at least 1, is {DecisionsKept}";
    }
}
