using System.Globalization;
using Npgsql;
using Npgsql.Replication;
using Npgsql.Replication.PgOutput;
using Npgsql.Replication.PgOutput.Messages;

namespace Foreshard.PostgreSql;

/// <summary>Reads a server's log from one slot, all the time, and tells units that move of what changes.</summary>
/// <remarks>
/// The slot ends with its connection, so a process that died leaves none behind; moves that lost it begin again. The publication is named as the connection
/// is: without such a connection it is a dead process's. Safe for concurrent use, but for coming, publishing and ending.
/// </remarks>
internal sealed class LogReader : IAsyncDisposable
{
    private const string Prefix = "foreshard_moves_";

    /// <summary>The publications of processes that died, as a condition on <c>pg_publication p</c>.</summary>
    public const string IsDead = $"p.pubname ~ '^{Prefix}[0-9a-f]+$' AND NOT EXISTS (SELECT FROM pg_stat_activity a "
        + "WHERE a.application_name = p.pubname AND a.datname = current_database())";

    private readonly PostgresPartition source;
    private readonly LogicalReplicationConnection connection;
    private readonly CancellationTokenSource ending = new();
    private readonly Lock gate = new();
    private readonly List<ChangeStream> streams = [];
    private readonly Dictionary<string, CountedTable> tables = new(StringComparer.Ordinal);
    private readonly List<Waiter> waiters = [];
    private readonly HashSet<string> freezes = new(StringComparer.Ordinal);
    private Task pump = Task.CompletedTask;
    private PartitionServerException? failure;
    private uint transaction;
    private int marks;

    private LogReader(PostgresPartition source, LogicalReplicationConnection connection, string name)
    {
        this.source = source;
        this.connection = connection;
        Name = name;
    }

    /// <summary>Of the publication, the slot and the connection.</summary>
    public string Name { get; }

    /// <summary>It failed: whoever joins needs another.</summary>
    public bool IsOver
    {
        get
        {
            lock (gate) return failure is not null;
        }
    }

    public static async ValueTask<LogReader> ConnectAsync(PostgresPartition source, CancellationToken cancellationToken)
    {
        var name = Prefix + Guid.CreateVersion7().ToString("N");
        var connection = new LogicalReplicationConnection(await source.ConnectionStringAsync(name, cancellationToken).ConfigureAwait(false));
        try
        {
            await connection.Open(cancellationToken).ConfigureAwait(false);
            return new LogReader(source, connection, name);
        }
        catch (Exception exception)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (exception is NpgsqlException refused) throw PartitionServerException.From(refused, source.Name);
            throw;
        }
    }

    public static ValueTask<PartitionServerException> RefusalAsync(PostgresPartition source) =>
        OpenTransactions.RefusalAsync(source, source.SlotPatience, "Nothing was moved. End them, or move at a quieter time");

    public void Enter(ChangeStream stream)
    {
        lock (gate)
        {
            streams.Add(stream);
            stream.Reader = this;
            foreach (var entity in source.CurrentLayout.Entities)
            {
                foreach (var table in entity.Tables) tables[table.Name] = new CountedTable(entity, table);
            }
        }
    }

    /// <returns>How many are left.</returns>
    public int Leave(ChangeStream stream)
    {
        lock (gate)
        {
            streams.Remove(stream);
            stream.Reader = null;
            return streams.Count;
        }
    }

    /// <summary>The tables of those who came, as a publication lists them.</summary>
    public string Published(TableFacts facts)
    {
        lock (gate)
        {
            return string.Join(", ", streams.SelectMany(stream => stream.Tables.Select(table => (table, Filter: stream.FilterOf(table))))
                .GroupBy(one => facts.NameOf(one.table), one => one.Filter)
                .Select(filters => filters.Contains(null) ? filters.Key : $"{filters.Key} WHERE ({string.Join(" OR ", filters.Select(one => $"({one})"))})"));
        }
    }

    /// <summary>From here on it reads. What is published must be, before.</summary>
    public async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(source.SlotPatience);
        try
        {
            var slot = await connection.CreatePgOutputReplicationSlot(
                Name, temporarySlot: true, slotSnapshotInitMode: LogicalSlotSnapshotInitMode.NoExport, cancellationToken: patience.Token).ConfigureAwait(false);
            var options = new PgOutputReplicationOptions(Name, PgOutputProtocolVersion.V1, binary: false, messages: true);
            pump = PumpAsync(connection.StartReplication(slot, options, ending.Token));
        }
        catch (NpgsqlException exception)
        {
            throw PartitionServerException.From(exception, source.Name);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw await RefusalAsync(source).ConfigureAwait(false);
        }
    }

    public async ValueTask ReadToNowAsync(ChangeStream stream, CancellationToken cancellationToken)
    {
        var mark = string.Create(CultureInfo.InvariantCulture, $"{Name}/{Interlocked.Increment(ref marks)}");
        var waiter = new Waiter(stream, mark);
        lock (gate) waiters.Add(waiter);
        await WaitAsync(
            waiter,
            async () => await source.AskAsync(
                (here, stop) => here.ExecuteAsync($"SELECT pg_logical_emit_message(true, '{LogMessage.Mark}', {Sql.Text(mark)})", stop), cancellationToken)
                .ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask ReadToFreezeAsync(ChangeStream stream, uint frozenBy, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(stream, FreezeBy(frozenBy));
        lock (gate)
        {
            if (freezes.Contains(waiter.Until))
            {
                stream.Bring();
                return;
            }

            waiters.Add(waiter);
        }

        await WaitAsync(waiter, () => Task.CompletedTask, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync().ConfigureAwait(false);
        await pump.ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
        ending.Dispose();
        try
        {
            var isMine = $"p.pubname = '{Name}'";
            await source.AdministerAsync(
                async (here, stop) =>
                {
                    // A connection that broke on its way here may still be one there.
                    await here.ExecuteAsync(
                        $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{Name}' AND datname = current_database()", stop)
                        .ConfigureAwait(false);
                    return await Publications.EmptyAsync(here, isMine, stop).ConfigureAwait(false);
                },
                CancellationToken.None).ConfigureAwait(false);
            await Publications.DropAsync(source, isMine, CancellationToken.None).ConfigureAwait(false);
        }
        catch (PartitionServerException)
        {
            // The server is away. Whoever comes next takes the publication away.
        }
    }

    private async Task WaitAsync(Waiter waiter, Func<Task> begin, CancellationToken cancellationToken)
    {
        try
        {
            lock (gate)
            {
                if (failure is not null) throw failure;
            }

            await begin().ConfigureAwait(false);
            await waiter.Reached.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (gate) waiters.Remove(waiter);
        }
    }

    private async Task PumpAsync(IAsyncEnumerable<PgOutputReplicationMessage> messages)
    {
        try
        {
            await foreach (var message in messages.ConfigureAwait(false))
            {
                await TakeAsync(message).ConfigureAwait(false);
                if (message is CommitMessage) connection.SetReplicationStatus(connection.LastReceivedLsn);
            }
        }
        catch (NpgsqlException exception)
        {
            Fail(PartitionServerException.From(exception, source.Name));
        }
        catch (PartitionServerException exception)
        {
            Fail(exception);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // It was ended here.
        }
        finally
        {
            // Whatever ended it: nobody waits for what does not come.
            Fail(new PartitionServerException(source.Name, "ended the stream of changes", "The move is undone and nothing was lost; try again"));
        }
    }

    private void Fail(PartitionServerException exception)
    {
        lock (gate)
        {
            failure ??= exception;
            foreach (var waiter in waiters) waiter.Reached.TrySetException(failure);
        }
    }

    private async ValueTask TakeAsync(PgOutputReplicationMessage message)
    {
        switch (message)
        {
            case BeginMessage begin:
                transaction = begin.TransactionXid;
                break;
            case LogicalDecodingMessage { Prefix: LogMessage.Mark } mark:
                Reach(await LogMessage.TextAsync(mark).ConfigureAwait(false));
                break;
            case LogicalDecodingMessage { Prefix: LogMessage.Frozen }:
                lock (gate) freezes.Add(FreezeBy(transaction));
                Reach(FreezeBy(transaction));
                break;
            case InsertMessage insert:
                await NoteAsync(insert.Relation, insert.NewRow).ConfigureAwait(false);
                break;
            case IndexUpdateMessage update:
                await NoteAsync(update.Relation, update.Key).ConfigureAwait(false);
                await NoteAsync(update.Relation, update.NewRow, maySkip: true).ConfigureAwait(false);
                break;
            case FullUpdateMessage update:
                await NoteAsync(update.Relation, update.OldRow).ConfigureAwait(false);
                await NoteAsync(update.Relation, update.NewRow).ConfigureAwait(false);
                break;
            case UpdateMessage update:
                await NoteAsync(update.Relation, update.NewRow).ConfigureAwait(false);
                break;
            case KeyDeleteMessage delete:
                await NoteAsync(delete.Relation, delete.Key).ConfigureAwait(false);
                break;
            case FullDeleteMessage delete:
                await NoteAsync(delete.Relation, delete.OldRow).ConfigureAwait(false);
                break;
            case TruncateMessage truncate:
                throw new PartitionServerException(
                    source.Name, $"had a table emptied while a unit of it moved: '{truncate.Relations[0].RelationName}'",
                    "The move is undone. Look who truncated it; rows of every entity on the partition are gone");
            default:
                break;
        }
    }

    /// <summary>What a transaction's freeze is called among the marks.</summary>
    private static string FreezeBy(uint transaction) => string.Create(CultureInfo.InvariantCulture, $"freeze {transaction}");

    private void Reach(string mark)
    {
        lock (gate)
        {
            foreach (var waiter in waiters.Where(waiter => waiter.Until == mark))
            {
                waiter.Stream.Bring();
                waiter.Reached.TrySetResult();
            }
        }
    }

    /// <param name="relation">The table.</param>
    /// <param name="row">Its columns, or those of the key.</param>
    /// <param name="maySkip">Whether the key was told before: a long value that did not change is left out of a new row.</param>
    private async ValueTask NoteAsync(RelationMessage relation, ReplicationTuple row, bool maySkip = false)
    {
        CountedTable? table;
        lock (gate) table = tables.GetValueOrDefault(relation.RelationName);
        if (table is null) return;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var position = 0;
        await foreach (var value in row.ConfigureAwait(false))
        {
            var column = relation.Columns[position++].ColumnName;
            if (!value.IsDBNull && !value.IsUnchangedToastedValue && table.Names(column)) values[column] = await value.Get<string>().ConfigureAwait(false);
        }

        if (!table.HasKey(values))
        {
            if (maySkip) return;
            throw new PartitionServerException(
                source.Name, $"changed a row of '{relation.RelationName}' without telling its primary key",
                "The move is undone and nothing was lost; try again");
        }

        var entity = values.TryGetValue(table.KeyColumn, out var key) ? table.Entity(key) : default;
        lock (gate)
        {
            foreach (var stream in streams) stream.Note(relation.RelationName, entity, values, transaction);
        }
    }

    private sealed record Waiter(ChangeStream Stream, string Until)
    {
        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
