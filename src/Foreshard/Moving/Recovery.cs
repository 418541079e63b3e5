using Foreshard.Partitions;

namespace Foreshard.Moving;

/// <summary>Finishes what was committed and undoes what was not, when the process that carried operations out ended in the middle.</summary>
internal sealed class Recovery(MovingContext context)
{
    private readonly OperationLog log = new(context.Store);

    /// <summary>
    /// Takes up every operation that nobody carries out any more. Where several processes have the store open, one that fails, because a partition is
    /// away, say, is left for the next time; where this is the only one, the failure is thrown.
    /// </summary>
    /// <returns>How many operations were finished, and how many undone.</returns>
    public async ValueTask<(int Finished, int Undone)> RunAsync(CancellationToken cancellationToken)
    {
        int finished = 0, undone = 0;
        var alive = new Dictionary<string, bool>(StringComparer.Ordinal);
        context.ClearLeft();
        foreach (var left in await log.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (left.Record.IsOver || context.IsRunning(left.Record.Id)) continue;
            if (await IsCarriedOutAsync(left.Record, alive, cancellationToken).ConfigureAwait(false)) continue;
            if (await TakeOverAsync(left, cancellationToken).ConfigureAwait(false) is not { } isFinished) continue;
            if (isFinished) finished++;
            else undone++;
        }

        await log.PruneAsync(cancellationToken).ConfigureAwait(false);
        return (finished, undone);
    }

    /// <summary>Takes up one operation, whoever carries it out: an attempt that is still on its way is refused at its next step.</summary>
    /// <returns>Whether it was finished or undone; null if somebody else has it, or it must wait.</returns>
    public async ValueTask<bool?> TakeOverAsync(LoggedOperation left, CancellationToken cancellationToken)
    {
        var next = left.Record with { Attempt = left.Record.Attempt + 1, Mover = context.Member?.Name };
        var isOver = true;
        context.Enter(next.Id);
        try
        {
            if (await log.AdvanceAsync(left, next, null, cancellationToken).ConfigureAwait(false) is not { } taken) return null;
            isOver = false;
            var isFinished = await ResolveAsync(taken).ConfigureAwait(false);
            isOver = true;
            context.Telemetry.Resolved(next.Id, OperationRecord.NameOf(next.Kind), next.Subject, isFinished);
            return isFinished;
        }
        catch (Exception exception) when (context.Member is not null && exception is (ForeshardException or SupersededException or OwnershipException))
        {
            // Another process was faster, or something is away; the next round looks again.
            return null;
        }
        finally
        {
            context.Leave(next.Id, isOver);
        }
    }

    private async ValueTask<bool> IsCarriedOutAsync(OperationRecord record, Dictionary<string, bool> alive, CancellationToken cancellationToken)
    {
        if (context.Member is not { } me || record.Mover is not { } mover || string.Equals(mover, me.Name, StringComparison.Ordinal)) return false;
        if (!alive.TryGetValue(mover, out var isAlive)) alive[mover] = isAlive = await me.IsAliveAsync(mover, cancellationToken).ConfigureAwait(false);
        return isAlive;
    }

    private async ValueTask<bool> ResolveAsync(LoggedOperation operation)
    {
        var record = operation.Record;
        var ticket = new Ticket(record.Id, record.Attempt);
        foreach (var partition in record.From.Concat(record.To).Select(placement => placement.Partition).Distinct())
            await context.Partitions[partition].AnnounceAsync(ticket, CancellationToken.None).ConfigureAwait(false);
        return record.Kind == OperationKind.Move
            ? await ResolveMoveAsync(operation).ConfigureAwait(false)
            : await ResolveReunitAsync(operation).ConfigureAwait(false);
    }

    private async ValueTask<bool> ResolveMoveAsync(LoggedOperation operation)
    {
        var snapshot = await context.SnapshotAsync(CancellationToken.None).ConfigureAwait(false);
        var run = new MoveRun(context, log, snapshot, operation, null);
        await using var _ = run.ConfigureAwait(false);
        if (operation.Record.IsDecided)
        {
            await run.CheckArrivedAsync().ConfigureAwait(false);
            await run.FinishAsync(null).ConfigureAwait(false);
            return true;
        }

        await run.AbortAsync(null).ConfigureAwait(false);
        return false;
    }

    private async ValueTask<bool> ResolveReunitAsync(LoggedOperation operation)
    {
        var partition = context.Partitions[operation.Record.From[0].Partition];
        var run = new ReunitRun(context, log, operation, partition, default);
        if (operation.Record.IsDecided)
        {
            var snapshot = await context.SnapshotAsync(CancellationToken.None).ConfigureAwait(false);
            var entries = operation.Record.To.Select(unit => snapshot.EntryOf(unit.Unit));
            await run.FinishAsync(entries.FirstOrDefault(entry => entry is not null)).ConfigureAwait(false);
            return true;
        }

        await run.AbortAsync("the process that carried it out ended").ConfigureAwait(false);
        return false;
    }
}
