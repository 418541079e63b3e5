using System.Collections.Immutable;
using System.Globalization;
using Foreshard.Partitions;
using Foreshard.Schema;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>
/// Carries a unit from one server to another: its rows go through this process as the bytes that COPY gives. A small unit is carried while
/// it is frozen, in the one transaction on the target that also makes it the owner. While sessions go on, a snapshot is copied, and the
/// keys of rows that change are taken from the source's log; their rows are then read again as they are, until few are left.
/// </summary>
internal sealed class PostgresTransfer(PostgresPartition source, PostgresPartition target, TransferOrder order) : IUnitTransfer
{
    private readonly List<(TableLayout Table, string Where)> tables =
    [
        .. source.CurrentLayout.Entities
            .SelectMany(entity => entity.Tables)
            .Select(table => (Table: table, Where: RowPredicate.Instance.For(order.Copied, table)))
            .Where(one => one.Where is not null)
            .Select(one => (one.Table, one.Where!)),
    ];

    private ChangeStream? changes;
    private Snapshot? copied;
    private UnitCopy? copy;
    private string? shape;

    private ChangeStream Stream => changes ?? throw new InvalidOperationException("The transfer was not prepared, or it is over.");

    public async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        var (looked, found) = (LookAtSourceAsync(cancellationToken), LookAtTargetAsync(cancellationToken));
        await Task.WhenAll(looked, found).ConfigureAwait(false);
        shape = await looked.ConfigureAwait(false);
        var (known, other, stray) = await found.ConfigureAwait(false);

        // The numbers of a move are given out again once the mapping table was restored: what this very move seems to have left may be the only copy.
        if (known is { State: OwnerState.Active or OwnerState.Frozen }) throw new OwnershipException(target.Name, order.To, OwnerState.Incoming, known);
        if (known is { State: OwnerState.Incoming } && known.Operation == order.Ticket.Operation)
        {
            await DiscardTargetAsync(cancellationToken).ConfigureAwait(false);
            (_, _, stray) = await LookAtTargetAsync(cancellationToken).ConfigureAwait(false);
        }

        if (stray is not null) throw new StrayRowsException(target.Name, stray, $"rows of the unit {order.To.Unit}, which the partition does not own");
        if (shape != other)
        {
            throw new PartitionServerException(
                target.Name, $"has other columns than partition '{source.Name}'",
                "Nothing was moved. Apply the same schema versions to both, and change tables by schema scripts only");
        }

        if (!order.Live) return;

        await target.StepAsync(
            order.Ticket,
            async (connection, stop) =>
            {
                await PartitionTables.WriteOwnersAsync(connection, [Owner(OwnerState.Incoming)], stop).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        changes = await source.Changes.JoinAsync(order.Ticket, order.Copied, tables.Select(one => one.Table), cancellationToken).ConfigureAwait(false);
        copied = await Snapshot.TakeAsync(source, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask CopyAsync(Func<CopyProgress, ValueTask>? progress, CancellationToken cancellationToken)
    {
        if (!order.Live) return;
        var snapshot = copied ?? throw new InvalidOperationException("The transfer was not prepared.");
        await using (snapshot.ConfigureAwait(false))
        {
            copied = null;
            copy = new UnitCopy(source, target, order.Ticket, tables, progress);
            await copy.RunAsync(snapshot.Connection, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask<long> CatchUpAsync(CancellationToken cancellationToken)
    {
        if (!order.Live) return 0;
        await source.StepAsync(order.Ticket, static (_, _) => ValueTask.FromResult(true), cancellationToken).ConfigureAwait(false);
        var applied = await target.StepAsync(
            order.Ticket,
            async (here, stop) =>
            {
                await ReadChangesAsync(Stream.ReadToNowAsync(stop)).ConfigureAwait(false);
                if (Stream.Changes == 0) return 0;
                var snapshot = await Snapshot.TakeAfterAsync(source, Stream.Transactions, stop).ConfigureAwait(false);
                await using (snapshot.ConfigureAwait(false))
                {
                    await MoverRights.EnterAsync(here, stop).ConfigureAwait(false);
                    await ApplyAsync(snapshot, here, stop).ConfigureAwait(false);
                }

                return Stream.Changes;
            },
            cancellationToken).ConfigureAwait(false);
        Stream.Forget();
        return applied;
    }

    public async ValueTask VerifyAsync(CancellationToken cancellationToken)
    {
        if (!order.Live) return;
        var snapshot = await Snapshot.TakeAsync(source, cancellationToken).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            // All that the snapshot holds beyond what was applied is noted then; more may be.
            await ReadChangesAsync(Stream.ReadToNowAsync(cancellationToken)).ConfigureAwait(false);
            await target.ReadAsync(
                async (here, stop) =>
                {
                    var (from, to) = await FactsAsync(snapshot.Connection, here, stop).ConfigureAwait(false);
                    foreach (var (table, where) in tables)
                    {
                        var pending = Stream.Pending[table];
                        var settled = pending.Count == 0 ? where : $"{where} AND {KeySync.NotAmong(table, from, pending)}";
                        await UnitComparison.CompareAsync(snapshot.Connection, here, table, from, to, settled, stop).ConfigureAwait(false);
                        if (pending.Count == 0) await RefuseDanglingAsync(here, to, table, "true", stop).ConfigureAwait(false);
                    }

                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }

        if (copy is not null) await copy.Analyzed.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<bool> ActivateAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var frozen = TakeFrozenAsync(cancellationToken).AsTask();
        try
        {
            await target.StepAsync(
                order.Ticket,
                async (here, stop) =>
                {
                    await MoverRights.EnterAsync(here, stop, limit).ConfigureAwait(false);
                    await ApplyAsync(await frozen.ConfigureAwait(false), here, stop).ConfigureAwait(false);
                    await PartitionTables.WriteOwnersAsync(here, [Owner(OwnerState.Active)], stop).ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
            changes?.Forget();
            return true;
        }
        catch (PartitionServerException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return false;
        }
        finally
        {
            // Whatever it failed with was thrown by the step, or came after the step had failed of itself.
            await ((Task)frozen).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (frozen.IsCompletedSuccessfully) await (await frozen.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
    }

    public ValueTask RetireAsync(CancellationToken cancellationToken) => source.RetireAsync(
        order.Ticket,
        [order.From],
        [order.To],
        ImmutableDictionary<UnitId, HeldShard>.Empty,
        order.Live ? null : async (connection, stop) =>
        {
            await MoverRights.EnterAsync(connection, stop).ConfigureAwait(false);
            var facts = await source.FactsAsync(connection, stop).ConfigureAwait(false);
            var deletions = source.CurrentLayout.Entities.SelectMany(entity => entity.Tables.Reverse())
                .Select(table => (Name: facts.NameOf(table), Where: RowPredicate.Instance.For(order.Cleaned, table)))
                .Where(one => one.Where is not null)
                .Select(one => $"DELETE FROM {one.Name} WHERE {one.Where};");
            await connection.ExecuteAsync(string.Concat(deletions) + ";", stop).ConfigureAwait(false);
        },
        cancellationToken);

    public async ValueTask CleanAsync(CancellationToken cancellationToken)
    {
        await EndCaptureAsync(cancellationToken).ConfigureAwait(false);
        await UnitDeletion.RunAsync(
            source,
            order.Ticket,
            order.Cleaned,
            order.From.Unit,
            owner => owner is { IsUncleared: true } && owner.Epoch == order.From.Epoch,
            cancellationToken).ConfigureAwait(false);
        await source.StepAsync(
            order.Ticket,
            (connection, stop) => connection.ExecuteAsync(
                $"UPDATE foreshard.owner SET operation = {Sql.Number(OwnerRow.ClearedBy(order.Ticket))} WHERE unit = {Sql.Number(order.From.Unit.Value)} "
                + $"AND epoch = {Sql.Number(order.From.Epoch)} AND state = {(int)OwnerState.Moved}",
                stop),
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DiscardAsync(CancellationToken cancellationToken)
    {
        await DiscardTargetAsync(cancellationToken).ConfigureAwait(false);
        await EndCaptureAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (copied is not null) await copied.DisposeAsync().ConfigureAwait(false);
        copied = null;
        if (copy is not null) await copy.DisposeAsync().ConfigureAwait(false);
        copy = null;
        if (changes is not null) await changes.DisposeAsync().ConfigureAwait(false);
        changes = null;
    }

    private OwnerRow Owner(OwnerState state) => new(order.To.Unit, order.To.Epoch, state, order.Ticket.Operation, null, order.Shard);

    private async ValueTask EndCaptureAsync(CancellationToken cancellationToken)
    {
        await DisposeAsync().ConfigureAwait(false);
        var areDead = await source.StepAsync(
            order.Ticket, (connection, stop) => Publications.EmptyAsync(connection, LogReader.IsDead, stop), cancellationToken).ConfigureAwait(false);
        if (areDead) await Publications.DropAsync(source, LogReader.IsDead, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whoever took over ends the stream: then that is the news.</summary>
    private async ValueTask ReadChangesAsync(ValueTask reading)
    {
        try
        {
            await reading.ConfigureAwait(false);
        }
        catch (PartitionServerException)
        {
            await source.RefuseSupersededAsync(order.Ticket).ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask<(TableFacts From, TableFacts To)> FactsAsync(NpgsqlConnection there, NpgsqlConnection here, CancellationToken cancellationToken) =>
        (await source.FactsAsync(there, cancellationToken).ConfigureAwait(false), await target.FactsAsync(here, cancellationToken).ConfigureAwait(false));

    /// <summary>The source as it is with the unit frozen, and all changes before that noted.</summary>
    private async ValueTask<Snapshot> TakeFrozenAsync(CancellationToken cancellationToken)
    {
        var snapshot = await Snapshot.TakeAsync(source, cancellationToken).ConfigureAwait(false);
        try
        {
            var frozenBy = await RefuseThawedAsync(snapshot.Connection, cancellationToken).ConfigureAwait(false);
            if (!order.Live) return snapshot;
            await ReadChangesAsync(Stream.ReadToFreezeAsync(frozenBy, cancellationToken)).ConfigureAwait(false);
            if (snapshot.Shows(Stream.Transactions)) return snapshot;
        }
        catch
        {
            await snapshot.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        // Who writes without a session waits for nobody.
        await snapshot.DisposeAsync().ConfigureAwait(false);
        return await Snapshot.TakeAfterAsync(source, Stream.Transactions, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Brings the target up to a snapshot of the source: by the changed keys if the unit was copied before, else all of it.</summary>
    private async ValueTask ApplyAsync(Snapshot snapshot, NpgsqlConnection here, CancellationToken cancellationToken)
    {
        var (from, to) = await FactsAsync(snapshot.Connection, here, cancellationToken).ConfigureAwait(false);
        if (order.Live)
        {
            await KeySync.ApplyAsync(snapshot.Connection, here, from, to, tables, Stream.Pending, cancellationToken).ConfigureAwait(false);
            foreach (var (table, _) in tables)
            {
                foreach (var some in Stream.Pending[table].Chunk(KeySync.Batch))
                    await RefuseDanglingAsync(here, to, table, KeySync.Among(table, to, some, "c."), cancellationToken).ConfigureAwait(false);
            }

            return;
        }

        foreach (var (table, where) in tables)
            await TableCopy.RunAsync(snapshot.Connection, here, table, from, to, where, cancellationToken).ConfigureAwait(false);
        foreach (var (table, where) in tables)
        {
            await UnitComparison.CompareAsync(snapshot.Connection, here, table, from, to, where, cancellationToken).ConfigureAwait(false);
            await RefuseDanglingAsync(here, to, table, "true", cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>The transaction that froze the unit, by the number that the log has for it.</returns>
    private async ValueTask<uint> RefuseThawedAsync(NpgsqlConnection there, CancellationToken cancellationToken)
    {
        var known = await there.ScalarsAsync(
            [
                $"SELECT xmin::text FROM foreshard.owner WHERE unit = {order.From.Unit.Value} AND epoch = {Sql.Number(order.From.Epoch)} "
                    + $"AND state = {(int)OwnerState.Frozen} AND operation = {Sql.Number(order.Ticket.Operation)}",
                TableShape.Query(tables.Select(one => one.Table)),
            ],
            cancellationToken).ConfigureAwait(false);
        if (known[0] is not string frozenBy)
        {
            var owner = await PartitionTables.ReadOwnerAsync(there, order.From.Unit, isLocking: false, cancellationToken).ConfigureAwait(false);
            throw new OwnershipException(source.Name, order.From, OwnerState.Frozen, owner);
        }

        if (shape is not null && shape != (string?)known[1])
        {
            throw new PartitionServerException(
                source.Name, "had the columns of a table changed while a unit of it moved", "The move is undone and nothing was lost. Move again");
        }

        return uint.Parse(frozenBy, CultureInfo.InvariantCulture);
    }

    /// <summary>With foreign keys off, a row of a reference table that is missing here would not be noticed.</summary>
    private async ValueTask RefuseDanglingAsync(
        NpgsqlConnection here, TableFacts facts, TableLayout table, string among, CancellationToken cancellationToken)
    {
        var where = $"{RowPredicate.Instance.For(order.Copied, table, "c.")} AND {among}";
        if (await ForeignKeyCheck.FindAsync(here, facts, table, where, cancellationToken).ConfigureAwait(false) is { } dangling)
            throw new DanglingRowsException(target.Name, table.Name, dangling);
    }

    /// <summary>A prepared transaction keeps its session's lock, also over a restart, until somebody decides on it: no freeze would ever come.</summary>
    /// <returns>The columns of the unit's tables.</returns>
    private async Task<string> LookAtSourceAsync(CancellationToken cancellationToken)
    {
        var prepared = "SELECT x.gid FROM pg_locks l JOIN pg_locks t ON t.locktype = 'transactionid' AND t.pid IS NULL "
            + "AND t.virtualtransaction = l.virtualtransaction JOIN pg_prepared_xacts x ON x.transaction = t.transactionid "
            + $"WHERE l.pid IS NULL AND l.locktype = 'advisory' AND l.classid = {PartitionTables.LockNamespace} AND l.objid = {order.From.Unit.Value} "
            + "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1";
        var answers = await source.AskAsync(
            (there, stop) => there.ScalarsAsync([prepared, TableShape.Query(tables.Select(one => one.Table))], stop), cancellationToken)
            .ConfigureAwait(false);
        if (answers[0] is null) return (string)answers[1]!;
        throw new PartitionServerException(
            source.Name, $"has a prepared transaction '{answers[0]}' of a session on {order.From.Unit}, which can't be frozen before it is decided",
            "Nothing was done. COMMIT PREPARED or ROLLBACK PREPARED it, then move again");
    }

    /// <returns>The unit's owner row, the columns of its tables, and a table that has rows of the unit.</returns>
    private Task<(OwnerRow? Known, string Shape, string? Stray)> LookAtTargetAsync(CancellationToken cancellationToken) => target.StepAsync(
        order.Ticket,
        async (here, stop) =>
        {
            var known = await PartitionTables.ReadOwnerAsync(here, order.To.Unit, isLocking: false, stop).ConfigureAwait(false);
            var facts = await target.FactsAsync(here, stop).ConfigureAwait(false);
            var answers = await here.ScalarsAsync(
                [
                    TableShape.Query(tables.Select(one => one.Table)),
                    .. tables.Select(one => $"SELECT {Sql.Text(one.Table.Name)} FROM {facts.NameOf(one.Table)} WHERE {one.Where} LIMIT 1"),
                ],
                stop).ConfigureAwait(false);
            return (known, (string)answers[0]!, answers.Skip(1).OfType<string>().FirstOrDefault());
        },
        cancellationToken).AsTask();

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
                await PartitionTables.WriteOwnersAsync(connection, [Owner(OwnerState.Moved)], stop).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }
}
