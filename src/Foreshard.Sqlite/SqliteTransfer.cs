using Foreshard.Partitions;
using Foreshard.Schema;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

/// <summary>
/// Carries a unit from one file to another over a connection to the target that has the source attached for reading. While sessions go
/// on, triggers on the source note the keys of changed rows; their rows are then read again as they are, until few are left.
/// </summary>
/// <remarks>
/// The mover's connection has foreign keys and triggers off, so that neither cascades nor the application's triggers act on copies; and
/// since no cascade can act, changed rows are deleted and inserted again, which also lets two rows swap a unique value.
/// </remarks>
internal sealed class SqliteTransfer : IUnitTransfer
{
    /// <summary>Rows of the first transaction on the target; later ones grow or shrink with the time that they take.</summary>
    private const int FirstPiece = 2000;

    private const int LargestPiece = 64_000;

    /// <summary>How long other writers of the target may wait for a piece of the copy.</summary>
    private static readonly TimeSpan PieceTime = TimeSpan.FromMilliseconds(10);

    /// <summary>Between two pieces of a clean-up, which nobody waits for, so that it never keeps the disk to itself.</summary>
    private static readonly TimeSpan CleaningPause = TimeSpan.FromMilliseconds(2);

    private readonly SqlitePartition source;
    private readonly SqlitePartition target;
    private readonly TransferOrder order;
    private readonly TimeProvider time;
    private readonly ChangeCapture capture;
    private readonly Dictionary<TableLayout, long> applied = [];
    private SqliteConnection? mover;

    public SqliteTransfer(SqlitePartition source, SqlitePartition target, TransferOrder order, TimeProvider time)
    {
        this.source = source;
        this.target = target;
        this.order = order;
        this.time = time;
        capture = new ChangeCapture(order.Ticket.Operation, order.Copied, source.CurrentLayout);
    }

    private SqliteConnection Mover => mover ??= target.RentMover(source);

    public async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        var known = await OnTargetAsync(transaction => PartitionTables.ReadOwner(Mover, transaction, order.To.Unit), cancellationToken).ConfigureAwait(false);

        // The numbers of a move are given out again once the mapping table was restored: what this very move seems to have left may be the only copy.
        if (known is { State: OwnerState.Active or OwnerState.Frozen }) throw new OwnershipException(target.Name, order.To, OwnerState.Incoming, known);
        if (known is { State: OwnerState.Incoming } && known.Operation == order.Ticket.Operation)
            await DiscardTargetAsync(cancellationToken).ConfigureAwait(false);
        RefuseStrayRows();
        if (!order.Live) return;

        await OnTargetAsync(
            transaction =>
            {
                WriteTargetOwner(transaction, OwnerState.Incoming);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        await source.AdministerAsync(
            (connection, transaction) =>
            {
                PartitionTables.CheckTicket(connection, transaction, order.Ticket);
                source.AddCaptureLocked(capture, connection, transaction);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask CopyAsync(Func<CopyProgress, ValueTask>? progress, CancellationToken cancellationToken)
    {
        if (!order.Live) return;
        var list = new RowSource(Mover, order.Copied, "src");
        Guarded(() => list.List(capture.Tables));
        long copied = 0;
        var bytes = 0.0;
        var took = TimeSpan.Zero;
        foreach (var piece in list.Pieces)
        {
            var size = FirstPiece;
            for (long after = 0; after < piece.Rows; after += size, size = NextSize(size, took))
            {
                // A row that meets another one in a unique key here, copied as it was before, was changed since and is in the log: the
                // log brings it. Rows that meet for any other reason are found missing when both sides are compared.
                var sql = InsertFrom(piece.Table, list.From(piece, after, after + size), "INSERT OR IGNORE");
                var rows = await OnTargetAsync(
                    transaction =>
                    {
                        var began = time.GetTimestamp();
                        var inserted = PartitionFiles.Execute(Mover, sql, transaction);
                        took = time.GetElapsedTime(began);
                        return inserted;
                    },
                    cancellationToken).ConfigureAwait(false);
                copied += rows;
                bytes += rows * piece.MeanBytes;
                if (progress is not null) await progress(new CopyProgress(copied, list.TotalRows, (long)bytes)).ConfigureAwait(false);
            }
        }

        Guarded(list.Forget);
    }

    public ValueTask<long> CatchUpAsync(CancellationToken cancellationToken) => OnTargetAsync(ApplyLog, cancellationToken);

    public ValueTask VerifyAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Guarded(() =>
        {
            using var interrupt = InterruptOn(cancellationToken);

            // One snapshot of each file: rows noted after the last catch-up are left out, everything else must be equal.
            using var transaction = Mover.BeginTransaction(deferred: true);
            foreach (var table in capture.Tables)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Compare(transaction, table, order.Live ? $"{PendingLog(table)}" : null);
            }
        });
        return ValueTask.CompletedTask;
    }

    public async ValueTask<bool> ActivateAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        using var turn = await target.TryEnterWriterAsync(limit, cancellationToken).ConfigureAwait(false);
        if (turn is null) return false;
        OnTargetLocked(
            transaction =>
            {
                if (order.Live)
                {
                    var before = capture.Tables.ToDictionary(table => table, table => applied.GetValueOrDefault(table));
                    ApplyLog(transaction);
                    foreach (var table in capture.Tables) CompareLogged(transaction, table, before[table]);
                }
                else
                {
                    foreach (var table in capture.Tables)
                    {
                        var rows = $"FROM src.{Sql.Name(table.Name)} s WHERE {RowSource.Where(order.Copied, table, "src")}";
                        PartitionFiles.Execute(Mover, InsertFrom(table, rows), transaction);
                        Compare(transaction, table, null);
                    }
                }

                WriteTargetOwner(transaction, OwnerState.Active);
                return true;
            },
            cancellationToken);
        target.Publish(new OwnerRow(order.To.Unit, order.To.Epoch, OwnerState.Active, order.Ticket.Operation, null));
        return true;
    }

    public ValueTask RetireAsync(CancellationToken cancellationToken) => source.RetireAsync(
        order.Ticket,
        [order.From],
        [order.To],
        order.Live ? null : (connection, transaction) =>
        {
            foreach (var table in source.CurrentLayout.Entities.SelectMany(entity => entity.Tables).Reverse())
            {
                if (RowSource.Where(order.Cleaned, table, "main") is { } where)
                    PartitionFiles.Execute(connection, $"DELETE FROM {Sql.Name(table.Name)} WHERE {where}", transaction);
            }
        },
        cancellationToken);

    public async ValueTask CleanAsync(CancellationToken cancellationToken)
    {
        await source.AdministerAsync(
            (connection, transaction) =>
            {
                PartitionTables.CheckTicket(connection, transaction, order.Ticket);
                source.RemoveCaptureLocked(order.Ticket.Operation, connection, transaction);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        await DeleteAsync(
            source,
            order.Cleaned,
            owner => owner is { IsUncleared: true } && owner.Epoch == order.From.Epoch,
            order.From.Unit,
            cancellationToken).ConfigureAwait(false);
        await source.MarkClearedAsync(order.Ticket, order.From, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DiscardAsync(CancellationToken cancellationToken)
    {
        await DiscardTargetAsync(cancellationToken).ConfigureAwait(false);
        await source.AdministerAsync(
            (connection, transaction) =>
            {
                PartitionTables.CheckTicket(connection, transaction, order.Ticket);
                source.RemoveCaptureLocked(order.Ticket.Operation, connection, transaction);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync()
    {
        if (mover is not null) target.ReturnMover(source, mover);
        mover = null;
        return ValueTask.CompletedTask;
    }

    private static int NextSize(int size, TimeSpan took) =>
        took > PieceTime ? Math.Max(size / 2, 100) : took < PieceTime / 2 ? Math.Min(size * 2, LargestPiece) : size;

    private static string Matches(TableLayout table, string left, string right) =>
        string.Join(" AND ", table.PrimaryKey.Select(column => $"{left}.{Sql.Name(column)} = {right}.{Sql.Name(column)}"));

    private static string Equal(TableLayout table) => string.Join(
        " AND ", table.Columns.Select(column => $"s.{Sql.Name(column)} IS t.{Sql.Name(column)} COLLATE BINARY"));

    private static string InsertFrom(TableLayout table, string from, string verb = "INSERT") =>
        $"{verb} INTO main.{Sql.Name(table.Name)} ({Sql.Names(table.Columns)}) SELECT {Sql.Names(table.Columns, "s.")} {from}";

    private string LogKeys(TableLayout table, long after) =>
        $"(SELECT DISTINCT {string.Join(", ", ChangeLog.KeyColumns(table))} FROM src.{Sql.Name(capture.Log(table))} WHERE seq > {Sql.Number(after)})";

    private string PendingLog(TableLayout table) => LogKeys(table, applied.GetValueOrDefault(table));

    private long ApplyLog(SqliteTransaction transaction)
    {
        long changes = 0;
        foreach (var table in capture.Tables)
        {
            var after = applied.GetValueOrDefault(table);
            var last = (long)PartitionFiles.Scalar(Mover, $"SELECT coalesce(max(seq), 0) FROM src.{Sql.Name(capture.Log(table))}", transaction)!;
            if (last <= after) continue;
            var keys = LogKeys(table, after);
            var ofLog = string.Join(" AND ", table.PrimaryKey.Select((column, position) => $"{{0}}.{Sql.Name(column)} = l.k{position}"));
            var address = string.Join(", ", table.PrimaryKey.Select(Sql.Name));
            PartitionFiles.Execute(
                Mover,
                $"DELETE FROM main.{Sql.Name(table.Name)} WHERE ({address}) IN {keys} AND {RowPredicate.Instance.For(order.Copied, table)}; "
                + InsertFrom(table, $"FROM {keys} l CROSS JOIN src.{Sql.Name(table.Name)} s "
                    + $"ON {string.Format(System.Globalization.CultureInfo.InvariantCulture, ofLog, "s")} "
                    + $"WHERE {RowPredicate.Instance.For(order.Copied, table, "s.")}"),
                transaction);
            applied[table] = last;
            changes += last - after;
        }

        return changes;
    }

    private void CompareLogged(SqliteTransaction transaction, TableLayout table, long after)
    {
        var keys = LogKeys(table, after);
        var columns = string.Join(", ", table.PrimaryKey.Select(column => "s." + Sql.Name(column)));
        Differing(
            transaction,
            table,
            $"SELECT {columns} FROM src.{Sql.Name(table.Name)} s WHERE ({columns}) IN {keys} AND {RowPredicate.Instance.For(order.Copied, table, "s.")} "
            + $"AND NOT EXISTS (SELECT 1 FROM main.{Sql.Name(table.Name)} t WHERE {Matches(table, "t", "s")} AND {Equal(table)}) LIMIT 1");
    }

    private void Compare(SqliteTransaction transaction, TableLayout table, string? except)
    {
        var name = Sql.Name(table.Name);
        var columns = string.Join(", ", table.PrimaryKey.Select(column => "{0}." + Sql.Name(column)));
        foreach (var (row, from, other, inOther, equal) in new[] { ("s", "src", "t", "main", $" AND {Equal(table)}"), ("t", "main", "s", "src", "") })
        {
            var keys = string.Format(System.Globalization.CultureInfo.InvariantCulture, columns, row);
            var where = RowSource.Where(order.Copied, table, from)!;
            Differing(
                transaction,
                table,
                $"SELECT {keys} FROM {from}.{name} {row} WHERE {where} "
                + (except is null ? "" : $"AND ({keys}) NOT IN {except} ")
                + $"AND NOT EXISTS (SELECT 1 FROM {inOther}.{name} {other} WHERE {Matches(table, other, row)}{equal}) LIMIT 1");
        }
    }

    private void Differing(SqliteTransaction transaction, TableLayout table, string sql)
    {
        var rows = PartitionTables.Rows(
            Mover, sql, reader => string.Join(", ", Enumerable.Range(0, reader.FieldCount).Select(field => reader.GetValue(field))), transaction);
        if (rows.Count > 0) throw new CopyDiffersException(table.Name, rows[0]);
    }

    private void RefuseStrayRows() => Guarded(() =>
    {
        foreach (var table in capture.Tables)
        {
            var stray = $"SELECT 1 FROM main.{Sql.Name(table.Name)} WHERE {RowSource.Where(order.Copied, table, "main")} LIMIT 1";
            if (PartitionFiles.Scalar(Mover, stray) is not null)
                throw new StrayRowsException(target.Name, table.Name, $"rows of the unit {order.To.Unit}, which the partition does not own");
        }
    });

    private void WriteTargetOwner(SqliteTransaction transaction, OwnerState state) => PartitionTables.WriteOwner(
        Mover, transaction, new OwnerRow(order.To.Unit, order.To.Epoch, state, order.Ticket.Operation, null));

    private async ValueTask DiscardTargetAsync(CancellationToken cancellationToken)
    {
        bool IsOurs(OwnerRow? owner) => owner is { State: OwnerState.Incoming or OwnerState.Active } && owner.Epoch == order.To.Epoch;

        // Rows are deleted only where the owner row proves that they came with this move and nobody uses them.
        await DeleteAsync(target, order.Copied, IsOurs, order.To.Unit, cancellationToken).ConfigureAwait(false);
        var state = await target.AdministerAsync(
            (connection, transaction) =>
            {
                PartitionTables.CheckTicket(connection, transaction, order.Ticket);
                if (!IsOurs(PartitionTables.ReadOwner(connection, transaction, order.To.Unit))) return null;
                var gone = new OwnerRow(order.To.Unit, order.To.Epoch, OwnerState.Moved, order.Ticket.Operation, null);
                PartitionTables.WriteOwner(connection, transaction, gone);
                return gone;
            },
            cancellationToken).ConfigureAwait(false);
        if (state is not null) target.Publish(state);
    }

    private async ValueTask DeleteAsync(
        SqlitePartition partition, UnitRows rows, Func<OwnerRow?, bool> mayDelete, UnitId unit, CancellationToken cancellationToken)
    {
        using var lists = partition.OpenMaintenance();
        var list = new RowSource(lists, rows, "main");
        list.List(source.CurrentLayout.Entities.SelectMany(entity => entity.Tables).Reverse());
        foreach (var piece in list.Pieces)
        {
            var address = list.Address(piece.Table);
            var size = FirstPiece;
            var took = TimeSpan.Zero;
            for (long after = 0; after < piece.Rows; after += size, size = NextSize(size, took))
            {
                var sql = $"DELETE FROM main.{Sql.Name(piece.Table.Name)} WHERE ({string.Join(", ", address)}) IN "
                    + $"(SELECT {string.Join(", ", address.Select(column => "s." + column))} {list.From(piece, after, after + size)})";
                using (await partition.EnterWriterAsync(cancellationToken).ConfigureAwait(false))
                {
                    var began = time.GetTimestamp();
                    using var transaction = lists.BeginTransaction();
                    PartitionTables.CheckTicket(lists, transaction, order.Ticket);
                    if (!mayDelete(PartitionTables.ReadOwner(lists, transaction, unit))) return;
                    PartitionFiles.Execute(lists, sql, transaction);
                    transaction.Commit();
                    took = time.GetElapsedTime(began);
                }

                if (after + size < piece.Rows) await Task.Delay(CleaningPause, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == SQLitePCL.raw.SQLITE_INTERRUPT)
        {
            throw new OperationCanceledException(exception.Message, exception);
        }
        catch (SqliteException exception)
        {
            throw PartitionFileException.From(exception, target.Name, target.Files.Path, "written");
        }
    }

    /// <summary>Ends the mover's running statement when the token asks for it.</summary>
    private CancellationTokenRegistration InterruptOn(CancellationToken cancellationToken) =>
        cancellationToken.Register(static handle => SQLitePCL.raw.sqlite3_interrupt((SQLitePCL.sqlite3)handle!), Mover.Handle);

    private async ValueTask<T> OnTargetAsync<T>(Func<SqliteTransaction, T> action, CancellationToken cancellationToken)
    {
        using var turn = await target.EnterWriterAsync(cancellationToken).ConfigureAwait(false);
        return OnTargetLocked(action, cancellationToken);
    }

    private T OnTargetLocked<T>(Func<SqliteTransaction, T> action, CancellationToken cancellationToken)
    {
        var connection = Mover;
        using var interrupt = InterruptOn(cancellationToken);
        try
        {
            using var transaction = connection.BeginTransaction();
            PartitionTables.CheckTicket(connection, transaction, order.Ticket);
            var result = action(transaction);
            transaction.Commit();
            return result;
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == SQLitePCL.raw.SQLITE_INTERRUPT)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (SqliteException exception)
        {
            throw PartitionFileException.From(exception, target.Name, target.Files.Path, "written");
        }
    }
}
