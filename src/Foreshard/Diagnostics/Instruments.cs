using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Foreshard.Diagnostics;

/// <summary>The meter and the activity source of the process, with all instruments. What they show of each store bears its name.</summary>
internal static class Instruments
{
    /// <summary>What changes with the packages' version.</summary>
    private static readonly string? Version = typeof(Instruments).Assembly.GetName().Version?.ToString(3);

    private static readonly Meter Meter = new(TelemetryNames.Meter, Version);

    private static readonly InstrumentAdvice<double> Stalls = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2],
    };

    private static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
    };

    private static readonly InstrumentAdvice<double> Errors = new() { HistogramBucketBoundaries = [-0.5, -0.25, -0.1, -0.05, 0, 0.05, 0.1, 0.25, 0.5] };

    private static ImmutableArray<StoreTelemetry> stores = [];

    public static ActivitySource Activities { get; } = new(TelemetryNames.ActivitySource, Version);

    public static Counter<long> SessionFailures { get; } =
        Meter.CreateCounter<long>("foreshard.session.failures", "{session}", "Sessions that could not begin because a wait reached its limit");

    public static Counter<long> Operations { get; } = Meter.CreateCounter<long>("foreshard.operations", "{operation}", "Moves and re-units that are over");

    public static Histogram<double> OperationDuration { get; } =
        Meter.CreateHistogram("foreshard.operation.duration", "s", "From the beginning of an operation to its end", tags: null, Durations);

    public static Counter<long> MoveBytes { get; } = Meter.CreateCounter<long>("foreshard.move.bytes", "By", "Bytes that moves copied live");

    public static Counter<long> MoveRows { get; } = Meter.CreateCounter<long>("foreshard.move.rows", "{row}", "Rows that moves copied live");

    public static Histogram<double> MoveStall { get; } =
        Meter.CreateHistogram("foreshard.move.stall", "s", "How long sessions on a unit could not begin while it moved", tags: null, Stalls);

    public static Counter<long> Rounds { get; } = Meter.CreateCounter<long>("foreshard.autopilot.rounds", "{round}", "Intervals that the autopilot looked at");

    public static Histogram<double> RoundDuration { get; } =
        Meter.CreateHistogram("foreshard.autopilot.round.duration", "s", "How long a round took, without the moves", tags: null, Durations);

    public static Counter<long> Plans { get; } = Meter.CreateCounter<long>("foreshard.autopilot.plans", "{plan}", "Plans made");

    public static Histogram<double> PlanDuration { get; } =
        Meter.CreateHistogram("foreshard.autopilot.plan.duration", "s", "How long making a plan took", tags: null, Durations);

    public static Counter<long> Decisions { get; } =
        Meter.CreateCounter<long>("foreshard.autopilot.decisions", "{decision}", "Decisions that reached a state");

    public static Histogram<double> ForecastError { get; } = Meter.CreateHistogram(
        "foreshard.autopilot.forecast.error", "1", "Peak that came minus peak that was forecast, of a partition's capacity", tags: null, Errors);

    static Instruments()
    {
        Meter.CreateObservableCounter("foreshard.sessions", () => Observe<long>(store => store.ReadSessions()), "{session}", "Sessions that ended");
        Meter.CreateObservableUpDownCounter(
            "foreshard.operations.running", () => Observe<int>(store => [store.Measure(store.Running)]), "{operation}", "Moves and re-units that run");
        Gauge("foreshard.autopilot.pending", "{step}", "Steps of the last plan that haven't begun", reading => reading.Pending);
        Gauge("foreshard.autopilot.paused", "{state}", "1 while it carries nothing out because it is paused, else 0", reading => reading.IsPaused ? 1 : 0);
        Gauge("foreshard.autopilot.failing", "{state}", "1 if its last round failed, else 0", reading => reading.IsFailing ? 1 : 0);
        Gauge("foreshard.autopilot.entities", "{entity}", "Entities that have a profile", reading => reading.Entities);
        PartitionGauge("foreshard.partition.load", "1", "Load of the last interval, of the partition's capacity", one => one.Load);
        PartitionGauge("foreshard.partition.forecast_peak", "1", "Forecast peak if nothing is done, of its capacity", one => one.ForecastPeak);
        PartitionGauge("foreshard.partition.planned_peak", "1", "Forecast peak with the plan, of its capacity", one => one.PlannedPeak);
        PartitionGauge("foreshard.partition.capacity", "{cost_unit}/s", "What the partition serves", one => one.Capacity);
    }

    public static void Add(StoreTelemetry store) => ImmutableInterlocked.Update(ref stores, static (all, one) => all.Add(one), store);

    public static void Remove(StoreTelemetry store) => ImmutableInterlocked.Update(ref stores, static (all, one) => all.Remove(one), store);

    private static IEnumerable<Measurement<T>> Observe<T>(Func<StoreTelemetry, IEnumerable<Measurement<T>>> read)
        where T : struct => stores.SelectMany(read);

    private static void Gauge(string name, string unit, string description, Func<StoreReading, int> read) => Meter.CreateObservableGauge(
        name, () => Observe<int>(store => store.Reading.IsOn ? [store.Measure(read(store.Reading))] : []), unit, description);

    private static void PartitionGauge(string name, string unit, string description, Func<PartitionReading, double> read) => Meter.CreateObservableGauge(
        name, () => Observe<double>(store => store.Reading.Partitions.Select(one => store.Measure(read(one), one.Name))), unit, description);
}
