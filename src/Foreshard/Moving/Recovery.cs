using Foreshard.Partitions;

namespace Foreshard.Moving;

/// <summary>Finishes what was committed and undoes what was not, when the process that carried operations out ended in the middle.</summary>
internal sealed class Recovery(MovingContext context)
{
    private readonly OperationLog log = new(context.Store);

    /// <returns>How many operations were finished, and how many undone.</returns>
    public async ValueTask<(int Finished, int Undone)> RunAsync(CancellationToken cancellationToken)
    {
        int finished = 0, undone = 0;
        context.ClearLeft();
        foreach (var left in await log.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (left.Record.IsOver || context.IsRunning(left.Record.Id)) continue;
            var taken = await log.AdvanceAsync(left, left.Record with { Attempt = left.Record.Attempt + 1 }, null, cancellationToken).ConfigureAwait(false);
            if (taken is null) continue;
            var isFinished = await ResolveAsync(taken).ConfigureAwait(false);
            if (isFinished) finished++;
            else undone++;
            context.Telemetry.Resolved(taken.Record.Id, OperationRecord.NameOf(taken.Record.Kind), taken.Record.Subject, isFinished);
        }

        await log.PruneAsync(cancellationToken).ConfigureAwait(false);
        return (finished, undone);
    }

    private static bool IsDecided(OperationRecord record) => record.State is OperationState.Committed or OperationState.Cleaning;

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
        if (IsDecided(operation.Record))
        {
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
        if (IsDecided(operation.Record))
        {
            await run.FinishAsync().ConfigureAwait(false);
            return true;
        }

        await run.AbortAsync("the process that carried it out ended").ConfigureAwait(false);
        return false;
    }
}
