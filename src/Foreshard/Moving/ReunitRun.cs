using Foreshard.Mapping;
using Foreshard.Partitions;

namespace Foreshard.Moving;

/// <summary>One attempt at one re-unit, from a first run or from a recovery.</summary>
internal sealed class ReunitRun(MovingContext context, OperationLog log, LoggedOperation operation, IPartition partition, EntityKey entity)
{
    private LoggedOperation operation = operation;

    public Ticket Ticket => new(operation.Record.Id, operation.Record.Attempt);

    public bool IsOver { get; private set; }

    public bool IsCommitted => operation.Record.State is OperationState.Committed or OperationState.Done;

    public async ValueTask CommitAsync(MappingChange change) =>
        operation = await log.AdvanceAsync(operation, operation.Record with { State = OperationState.Committed }, change, CancellationToken.None)
            .ConfigureAwait(false) ?? throw new SupersededException(Ticket, Ticket.Attempt + 1);

    public async ValueTask FinishAsync()
    {
        await partition.RetireAsync(Ticket, operation.Record.From, operation.Record.To, CancellationToken.None).ConfigureAwait(false);
        context.Reached(MoveStep.Retired);
        await context.Split.SettleAsync([partition], entity, CancellationToken.None).ConfigureAwait(false);
        await log.EndAsync(operation, operation.Record with { State = OperationState.Done }, CancellationToken.None).ConfigureAwait(false);
        IsOver = true;
        context.Reached(MoveStep.Done);
    }

    public async ValueTask AbortAsync(string reason)
    {
        operation = await log.AdvanceAsync(
            operation, operation.Record with { State = OperationState.Aborting, Error = reason }, null, CancellationToken.None).ConfigureAwait(false)
            ?? throw new SupersededException(Ticket, Ticket.Attempt + 1);
        context.Reached(MoveStep.Aborting);
        await partition.ThawAsync(Ticket, operation.Record.From, CancellationToken.None).ConfigureAwait(false);
        await context.Split.SettleAsync([partition], entity, CancellationToken.None).ConfigureAwait(false);
        await log.EndAsync(operation, operation.Record with { State = OperationState.Aborted }, CancellationToken.None).ConfigureAwait(false);
        IsOver = true;
    }
}
