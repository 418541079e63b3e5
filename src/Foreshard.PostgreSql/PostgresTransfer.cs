using Foreshard.Partitions;
using Foreshard.Schema;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>
/// Carries a unit from one server to another while it is frozen: its rows go through this process as the bytes that COPY gives, into one
/// transaction on the target that also makes it the unit's owner.
/// </summary>
internal sealed class PostgresTransfer(PostgresPartition source, PostgresPartition target, TransferOrder order) : IUnitTransfer
{
    private IEnumerable<(TableLayout Table, string Where)> Tables => source.CurrentLayout.Entities
        .SelectMany(entity => entity.Tables)
        .Select(table => (table, RowPredicate.For(order.Copied, table)))
        .Where(one => one.Item2 is not null)
        .Select(one => (one.table, one.Item2!));

    public async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        if (order.Live)
        {
            throw new NotSupportedException(
                "Partitions on PostgreSQL don't yet move a unit while sessions go on. Nothing was done. Move it with its sessions waiting: "
                + "raise MoveOptions.BlockingRows above the unit's rows.");
        }

        await source.ReadAsync(RefusePreparedAsync, cancellationToken).ConfigureAwait(false);
        var known = await target.StepAsync(
            order.Ticket, (connection, stop) => PartitionTables.ReadOwnerAsync(connection, order.To.Unit, isLocking: false, stop), cancellationToken)
            .ConfigureAwait(false);
        if (known is { State: OwnerState.Incoming or OwnerState.Active } && known.Operation == order.Ticket.Operation)
            await DiscardTargetAsync(cancellationToken).ConfigureAwait(false);
        await target.ReadAsync(RefuseStrayRowsAsync, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask CopyAsync(Func<CopyProgress, ValueTask>? progress, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<long> CatchUpAsync(CancellationToken cancellationToken) => ValueTask.FromResult(0L);

    public ValueTask VerifyAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public async ValueTask<bool> ActivateAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            return await target.StepAsync(
                order.Ticket,
                async (here, stop) =>
                {
                    await here.ExecuteAsync(
                        $"SET LOCAL lock_timeout = {Sql.Number((long)Math.Clamp(limit.TotalMilliseconds, 1, int.MaxValue))}", stop).ConfigureAwait(false);
                    await MoverRights.EnterAsync(here, stop).ConfigureAwait(false);
                    var there = await source.OpenOwnAsync(stop).ConfigureAwait(false);
                    await using (there.ConfigureAwait(false)) await CopyFrozenAsync(there, here, stop).ConfigureAwait(false);
                    await PartitionTables.WriteOwnersAsync(
                        here, [new OwnerRow(order.To.Unit, order.To.Epoch, OwnerState.Active, order.Ticket.Operation, null)], stop).ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (PartitionServerException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return false;
        }
    }

    public ValueTask RetireAsync(CancellationToken cancellationToken) => source.RetireAsync(
        order.Ticket,
        [order.From],
        [order.To],
        async (connection, stop) =>
        {
            await MoverRights.EnterAsync(connection, stop).ConfigureAwait(false);
            var facts = await source.FactsAsync(connection, stop).ConfigureAwait(false);
            foreach (var table in source.CurrentLayout.Entities.SelectMany(entity => entity.Tables.Reverse()))
            {
                if (RowPredicate.For(order.Cleaned, table) is { } where)
                    await connection.ExecuteAsync($"DELETE FROM {facts.NameOf(table)} WHERE {where}", stop).ConfigureAwait(false);
            }
        },
        cancellationToken);

    public ValueTask CleanAsync(CancellationToken cancellationToken) => UnitDeletion.RunAsync(
        source,
        order.Ticket,
        order.Cleaned,
        order.From.Unit,
        owner => owner is { State: OwnerState.Moved } && owner.Epoch == order.From.Epoch,
        cancellationToken);

    public async ValueTask DiscardAsync(CancellationToken cancellationToken)
    {
        await DiscardTargetAsync(cancellationToken).ConfigureAwait(false);
        await source.StepAsync(order.Ticket, static (_, _) => ValueTask.FromResult(true), cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask CopyFrozenAsync(NpgsqlConnection there, NpgsqlConnection here, CancellationToken cancellationToken)
    {
        var snapshot = await there.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            var owner = await PartitionTables.ReadOwnerAsync(there, order.From.Unit, isLocking: false, cancellationToken).ConfigureAwait(false);
            if (owner is not { State: OwnerState.Frozen } || owner.Epoch != order.From.Epoch || owner.Operation != order.Ticket.Operation)
                throw new OwnershipException(source.Name, order.From, OwnerState.Frozen, owner);
            var (from, to) = (await source.FactsAsync(there, cancellationToken).ConfigureAwait(false),
                await target.FactsAsync(here, cancellationToken).ConfigureAwait(false));
            foreach (var (table, where) in Tables)
                await TableCopy.RunAsync(there, here, table, from, to, where, cancellationToken).ConfigureAwait(false);
            foreach (var (table, where) in Tables)
            {
                await UnitComparison.CompareAsync(there, here, table, from, to, where, cancellationToken).ConfigureAwait(false);
                await RefuseDanglingAsync(here, to, table, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>With foreign keys off, a row of a reference table that is missing here would not be noticed.</summary>
    private async ValueTask RefuseDanglingAsync(NpgsqlConnection here, TableFacts facts, TableLayout table, CancellationToken cancellationToken)
    {
        var where = RowPredicate.For(order.Copied, table, "c.")!;
        if (await ForeignKeyCheck.FindAsync(here, facts, table, where, cancellationToken).ConfigureAwait(false) is { } dangling)
            throw new DanglingRowsException(target.Name, table.Name, dangling);
    }

    /// <summary>A prepared transaction keeps its session's lock, also over a restart, until somebody decides on it: no freeze would ever come.</summary>
    private async ValueTask<bool> RefusePreparedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var prepared = await connection.ScalarAsync(
            "SELECT x.gid FROM pg_locks l JOIN pg_locks t ON t.locktype = 'transactionid' AND t.pid IS NULL AND t.virtualtransaction = l.virtualtransaction "
            + "JOIN pg_prepared_xacts x ON x.transaction = t.transactionid "
            + $"WHERE l.pid IS NULL AND l.locktype = 'advisory' AND l.classid = {PartitionTables.LockNamespace} AND l.objid = {order.From.Unit.Value} "
            + "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1",
            cancellationToken).ConfigureAwait(false);
        return prepared is null ? true : throw new PartitionServerException(
            source.Name, $"has a prepared transaction '{prepared}' of a session on {order.From.Unit}, which can't be frozen before it is decided",
            "Nothing was done. COMMIT PREPARED or ROLLBACK PREPARED it, then move again");
    }

    private async ValueTask<bool> RefuseStrayRowsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var facts = await target.FactsAsync(connection, cancellationToken).ConfigureAwait(false);
        foreach (var (table, where) in Tables)
        {
            if (await connection.ScalarAsync($"SELECT 1 FROM {facts.NameOf(table)} WHERE {where} LIMIT 1", cancellationToken).ConfigureAwait(false) is not null)
                throw new StrayRowsException(target.Name, table.Name, $"rows of the unit {order.To.Unit}, which the partition does not own");
        }

        return true;
    }

    private async ValueTask DiscardTargetAsync(CancellationToken cancellationToken)
    {
        bool IsOurs(OwnerRow? owner) => owner is { State: OwnerState.Incoming or OwnerState.Active } && owner.Epoch == order.To.Epoch;

        // Rows are deleted only where the owner row proves that they came with this move and nobody uses them.
        await UnitDeletion.RunAsync(target, order.Ticket, order.Copied, order.To.Unit, IsOurs, cancellationToken).ConfigureAwait(false);
        await target.StepAsync(
            order.Ticket,
            async (connection, stop) =>
            {
                if (!IsOurs(await PartitionTables.ReadOwnerAsync(connection, order.To.Unit, isLocking: true, stop).ConfigureAwait(false))) return false;
                var gone = new OwnerRow(order.To.Unit, order.To.Epoch, OwnerState.Moved, order.Ticket.Operation, null);
                await PartitionTables.WriteOwnersAsync(connection, [gone], stop).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }
}
