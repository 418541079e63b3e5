using Foreshard.Mapping;
using Foreshard.Partitions;

namespace Foreshard.Moving;

/// <summary>One attempt at one re-unit, from a first run or from a recovery.</summary>
internal sealed class ReunitRun(MovingContext context, OperationLog log, LoggedOperation operation, IPartition partition, EntityKey entity)
{
    private LoggedOperation operation = operation;

    public Ticket Ticket => new(operation.Record.Id, operation.Record.Attempt);

    public bool IsOver { get; private set; }

    public bool IsCommitted => operation.Record.IsDecided;

    public async ValueTask CommitAsync(MappingChange change) =>
        operation = await log.AdvanceAsync(operation, operation.Record with { State = OperationState.Committed }, change, CancellationToken.None)
            .ConfigureAwait(false) ?? throw new SupersededException(Ticket, Ticket.Attempt + 1);

    /// <param name="entry">The entity's entry now; null: it has none any more.</param>
    public async ValueTask FinishAsync(EntityEntry? entry)
    {
        var shards = operation.Record.To
            .Where(unit => entry?.ShardOf(unit.Unit) is not null)
            .ToDictionary(unit => unit.Unit, unit => entry!.Describe(unit.Unit));
        await partition.RetireAsync(Ticket, operation.Record.From, operation.Record.To, shards, CancellationToken.None).ConfigureAwait(false);
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
