using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Foreshard.Diagnostics;

/// <summary>What one store tells of itself: figures, activities and log messages. Safe for concurrent use.</summary>
internal sealed class StoreTelemetry : IDisposable
{
    private readonly KeyValuePair<string, object?> storeTag;
    private readonly ILogger log;
    private string? careFailure;
    private volatile StoreReading reading = StoreReading.None;
    private int running;

    private StoreTelemetry(string store, ILoggerFactory? loggers)
    {
        Store = store;
        storeTag = new(Attributes.Store, store);
        log = loggers?.CreateLogger(TelemetryNames.LogCategory) ?? NullLogger.Instance;
    }

    /// <summary>Tells nobody.</summary>
    public static StoreTelemetry None { get; } = new("", null);

    /// <summary>What the store is called.</summary>
    public string Store { get; }

    /// <summary>Counts sessions that end.</summary>
    public SessionTally Sessions { get; } = new();

    /// <summary>Operations that run.</summary>
    public int Running => Volatile.Read(ref running);

    /// <summary>How its autopilot is.</summary>
    public StoreReading Reading => reading;

    /// <summary>Begins to tell of a store.</summary>
    /// <param name="store">What it is called.</param>
    /// <param name="loggers">Where messages go; null: nowhere.</param>
    public static StoreTelemetry Open(string store, ILoggerFactory? loggers)
    {
        var telemetry = new StoreTelemetry(store, loggers);
        Instruments.Add(telemetry);
        return telemetry;
    }

    /// <summary>Its gauges and counters are gone with it.</summary>
    public void Dispose() => Instruments.Remove(this);

    public Measurement<T> Measure<T>(T value)
        where T : struct => new(value, storeTag);

    public Measurement<T> Measure<T>(T value, string partition)
        where T : struct => new(value, storeTag, new(Attributes.Partition, partition));

    public IEnumerable<Measurement<long>> ReadSessions() =>
    [
        new(Sessions.Committed, storeTag, new(Attributes.Outcome, "committed")),
        new(Sessions.RolledBack, storeTag, new(Attributes.Outcome, "rolled_back")),
    ];

    /// <summary>A session could not begin. For use as a filter: the exception goes on as if nobody had looked.</summary>
    /// <returns>False.</returns>
    public bool SessionFailed(Exception exception)
    {
        Instruments.SessionFailures.Add(1, storeTag, new(Attributes.ErrorType, exception.GetType().Name));
        return false;
    }

    // --- operations ---

    /// <summary>An operation begins; what is returned tells of its end.</summary>
    public OperationTrace Began(long operation, string kind, string subject, string from, string to)
    {
        Interlocked.Increment(ref running);
        log.OperationBegan(operation, kind, subject, from, to);
        var activity = Instruments.Activities.StartActivity($"foreshard {kind}");
        activity?.SetTag(Attributes.Store, Store).SetTag(Attributes.OperationId, operation).SetTag(Attributes.OperationSubject, subject)
            .SetTag(Attributes.From, from).SetTag(Attributes.To, to);
        return new OperationTrace(this, operation, kind, subject, from, to, activity);
    }

    /// <summary>What an earlier process left was finished or undone.</summary>
    public void Resolved(long operation, string kind, string subject, bool isFinished)
    {
        var outcome = isFinished ? "done" : "undone";
        Instruments.Operations.Add(1, storeTag, new(Attributes.OperationKind, kind), new(Attributes.Outcome, outcome));
        log.OperationResolved(operation, kind, subject, isFinished ? "finished" : "undone");
    }

    internal void Ended(OperationTrace trace, string outcome, TimeSpan duration)
    {
        Interlocked.Decrement(ref running);
        var tags = new TagList { storeTag, new(Attributes.OperationKind, trace.Kind), new(Attributes.Outcome, outcome) };
        Instruments.Operations.Add(1, tags);
        Instruments.OperationDuration.Record(duration.TotalSeconds, tags);
    }

    internal void Done(OperationTrace trace, TimeSpan duration) => log.OperationDone(
        trace.Operation, trace.Kind, trace.Subject, trace.From, trace.To, duration.TotalMilliseconds, trace.Stall.TotalMilliseconds, trace.Bytes);

    internal void Undone(OperationTrace trace, string reason) => log.OperationUndone(trace.Operation, trace.Kind, trace.Subject, reason);

    internal void Left(OperationTrace trace) => log.OperationLeft(trace.Operation, trace.Kind, trace.Subject);

    internal void Moved(OperationTrace trace)
    {
        Instruments.MoveStall.Record(trace.Stall.TotalSeconds, storeTag);
        Instruments.MoveRows.Add(trace.Rows, storeTag);
        Instruments.MoveBytes.Add(trace.Bytes, storeTag);
    }

    // --- autopilot ---

    public void Started(string mode, int entities) => log.AutopilotStarted(mode, entities);

    public void Show(StoreReading now) => reading = now;

    public void RoundEnded(TimeSpan duration)
    {
        var tags = new TagList { storeTag, new(Attributes.Outcome, "done") };
        Instruments.Rounds.Add(1, tags);
        Instruments.RoundDuration.Record(duration.TotalSeconds, tags);
    }

    /// <summary>Looking after others failed, or succeeded; the same failure is told once.</summary>
    public void CareFailed(Exception? exception)
    {
        if (Interlocked.Exchange(ref careFailure, exception?.Message) == exception?.Message || exception is null) return;
        log.CareFailed(exception.Message);
    }

    public void RoundFailed(Exception exception)
    {
        Instruments.Rounds.Add(1, storeTag, new(Attributes.Outcome, "failed"));
        log.RoundFailed(exception, exception.Message);
    }

    /// <summary>A plan is being made; null if nobody listens.</summary>
    public Activity? Planning() => Instruments.Activities.StartActivity("foreshard plan")?.SetTag(Attributes.Store, Store);

    public void Planned(Activity? activity, TimeSpan duration, int steps, int refusals)
    {
        activity?.SetTag("foreshard.plan.steps", steps).SetTag("foreshard.plan.refusals", refusals);
        Instruments.Plans.Add(1, storeTag);
        Instruments.PlanDuration.Record(duration.TotalSeconds, storeTag);
    }

    public void DecisionMade(long id, string kind, string subject, string from, string to, string reason, string because)
    {
        CountDecision(kind, "planned");
        log.DecisionMade(id, kind, subject, from, to, reason, because);
    }

    /// <summary>A decision reached another state.</summary>
    /// <param name="id">Its number.</param>
    /// <param name="kind">What it does.</param>
    /// <param name="subject">What it is about.</param>
    /// <param name="state">The state, in one word of small letters.</param>
    /// <param name="outcome">In words; null if there is none yet.</param>
    public void DecisionChanged(long id, string kind, string subject, string state, string? outcome)
    {
        CountDecision(kind, state);
        if (state == "running") log.DecisionBegan(id, kind, subject);
        else if (state == "done") log.DecisionDone(id, kind, subject, outcome);
        else if (state == "failed") log.DecisionFailed(id, kind, subject, outcome);
        else log.DecisionEnded(id, kind, subject, state, outcome);
    }

    public void Compared(double forecastPeak, double actualPeak, string partition) =>
        Instruments.ForecastError.Record(actualPeak - forecastPeak, storeTag, new(Attributes.Partition, partition));

    public void Paused(string reason) => log.AutopilotPaused(reason);

    public void Resumed() => log.AutopilotResumed();

    public void WriteLogTroubled(string partition, string reason) => log.WriteLogTroubled(partition, reason);

    public void ProfilesUnusable(string reason, string file) => log.ProfilesUnusable(reason, file);

    public void NotSaved(Exception exception) => log.ProfilesNotSaved(exception, exception.Message);

    public void CapacityAdvised(string because) => log.CapacityAdvised(because);

    private void CountDecision(string kind, string state) =>
        Instruments.Decisions.Add(1, storeTag, new(Attributes.DecisionKind, kind), new(Attributes.DecisionState, state));
}

/// <summary>Names of attributes.</summary>
internal static class Attributes
{
    public const string Store = "foreshard.store";
    public const string Partition = "foreshard.partition";
    public const string Outcome = "foreshard.outcome";
    public const string ErrorType = "error.type";
    public const string OperationId = "foreshard.operation.id";
    public const string OperationKind = "foreshard.operation.kind";
    public const string OperationSubject = "foreshard.operation.subject";
    public const string From = "foreshard.partition.from";
    public const string To = "foreshard.partition.to";
    public const string DecisionKind = "foreshard.decision.kind";
    public const string DecisionState = "foreshard.decision.state";
}
