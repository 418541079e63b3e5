using Foreshard.Balancing;
using Foreshard.Diagnostics;
using Foreshard.Mapping;
using Foreshard.Partitions;
using Foreshard.Profiling;
using Foreshard.Schema;

namespace Foreshard.Autopilot;

/// <summary>
/// The autopilot of a store: every interval it collects what sessions did, updates profiles and forecasts, plans, carries the plan out within its
/// limits, and compares what it had forecast with what came.
/// </summary>
/// <remarks>
/// Safe for concurrent use. It runs as long as the store is open, unless its mode is <see cref="AutopilotMode.Off"/> or the store is read-only. If
/// a round fails, sessions go on, <see cref="Status"/> tells why, and the next interval tries again. Closing the store undoes moves that haven't
/// reached their flip.
/// </remarks>
public sealed partial class StoreAutopilot : IAsyncDisposable
{
    private readonly IStoreHands hands;
    private readonly IMappingStore mapping;
    private readonly PartitionSet partitions;
    private readonly IPilotStorage? storage;
    private readonly IAccessPost? post;
    private readonly Func<StoreLayout?> layout;
    private readonly AutopilotOptions options;
    private readonly TimeProvider time;
    private readonly StoreTelemetry telemetry;
    private readonly SlotGrid grid;
    private readonly AccessInterval interval = new(AccessLimits.Default);
    private readonly SizeReader sizes = new();
    private readonly DecisionBook book;
    private readonly StepRunner runner;
    private readonly StateRecord<AutopilotRecord> stateRecord;
    private readonly StateRecord<PlanRecord> planRecord;
    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly Dictionary<int, AnnouncedEvent> announced = [];
    private CancellationTokenSource stopping = new();
    private AutopilotRecord state = new();
    private PlanMaker? maker;
    private Plan? plan;
    private Task? loop;
    private TaskCompletionSource woken = NewSignal();
    private bool isPartial;
    private DateTime? lookedUtc;
    private DateTime? countedUtc;
    private DateTime? savedUtc;
    private long besideSessions;
    private string? lastError;
    private string? notice;

    internal StoreAutopilot(
        IStoreHands hands,
        IMappingStore mapping,
        PartitionSet partitions,
        IPilotStorage? storage,
        IAccessPost? post,
        Func<StoreLayout?> layout,
        string region,
        AutopilotOptions options,
        TimeProvider storeTime,
        StoreTelemetry telemetry)
    {
        this.hands = hands;
        this.mapping = mapping;
        this.partitions = partitions;
        this.storage = storage;
        this.post = post;
        this.layout = layout;
        this.options = options;
        this.telemetry = telemetry;
        time = options.TimeProvider ?? storeTime;
        Status = new AutopilotStatus { Mode = options.Mode, IsRunning = false };
        grid = options.Grid;
        book = new DecisionBook(new DecisionLog(mapping, options.DecisionsKept), telemetry);
        logs = new WriteLogReader(telemetry);
        runner = new StepRunner(hands, options, time);
        stateRecord = new StateRecord<AutopilotRecord>(mapping, StateKey, AutopilotJson.Default.AutopilotRecord);
        planRecord = new StateRecord<PlanRecord>(mapping, PlanKey, AutopilotJson.Default.PlanRecord);
        if (options.Mode != AutopilotMode.Off)
            Recorder = new AccessRecorder(region.Length == 0 ? null : region, Environment.ProcessorCount, AccessLimits.Default);
    }

    internal const string StateKey = "autopilot/state";

    internal const string PlanKey = "autopilot/plan";

    /// <summary>How it is at the moment.</summary>
    public AutopilotStatus Status { get; private set; }

    /// <summary>Takes down what sessions did; null if nobody looks.</summary>
    internal AccessRecorder? Recorder { get; }

    /// <summary>What is known and expected; null before the start.</summary>
    internal LoadOutlook? Outlook => maker?.Outlook;

    /// <summary>The last plan; null before the first.</summary>
    internal Plan? LastPlan => plan;

    /// <summary>Told of each decision when it begins to be carried out and when it is over; must be quick. Null: nobody.</summary>
    internal Action<Decision>? Told
    {
        get => book.Told;
        set => book.Told = value;
    }

    /// <summary>Its clock.</summary>
    internal TimeProvider Time => time;

    /// <summary>The decisions that are kept, oldest first; those of earlier processes among them.</summary>
    /// <exception cref="MappingStoreException">The store can't be read.</exception>
    public async Task<IReadOnlyList<Decision>> ReadDecisionsAsync(CancellationToken cancellationToken = default) =>
        await DecisionLog.ReadAsync(mapping, cancellationToken).ConfigureAwait(false);

    /// <summary>The last plan that was made, by an earlier process, too; null before the first.</summary>
    internal ValueTask<PlanRecord?> ReadPlanAsync(CancellationToken cancellationToken) =>
        new StateRecord<PlanRecord>(mapping, PlanKey, AutopilotJson.Default.PlanRecord).ReadAsync(cancellationToken);

    /// <summary>What has to survive any crash, as it was written last; null if nothing was.</summary>
    internal ValueTask<AutopilotRecord?> ReadStateAsync(CancellationToken cancellationToken) =>
        new StateRecord<AutopilotRecord>(mapping, StateKey, AutopilotJson.Default.AutopilotRecord).ReadAsync(cancellationToken);

    /// <summary>
    /// Stops carrying plans out, until <see cref="ResumeAsync"/>; survives a restart. It still looks and plans. What runs goes on to its end.
    /// </summary>
    /// <param name="reason">Why, for those who read it later.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidOperationException">It doesn't run.</exception>
    public Task PauseAsync(string reason, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        return SetPausedAsync(reason, cancellationToken);
    }

    /// <summary>Carries plans out again; failures are counted anew.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidOperationException">It doesn't run.</exception>
    public Task ResumeAsync(CancellationToken cancellationToken = default) => SetPausedAsync(null, cancellationToken);

    /// <summary>Begins: goes on from what was saved.</summary>
    internal async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        if (options.Mode == AutopilotMode.Off || loop is not null) return;
        var now = UtcNow();
        if (stopping.IsCancellationRequested) Forget();
        state = await stateRecord.ReadAsync(cancellationToken).ConfigureAwait(false) ?? state;
        await planRecord.ReadAsync(cancellationToken).ConfigureAwait(false);
        await book.OpenAsync(now, cancellationToken).ConfigureAwait(false);
        var outlook = maker?.Outlook ?? await LoadAsync(cancellationToken).ConfigureAwait(false);
        var slot = grid.SlotOf(now);
        if (outlook is null)
        {
            outlook = NewOutlook();
            outlook.Begin(slot);
        }

        outlook.SkipTo(slot);
        isPartial = grid.StartOf(slot) != now;
        maker ??= new PlanMaker(outlook, options);
        savedUtc = now;
        Recorder!.Drain(interval); // from before the start: of no interval
        if (post is not null) await post.TakeAsync(cancellationToken).ConfigureAwait(false);
        telemetry.Started(options.Mode.ToString(), outlook.Profiles.Count);
        loop = options.IsStepped ? Task.CompletedTask : Task.Run(LoopAsync, CancellationToken.None);
        ShowStatus();
    }

    /// <summary>Ends, saves what was learned, and undoes moves that haven't reached their flip.</summary>
    internal async ValueTask StopAsync()
    {
        if (loop is null) return;
        await stopping.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        await turn.WaitAsync().ConfigureAwait(false);
        try
        {
            await runner.WaitAsync().ConfigureAwait(false);
            await TakeResultsAsync(await runner.CollectAsync().ConfigureAwait(false), UtcNow(), CancellationToken.None).ConfigureAwait(false);
            await book.CloseAsync(CancellationToken.None).ConfigureAwait(false);
            await SaveAsync(UtcNow()).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ForeshardException or IOException or UnauthorizedAccessException)
        {
            lastError = $"what was learned since {savedUtc:u} could not be saved: {exception.Message}";
            telemetry.NotSaved(exception);
        }
        finally
        {
            loop = null;
            ShowStatus();
            turn.Release();
        }
    }

    /// <summary>
    /// Whether it may be begun again where it runs in one process after the other. What was learned here before is out of date by what others learned since.
    /// </summary>
    private void Forget()
    {
        stopping.Dispose();
        stopping = new CancellationTokenSource();
        maker = null;
        plan = null;
        announced.Clear();
        runner.Replace([]);
        (lookedUtc, countedUtc, savedUtc, lastError, notice) = (null, null, null, null, null);
    }

    /// <summary>Leaves what sessions of this process did since the last time for the process that runs the autopilot.</summary>
    internal async ValueTask PostAsync(CancellationToken cancellationToken)
    {
        Recorder!.Drain(interval);
        if (interval.RowCount == 0 && interval.EdgeCount == 0) return;
        await post!.PostAsync(AccessBatch.Save(interval), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>When the interval ends that runs now.</summary>
    internal DateTime EndOfInterval => grid.StartOf(grid.SlotOf(UtcNow()) + 1);

    /// <summary>As <see cref="StopAsync"/>; the store does it when it is closed.</summary>
    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        stopping.Dispose();
        turn.Dispose();
    }

    /// <summary>Learns from accesses of the past, as if it had been there. Only before the start.</summary>
    /// <param name="history">In the order of their times.</param>
    /// <exception cref="InvalidOperationException">It has been started.</exception>
    internal void Learn(IEnumerable<Access> history)
    {
        if (loop is not null) throw new InvalidOperationException("The autopilot runs already; what is past can be learned before only.");
        var past = new AccessInterval(AccessLimits.Default);
        foreach (var access in history)
        {
            var slot = grid.SlotOf(access.TimeUtc);
            if (maker is null)
            {
                maker = new PlanMaker(NewOutlook(), options);
                maker.Outlook.Begin(slot);
            }

            while (maker.Outlook.Open < slot)
            {
                maker.Outlook.Close(past);
                past.Clear();
            }

            past.Add(access);
        }

        maker?.Outlook.Close(past);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private DateTime UtcNow() => time.GetUtcNow().UtcDateTime;

    private async Task SetPausedAsync(string? reason, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // In a fleet it may run in another process, which reads this before it plans.
            if (loop is null && post is null)
                throw new InvalidOperationException("The autopilot of this store doesn't run: its mode is off, or the store is read-only.");
            var wasPaused = state.Paused is not null;
            await WriteStateAsync(known => known with { Paused = reason, Failures = reason is null ? 0 : known.Failures }, cancellationToken)
                .ConfigureAwait(false);
            if (loop is null) return;
            runner.Replace(reason is null && options.Mode == AutopilotMode.Act && plan is not null ? plan.Steps : []);
            if (reason is not null) telemetry.Paused(reason);
            else if (wasPaused) telemetry.Resumed();
            ShowStatus();
        }
        finally
        {
            turn.Release();
        }

        Wake();
    }

    private void Wake() => Interlocked.Exchange(ref woken, NewSignal()).TrySetResult();

    private OutlookOptions ForOutlook() => OutlookOptions.Default with
    {
        UsesForecasts = options.UseForecasts,
        IsSplittable = entity => layout()?.Of(entity.Type)?.IsSplittable == true,
    };

    private OutlookSources Sources() => new()
    {
        EntityBytes = entity => sizes.BytesOf(entity),
        GroupBytes = (entity, group) => sizes.BytesOf(entity, group),
    };

    private LoadOutlook NewOutlook() => new(grid, ForOutlook(), Sources());

    private async ValueTask<LoadOutlook?> LoadAsync(CancellationToken cancellationToken)
    {
        if (storage is null) return null;
        try
        {
            var saved = await storage.ReadAsync(cancellationToken).ConfigureAwait(false);
            return saved is null ? null : await Task.Run(() => LoadOutlook.Load(saved, grid, ForOutlook(), Sources()), cancellationToken).ConfigureAwait(false);
        }
        catch (ProfileFormatException exception)
        {
            // What was learned is worth less than that the store opens; and the file may be of use to somebody.
            var aside = await storage.PutAsideAsync(cancellationToken).ConfigureAwait(false);
            notice = $"what was learned before can't be used, so it begins anew: {exception.Message}. The file is kept as '{aside}'.";
            telemetry.ProfilesUnusable(exception.Message, aside);
            return null;
        }
    }
}
