using Foreshard.Mapping;
using Foreshard.Partitions;

namespace Foreshard.Moving;

/// <summary>Carries one unit from one partition to another while sessions go on.</summary>
/// <remarks>
/// States: planned → copying → streaming → freezing → committed → cleaning → done; everything before committed is undone when it fails,
/// everything after is finished, by this process or by the next (<see cref="Recovery"/>). The commit of the mapping table is the one
/// point between the two.
/// </remarks>
internal sealed class Mover(MovingContext context)
{
    /// <summary>Changes left that are few enough to be applied while sessions wait (0.1 ms, measured).</summary>
    private const int FewChanges = 100;

    /// <summary>Rounds of catching up before the freeze is tried all the same; each is shorter than the last unless writers outrun us.</summary>
    private const int CatchUpRounds = 50;

    /// <summary>How many times as long as it may be a first look for a unit's rows is for a second to be worth it.</summary>
    private const int SlowForOnce = 10;

    private static readonly TimeSpan FreezeAttempt = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan FreezePause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan FreezePauseMax = TimeSpan.FromMilliseconds(200);

    private readonly OperationLog log = new(context.Store);

    /// <summary>Moves a unit.</summary>
    /// <exception cref="MoveRefusedException">It was not begun.</exception>
    /// <exception cref="MoveAbortedException">It was undone.</exception>
    /// <remarks>Runs on the thread pool: an engine may work without ever waiting, and its caller's thread has other things to do.</remarks>
    public Task<MoveResult> MoveAsync(
        UnitId unit, PartitionId target, Action<MoveProgress>? progress, CancellationToken cancellationToken, MovePace? pace = null) =>
        Task.Run(() => RunAsync(unit, target, progress, pace, cancellationToken), cancellationToken);

    private async Task<MoveResult> RunAsync(
        UnitId unit, PartitionId target, Action<MoveProgress>? progress, MovePace? pace, CancellationToken cancellationToken)
    {
        var started = context.Time.GetTimestamp();
        await context.Age.CheckAsync(cancellationToken).ConfigureAwait(false);
        var snapshot = await context.SnapshotAsync(cancellationToken).ConfigureAwait(false);
        var record = await PlanAsync(snapshot, unit, target, cancellationToken).ConfigureAwait(false);
        context.Enter(record.Id);
        var run = await BeginAsync(record, snapshot, progress, pace, cancellationToken).ConfigureAwait(false);
        using var trace = context.Trace(record, snapshot);
        try
        {
            context.Reached(MoveStep.Planned);
            await CopyAsync(run, snapshot, cancellationToken).ConfigureAwait(false);
            await FlipAsync(run, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SupersededException || !run.IsCommitted)
        {
            if (await log.UndoAsync(record.Id, exception, () => run.AbortAsync(exception)).ConfigureAwait(false) is { } reason)
            {
                trace.Undone(run.Record.Error ?? reason);
                if (exception is OperationCanceledException && cancellationToken.IsCancellationRequested) throw;
                throw new MoveAbortedException(record.Id, reason, exception);
            }
        }
        finally
        {
            await run.DisposeAsync().ConfigureAwait(false);
            context.Leave(record.Id, run.IsOver);
        }

        trace.Moved(run.Record.Rows, run.Record.Bytes, run.Stall);
        return new MoveResult(record.Id, run.Record.Rows, run.Record.Bytes, run.Stall, context.Time.GetElapsedTime(started));
    }

    private async ValueTask<MoveRun> BeginAsync(
        OperationRecord record, MappingSnapshot snapshot, Action<MoveProgress>? progress, MovePace? pace, CancellationToken cancellationToken)
    {
        try
        {
            return new MoveRun(context, log, snapshot, await log.BeginAsync(record, snapshot, cancellationToken).ConfigureAwait(false), progress, pace);
        }
        catch
        {
            context.Leave(record.Id, isOver: true);
            throw;
        }
    }

    private async ValueTask<OperationRecord> PlanAsync(
        MappingSnapshot snapshot, UnitId unit, PartitionId target, CancellationToken cancellationToken)
    {
        if (context.Layout is null) throw new MoveRefusedException(MoveRefusal.NoSchema, "The store has no schema yet, so there is nothing to move.");
        if (!snapshot.TryPlacementOf(unit, out var from)) throw new MoveRefusedException(MoveRefusal.UnitBusy, $"There is no unit {unit} any more.");
        if (from.Partition == target)
        {
            throw new MoveRefusedException(
                MoveRefusal.SamePartition, $"{MovingContext.SubjectOf(snapshot, unit)} is on partition '{MovingContext.NameOf(snapshot, target)}' already.");
        }

        var info = snapshot.PartitionOf(target);
        if (info is null or { State: PartitionState.Removed }) throw new MoveRefusedException(MoveRefusal.UnknownPartition, $"There is no partition {target}.");
        if (info.State == PartitionState.Draining) throw new MoveRefusedException(MoveRefusal.TargetDraining, $"Partition '{info.Name}' is being drained.");

        var entry = snapshot.EntryOf(unit);
        var others = entry?.Shards.Where(shard => shard.Placement.Unit != unit).ToList() ?? [];
        var copiesCore = entry is not null && others.All(shard => shard.Placement.Partition != target);
        var cleansCore = entry is not null && others.All(shard => shard.Placement.Partition != from.Partition);
        var rows = entry is null ? (UnitRows)UnitExtents.OfBucket(snapshot, unit) : UnitExtents.OfShard(entry, unit, copiesCore);
        var (measuring, epoch, operation) = (
            MeasureAsync(context.Partitions[from.Partition], rows, cancellationToken),
            context.Store.AllocateAsync(NumberKind.Epoch, 1, cancellationToken).AsTask(),
            context.Store.AllocateAsync(NumberKind.Operation, 1, cancellationToken).AsTask());
        await Task.WhenAll(measuring, epoch, operation).ConfigureAwait(false);
        var (size, isLive) = await measuring.ConfigureAwait(false);
        return new OperationRecord
        {
            Id = await operation.ConfigureAwait(false),
            Kind = OperationKind.Move,
            State = OperationState.Planned,
            Attempt = 1,
            Mover = context.Member?.Name,
            StartedAt = context.Time.GetUtcNow(),
            Subject = MovingContext.SubjectOf(snapshot, unit),
            From = [from],
            To = [new Placement(unit, target, await epoch.ConfigureAwait(false))],
            // Shards of one entity share core rows, so they move one after the other.
            Locks = entry is null ? [unit] : [.. entry.Shards.Select(shard => shard.Placement.Unit)],
            Live = isLive,
            TotalRows = size.Rows,
            CopiesCore = copiesCore,
            CleansCore = cleansCore,
        };
    }

    /// <summary>How much there is to move, and whether sessions must go on meanwhile: there are many rows, or they take long to find.</summary>
    private async Task<(UnitSize Size, bool IsLive)> MeasureAsync(IPartition partition, UnitRows rows, CancellationToken cancellationToken)
    {
        for (var isSecond = false; ; isSecond = true)
        {
            var asked = context.Time.GetTimestamp();
            var size = await partition.EstimateAsync(rows, cancellationToken).ConfigureAwait(false);
            if (size.Rows > context.Options.BlockingRows) return (size, true);
            var took = context.Time.GetElapsedTime(asked);
            if (took < context.Options.QuickToFind) return (size, false);

            // With pages to be read, or a machine that had other things to do, it may have been slow for once.
            if (isSecond || took > context.Options.QuickToFind * SlowForOnce) return (size, true);
        }
    }

    private async ValueTask CopyAsync(MoveRun run, MappingSnapshot snapshot, CancellationToken cancellationToken)
    {
        await run.CheckCopiesOfSplitAsync(cancellationToken).ConfigureAwait(false);
        await run.Transfer.PrepareAsync(cancellationToken).ConfigureAwait(false);
        await context.DescribeAsync(snapshot, run.Record.To, cancellationToken).ConfigureAwait(false);
        context.Reached(MoveStep.Prepared);
        if (!run.Record.Live) return;

        await run.AdvanceAsync(OperationState.Copying, cancellationToken).ConfigureAwait(false);
        var started = context.Time.GetTimestamp();
        await run.Transfer.CopyAsync(
            copied => run.ReportAsync(copied, context.Time.GetElapsedTime(started), cancellationToken), cancellationToken).ConfigureAwait(false);
        context.Reached(MoveStep.Copied);
        await run.AdvanceAsync(OperationState.Streaming, cancellationToken).ConfigureAwait(false);
        await CatchUpAsync(run, cancellationToken).ConfigureAwait(false);
        context.Reached(MoveStep.CaughtUp);
        await run.Transfer.VerifyAsync(cancellationToken).ConfigureAwait(false);
        context.Reached(MoveStep.Verified);
        await CatchUpAsync(run, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask CatchUpAsync(MoveRun run, CancellationToken cancellationToken)
    {
        for (var round = 0; round < CatchUpRounds; round++)
        {
            if (await run.Transfer.CatchUpAsync(cancellationToken).ConfigureAwait(false) < FewChanges) return;
        }
    }

    private async ValueTask FlipAsync(MoveRun run, CancellationToken cancellationToken)
    {
        if (run.Record.Live) await run.AdvanceAsync(OperationState.Freezing, cancellationToken).ConfigureAwait(false);
        var requested = await FreezeAndActivateAsync(run, cancellationToken).ConfigureAwait(false);

        // From here on nothing is given up: whether the commit happened is read back, not guessed.
        await run.CommitAsync().ConfigureAwait(false);
        context.Reached(MoveStep.Committed);
        await run.FinishAsync(() => run.Stall = context.Time.GetElapsedTime(requested)).ConfigureAwait(false);
    }

    /// <summary>
    /// Has the unit free of sessions and its last changes on the target: in short attempts with pauses, so that sessions wait behind none
    /// of them for long.
    /// </summary>
    /// <returns>When the attempt that succeeded asked for the unit.</returns>
    private async ValueTask<long> FreezeAndActivateAsync(MoveRun run, CancellationToken cancellationToken)
    {
        var started = context.Time.GetTimestamp();

        // Two moves in opposite directions must not keep meeting.
        var jitter = TimeSpan.FromMilliseconds(run.Record.Id % 7);
        for (var pause = FreezePause; ; pause = pause < FreezePauseMax ? pause * 2 : pause)
        {
            var requested = context.Time.GetTimestamp();
            if (await run.Source.FreezeAsync(run.Ticket, run.Record.From, FreezeAttempt, cancellationToken).ConfigureAwait(false))
            {
                context.Reached(MoveStep.Frozen);
                await context.RefuseCoreBehindAsync(run.Entry, cancellationToken).ConfigureAwait(false);
                if (await ActivateAsync(run, cancellationToken).ConfigureAwait(false)) return requested;
                await run.Source.ThawAsync(run.Ticket, run.Record.From, CancellationToken.None).ConfigureAwait(false);
            }

            if (context.Time.GetElapsedTime(started) > context.Options.FreezePatience)
            {
                throw new TimeoutException(
                    $"its sessions, or those that write on the target, did not end for a moment within {context.Options.FreezePatience.TotalSeconds:0.#} s "
                    + "(MoveOptions.FreezePatience)");
            }

            if (run.Record.Live) await run.Transfer.CatchUpAsync(cancellationToken).ConfigureAwait(false);
            await Task.Delay(pause + jitter, context.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> ActivateAsync(MoveRun run, CancellationToken cancellationToken)
    {
        using var budget = new CancellationTokenSource(context.Options.StallBudget, context.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, cancellationToken);
        try
        {
            if (!await run.Transfer.ActivateAsync(FreezeAttempt, stop.Token).ConfigureAwait(false)) return false;
            context.Reached(MoveStep.Activated);
            stop.Token.ThrowIfCancellationRequested();
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"sessions would have waited longer than {context.Options.StallBudget.TotalMilliseconds:0} ms (MoveOptions.StallBudget)");
        }
    }
}
