using System.Buffers;
using System.Diagnostics;
using Foreshard.Balancing;
using Foreshard.Diagnostics;
using Foreshard.Mapping;
using Foreshard.Profiling;

namespace Foreshard.Autopilot;

public sealed partial class StoreAutopilot
{
    /// <summary>Cost units of a row that came or went without a session: about what a written row costs.</summary>
    private const double CostOfRow = 4;

    /// <summary>Refusals of a plan that are kept to be looked at.</summary>
    private const int RefusalsKept = 200;

    /// <summary>Intervals that may have passed in one round; after more, the machine slept.</summary>
    private const int DealtMax = 12;

    private static readonly TimeSpan GraceMax = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>Does all that is due now; moves go on afterwards.</summary>
    /// <returns>When to come again, unless a move ends before.</returns>
    internal async Task<DateTime> RunDueAsync(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var now = UtcNow();
            await TakeResultsAsync(await runner.CollectAsync().ConfigureAwait(false), now, cancellationToken).ConfigureAwait(false);
            var slot = grid.SlotOf(now);
            if (slot > maker!.Outlook.Open)
            {
                var started = Stopwatch.GetTimestamp();
                await EndIntervalAsync(slot, now, cancellationToken).ConfigureAwait(false);
                telemetry.RoundEnded(Stopwatch.GetElapsedTime(started));
            }

            var over = await runner.BeginAsync(now, step => book.BeganAsync(step, now, cancellationToken), stopping.Token).ConfigureAwait(false);
            await TakeResultsAsync(over, now, cancellationToken).ConfigureAwait(false);
            ShowStatus();
            var next = grid.StartOf(slot + 1) + Grace;
            return runner.NextStartAfter(now) is { } start && start < next ? start : next;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>What others counted comes a little after the interval's end.</summary>
    private TimeSpan Grace => post is null ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(GraceMax.Ticks, grid.SlotLength.Ticks / 10));

    /// <summary>Does all that is due now and waits for the moves; for clocks that stand still meanwhile.</summary>
    internal async Task SettleAsync(CancellationToken cancellationToken)
    {
        await RunDueAsync(cancellationToken).ConfigureAwait(false);
        while (runner.AnyMove is { } move)
        {
            await move.WaitAsync(cancellationToken).ConfigureAwait(false);
            await RunDueAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Does all that is due now. If that fails, <see cref="Status"/> tells why, and the next interval tries again.</summary>
    /// <returns>When to come again, unless a move ends before.</returns>
    internal async Task<DateTime> TryRunDueAsync(CancellationToken cancellationToken)
    {
        try
        {
            var next = await RunDueAsync(cancellationToken).ConfigureAwait(false);
            if (lastError is null) return next;
            lastError = null;
            ShowStatus();
            return next;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // Whatever it is, sessions don't depend on it.
            lastError = exception.Message;
            telemetry.RoundFailed(exception);
            ShowStatus();
            return grid.StartOf(grid.SlotOf(UtcNow()) + 1);
        }
    }

    private async Task LoopAsync()
    {
        // What it does belongs to no request of the application that happened to open the store.
        Activity.Current = null;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await WaitAsync(await TryRunDueAsync(stopping.Token).ConfigureAwait(false)).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task WaitAsync(DateTime until)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
        var pause = until - UtcNow();
        var delay = pause > TimeSpan.Zero ? Task.Delay(pause, time, over.Token) : Task.CompletedTask;
        await Task.WhenAny(runner.AnyMove is { } move ? [delay, woken.Task, move] : [delay, woken.Task]).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
    }

    private async ValueTask EndIntervalAsync(long slot, DateTime now, CancellationToken cancellationToken)
    {
        var map = await hands.LoadAsync(cancellationToken).ConfigureAwait(false);

        // In a fleet it may be paused and resumed from any process.
        if (post is not null) await RefreshStateAsync(cancellationToken).ConfigureAwait(false);
        Recorder!.Drain(interval);
        await TakeBatchesAsync(cancellationToken).ConfigureAwait(false);
        foreach (var (entity, sum) in interval.Entities()) sizes.Wrote(entity, sum.Writes);
        await ReadLogsAsync(map, now, cancellationToken).ConfigureAwait(false);
        var end = grid.StartOf(maker!.Outlook.Open + 1);
        if (countedUtc is null || now - countedUtc >= options.SizesEvery) await CountAsync(map, now, cancellationToken).ConfigureAwait(false);

        // What it saw only a part of is no interval: it would pass for a quiet one.
        if (!isPartial) CloseUntil(slot, map);
        isPartial = false;
        maker.Outlook.SkipTo(slot);
        lookedUtc = end;
        var shares = maker.FleetOf(map).ToDictionary(one => one.Name, one => maker.Loads.GetValueOrDefault(one.Id) / one.Capacity);
        await book.CompareAsync(now, name => shares.GetValueOrDefault(name), cancellationToken).ConfigureAwait(false);
        if (layout() is not null && maker.IsDue(now, map)) await PlanAsync(map, now, cancellationToken).ConfigureAwait(false);
        if (now - savedUtc >= options.SaveEvery) await SaveAsync(now).ConfigureAwait(false);
    }

    /// <summary>What sessions of other processes did. A batch that can't be read is told of and left out.</summary>
    private async ValueTask TakeBatchesAsync(CancellationToken cancellationToken)
    {
        if (post is null) return;
        foreach (var batch in TakeTrips(await post.TakeAsync(cancellationToken).ConfigureAwait(false)))
        {
            try
            {
                AccessBatch.AddTo(interval, batch);
            }
            catch (ProfileFormatException exception)
            {
                notice = $"access counts of another process were left out, since they can't be read: {exception.Message}";
            }
        }
    }

    /// <summary>
    /// A round may take longer than an interval: a split waits for the entity's sessions, a count reads every key. What came meanwhile is dealt
    /// out, or it would pass for one interval with a multiple of the load.
    /// </summary>
    private void CloseUntil(long slot, MappingSnapshot map)
    {
        var intervals = slot - maker!.Outlook.Open;
        if (intervals is 1 or > DealtMax)
        {
            maker.Close(interval, map);
            return;
        }

        for (var part = 0; part < intervals; part++) maker.Close(interval.Part(part, (int)intervals), map);
    }

    private async ValueTask CountAsync(MappingSnapshot map, DateTime now, CancellationToken cancellationToken)
    {
        if (hands.IsMoving || layout() is null) return; // what moves is in two places
        var counted = await Task.Run(() => sizes.ReadAsync(partitions.All, map, logs.Has, cancellationToken).AsTask(), cancellationToken).ConfigureAwait(false);
        countedUtc = now;
        await WriteLogReader.SweepAsync(partitions, cancellationToken).ConfigureAwait(false);
        foreach (var one in counted)
        {
            if (one.BesideSessions > 0) AddBeside(one.Entity, default, one.BesideSessions, now);
            maker!.Outlook.Profiles.ObserveSize(one.Entity, now, (long)one.Bytes, one.Rows);
        }
    }

    private async ValueTask PlanAsync(MappingSnapshot map, DateTime now, CancellationToken cancellationToken)
    {
        await AnnounceAsync(cancellationToken).ConfigureAwait(false);
        var bytes = state.Moved.Where(one => one.EndUtc > now - Hour).Sum(one => one.Bytes);
        var before = plan?.Advice;
        plan = MakePlan(map, now, bytes);
        if (plan.Advice is { } advice && advice.Partitions != before?.Partitions) telemetry.CapacityAdvised(advice.Because);
        await book.TakeAsync(plan, map, cancellationToken).ConfigureAwait(false);
        runner.Replace(options.Mode == AutopilotMode.Act && state.Paused is null ? plan.Steps : []);
        await planRecord.WriteAsync(RecordOf(plan, map), cancellationToken).ConfigureAwait(false);
    }

    private Plan MakePlan(MappingSnapshot map, DateTime now, double bytesMovedLastHour)
    {
        using var activity = telemetry.Planning();
        var started = Stopwatch.GetTimestamp();
        var measured = TripsNow(map);
        plannedTrips = Named(measured, map);
        var made = maker!.Make(
            now,
            map,
            runner.ForPlans(now),
            unit => state.LastChanges.TryGetValue(unit.Value, out var last) ? last : null,
            unit => state.New.Contains(unit.Value),
            bytesMovedLastHour,
            unit => sizes.BytesOf(unit, map),
            measured);
        telemetry.Planned(activity, Stopwatch.GetElapsedTime(started), made.Steps.Length, made.Refusals.Length);
        return made;
    }

    /// <summary>Tells the forecaster of what was announced since it looked last, and of what was taken back.</summary>
    private async ValueTask AnnounceAsync(CancellationToken cancellationToken)
    {
        if (storage is null) return;
        var events = await storage.ReadEventsAsync(cancellationToken).ConfigureAwait(false);
        foreach (var one in events.All.Where(one => announced.TryAdd(one.Id, one))) Announce(one, one.Times);

        // What was learned while it held stays divided by it; from now on it is made up for.
        foreach (var one in announced.Values.ExceptBy(events.All.Select(known => known.Id), one => one.Id).ToList())
        {
            announced.Remove(one.Id);
            Announce(one, 1 / one.Times);
        }
    }

    private void Announce(AnnouncedEvent one, double times)
    {
        var (from, to) = AnnouncedEvents.Slots(one, grid);
        from = Math.Max(from, maker!.Outlook.Open);
        if (to <= from) return;
        var entity = one.Entity is null ? null : EntityOf(one.Entity);
        if (one.Entity is null || entity is not null) maker.Outlook.Announce(entity, from, to, times);
    }

    /// <returns>Null if the store holds no such type, or the key is none of it: an event of another store.</returns>
    private EntityKey? EntityOf(string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var type = layout()?.Entities.Select(entity => entity.Type).FirstOrDefault(type => string.Equals(type.Name, name[..slash], StringComparison.Ordinal));
        try
        {
            return type?.Parse(name[(slash + 1)..]);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private async ValueTask TakeResultsAsync(IReadOnlyList<StepResult> results, DateTime now, CancellationToken cancellationToken)
    {
        foreach (var result in results)
        {
            await book.EndedAsync(result, now, cancellationToken).ConfigureAwait(false);
            if (result.State == DecisionState.Dropped) continue;
            var wasPaused = state.Paused is not null;
            await WriteStateAsync(known => After(known, result, now), cancellationToken).ConfigureAwait(false);
            if (state.Paused is not { } reason) continue;
            runner.Replace([]);
            if (!wasPaused) telemetry.Paused(reason);
        }
    }

    private AutopilotRecord After(AutopilotRecord known, StepResult result, DateTime now)
    {
        if (result.State == DecisionState.Failed)
        {
            var failures = known.Failures + 1;
            if (failures < options.FailuresMax) return known with { Failures = failures };
            return known with
            {
                Failures = failures,
                Paused = $"{failures} operations in a row failed, the last one a {result.Step.Kind} of "
                    + $"{DecisionBook.SubjectOf(result.Step.Unit, result.Step.Entity, result.Step.Scope)}: {result.Error}",
            };
        }

        TimeSpan[] needed = [options.Cooldown, options.MergeAfter, options.ForBalancer.Cost.AgainTime];
        var remembered = needed.Max();
        var changes = known.LastChanges.Where(one => now - one.Value <= remembered).ToDictionary(one => one.Key, one => one.Value);
        var fresh = known.New.Where(changes.ContainsKey).ToHashSet();
        foreach (var unit in result.Units)
        {
            // A shard that a split or a merge left as it was keeps its time.
            if (result.Move is not null) changes[unit.Value] = now;
            else if (changes.TryAdd(unit.Value, now)) fresh.Add(unit.Value);
            if (result.Move is not null) fresh.Remove(unit.Value);
        }

        var moved = known.Moved.Where(one => now - one.EndUtc < Hour);
        if (result.Move is not null) moved = moved.Append(new MovedBytes(now, result.Step.Bytes));
        return known with { Failures = 0, LastChanges = changes, New = [.. fresh.Order()], Moved = [.. moved] };
    }

    /// <summary>Where several processes have the store, one may have paused it since; that is kept.</summary>
    private async ValueTask WriteStateAsync(Func<AutopilotRecord, AutopilotRecord> change, CancellationToken cancellationToken)
    {
        if (post is not null) await RefreshStateAsync(cancellationToken).ConfigureAwait(false);
        var next = change(state);
        await stateRecord.WriteAsync(next, cancellationToken).ConfigureAwait(false);
        state = next;
    }

    private async ValueTask RefreshStateAsync(CancellationToken cancellationToken) =>
        state = await stateRecord.ReadAsync(cancellationToken).ConfigureAwait(false) ?? state;

    private async ValueTask SaveAsync(DateTime now)
    {
        if (storage is null) return;
        var saved = new ArrayBufferWriter<byte>();
        maker!.Outlook.Save(saved);
        await storage.WriteAsync(saved.WrittenMemory, CancellationToken.None).ConfigureAwait(false);
        savedUtc = now;
    }

    private PlanRecord RecordOf(Plan made, MappingSnapshot map) => new()
    {
        MadeUtc = made.Horizon.StartUtc,
        UntilUtc = made.Horizon.EndUtc,
        Partitions =
        [
            .. made.Partitions.Select(one => new PlannedPartition(
                one.Partition.Name,
                one.Partition.Capacity,
                maker!.Loads.GetValueOrDefault(one.Partition.Id) / one.Partition.Capacity,
                one.Before.Peak / one.Partition.Capacity,
                one.After.Peak / one.Partition.Capacity,
                made.Horizon.StartOf(one.Before.PeakSlot))),
        ],
        Refusals =
        [
            .. made.Refusals.Take(RefusalsKept).Select(one => new PlannedRefusal(
                DecisionBook.SubjectOf(one.Unit, one.Entity, map.EntryOf(one.Unit)?.ShardOf(one.Unit)?.Scope ?? ShardScope.Whole),
                one.Entity.IsNone ? null : one.Entity.ToString(),
                map.PartitionOf(one.Partition)?.Name ?? one.Partition.ToString(),
                one.Reason.ToString(),
                one.Because)),
        ],
        Advice = made.Advice?.Because,
        RoundTrips = plannedTrips,
    };

    private void ShowStatus()
    {
        Status = StatusNow();
        telemetry.Show(new StoreReading(
            Status.IsRunning,
            Status.PendingSteps,
            Status.Paused is not null,
            lastError is not null,
            Status.Entities,
            [.. Status.Partitions.Select(one => new PartitionReading(one.Name, one.Capacity, one.Load, one.ForecastPeak, one.PlannedPeak))]));
    }

    private AutopilotStatus StatusNow() => new()
    {
        Mode = options.Mode,
        IsRunning = loop is not null,
        Leader = leader,
        Paused = state.Paused,
        LookedAt = lookedUtc,
        PlannedAt = maker?.PlannedUtc,
        PendingSteps = runner.Pending.Count,
        RunningMoves = runner.RunningSteps.Count(),
        Failures = state.Failures,
        Entities = maker?.Outlook.Profiles.Count ?? 0,
        RowsBesideSessions = besideSessions,
        WriteLogs = logs.Shown,
        RoundTrips = [.. plannedTrips.Select(one => new AutopilotRoundTrip(one.Region, one.Partition, one.Milliseconds, one.Processes))],
        Advice = plan?.Advice?.Because,
        LastError = lastError,
        Notice = notice,
        Partitions = PartitionsShown(),
    };

    private List<AutopilotPartition> PartitionsShown()
    {
        if (plan is null || maker is null) return [];
        return
        [
            .. plan.Partitions.Select(one => new AutopilotPartition(
                one.Partition.Name,
                one.Partition.Capacity,
                maker.Loads.GetValueOrDefault(one.Partition.Id) / one.Partition.Capacity,
                one.Before.Peak / one.Partition.Capacity,
                one.After.Peak / one.Partition.Capacity)),
        ];
    }
}
