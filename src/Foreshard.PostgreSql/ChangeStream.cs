using System.Globalization;
using Foreshard.Partitions;
using Foreshard.Schema;
using Npgsql;
using Npgsql.Replication;
using Npgsql.Replication.PgOutput;
using Npgsql.Replication.PgOutput.Messages;

namespace Foreshard.PostgreSql;

/// <summary>Notes the primary keys of the rows that change on the source, whoever changes them, from the server's own log.</summary>
/// <remarks>
/// Keys only: whoever applies them reads the rows as they are then, so neither the order of changes matters nor what the log leaves out
/// of them. The slot ends with its connection, so a mover that died leaves none behind; a move that lost it begins again.
/// Not safe for concurrent use.
/// </remarks>
internal sealed class ChangeStream : IAsyncDisposable
{
    private readonly PostgresPartition source;
    private readonly LogicalReplicationConnection connection;
    private readonly string name;
    private readonly Dictionary<string, TableLayout> tables;
    private readonly CancellationTokenSource ending = new();
    private PgOutputReplicationSlot? slot;
    private IAsyncEnumerator<PgOutputReplicationMessage>? messages;
    private readonly HashSet<uint> transactions = [];
    private uint transaction;
    private int marks;

    private ChangeStream(PostgresPartition source, LogicalReplicationConnection connection, string name, IEnumerable<TableLayout> tables)
    {
        this.source = source;
        this.connection = connection;
        this.name = name;
        this.tables = tables.ToDictionary(table => table.Name, StringComparer.Ordinal);
        Pending = this.tables.Values.ToDictionary(table => table, _ => new HashSet<string>(StringComparer.Ordinal));
    }

    /// <summary>The snapshot that holds all that the stream does not bring; there until the stream is first read.</summary>
    public string Snapshot => slot!.SnapshotName!;

    /// <summary>Keys noted and not taken, as lists of values in parentheses.</summary>
    public Dictionary<TableLayout, HashSet<string>> Pending { get; }

    /// <summary>Changes noted since the pending keys were last taken; several of one key count each.</summary>
    public long Changes { get; private set; }

    /// <summary>The transactions, by their numbers, whose changes were noted since the pending keys were last taken.</summary>
    public IReadOnlyCollection<uint> Transactions => transactions;

    /// <summary>Publications of an operation begin so; the attempt follows.</summary>
    public static string Prefix(long operation) => string.Create(CultureInfo.InvariantCulture, $"foreshard_{operation}_");

    public static async ValueTask<ChangeStream> OpenAsync(
        PostgresPartition source, Ticket ticket, UnitRows rows, IReadOnlyList<TableLayout> tables, CancellationToken cancellationToken)
    {
        var name = Prefix(ticket.Operation) + ticket.Attempt.ToString(CultureInfo.InvariantCulture);
        await source.StepAsync(
            ticket,
            async (here, stop) =>
            {
                await DropAsync(here, ticket.Operation, stop).ConfigureAwait(false);
                var facts = await source.FactsAsync(here, stop).ConfigureAwait(false);

                // A filter on columns that are not in the replica identity would make the application's own statements fail.
                var byKey = rows is ShardRows shard ? shard with { Scope = ShardScope.Whole, WithCore = true } : rows;
                var published = tables.Select(table => facts.NameOf(table)
                    + (table.PrimaryKey.Contains(table.KeyColumn) ? $" WHERE ({RowPredicate.Instance.For(byKey, table)})" : ""));
                await here.ExecuteAsync($"CREATE PUBLICATION {Sql.Name(name)} FOR TABLE {string.Join(", ", published)}", stop).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        var stream = new ChangeStream(
            source,
            new LogicalReplicationConnection(await source.ConnectionStringAsync(PartitionTables.NameOf(ticket), cancellationToken).ConfigureAwait(false)),
            name,
            tables);
        try
        {
            await stream.BeginAsync(cancellationToken).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes away the publications of an operation, whichever attempt made them.</summary>
    public static async ValueTask DropAsync(NpgsqlConnection connection, long operation, CancellationToken cancellationToken)
    {
        var names = await connection.RowsAsync(
            $"SELECT pubname FROM pg_publication WHERE starts_with(pubname, '{Prefix(operation)}')", row => row.GetString(0), cancellationToken)
            .ConfigureAwait(false);
        foreach (var publication in names)
            await connection.ExecuteAsync($"DROP PUBLICATION IF EXISTS {Sql.Name(publication)}", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads on until everything is noted that was committed before the call.</summary>
    public async ValueTask ReadToNowAsync(CancellationToken cancellationToken)
    {
        var mark = string.Create(CultureInfo.InvariantCulture, $"{name}/{++marks}");
        await source.AskAsync(
            (here, stop) => here.ExecuteAsync($"SELECT pg_logical_emit_message(true, '{LogMessage.Mark}', {Sql.Text(mark)})", stop), cancellationToken)
            .ConfigureAwait(false);
        await ReadAsync(message => LogMessage.IsMarkAsync(message, mark), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads on until everything is noted that was committed before a transaction froze the unit.</summary>
    public ValueTask ReadToFreezeAsync(uint frozenBy, CancellationToken cancellationToken) => ReadAsync(
        message => ValueTask.FromResult(transaction == frozenBy && message is LogicalDecodingMessage { Prefix: LogMessage.Frozen }), cancellationToken);

    private async ValueTask ReadAsync(Func<PgOutputReplicationMessage, ValueTask<bool>> isEnd, CancellationToken cancellationToken)
    {
        using var stop = cancellationToken.UnsafeRegister(static ending => ((CancellationTokenSource)ending!).Cancel(), ending);
        try
        {
            messages ??= connection.StartReplication(
                slot!, new PgOutputReplicationOptions(name, PgOutputProtocolVersion.V1, binary: false, messages: true), ending.Token)
                .GetAsyncEnumerator(ending.Token);
            while (await messages.MoveNextAsync().ConfigureAwait(false))
            {
                if (await isEnd(messages.Current).ConfigureAwait(false)) return;
                await NoteAsync(messages.Current).ConfigureAwait(false);
            }
        }
        catch (NpgsqlException exception)
        {
            throw PartitionServerException.From(exception, source.Name);
        }

        throw new PartitionServerException(source.Name, "ended the stream of changes", "The move is undone and nothing was lost; try again");
    }

    /// <summary>What was noted has been applied, durably.</summary>
    public void Forget()
    {
        foreach (var keys in Pending.Values) keys.Clear();
        transactions.Clear();
        Changes = 0;
        connection.SetReplicationStatus(connection.LastReceivedLsn);
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync().ConfigureAwait(false);
        try
        {
            if (messages is not null) await messages.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException or ObjectDisposedException)
        {
            // It ends either way.
        }

        await connection.DisposeAsync().ConfigureAwait(false);
        ending.Dispose();
    }

    private async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(source.SlotPatience);
        try
        {
            await connection.Open(patience.Token).ConfigureAwait(false);

            // Slots have one name in all databases of a server, and other stores count their operations, too.
            slot = await connection.CreatePgOutputReplicationSlot(
                string.Create(CultureInfo.InvariantCulture, $"{name}_{connection.ProcessID}"),
                temporarySlot: true,
                slotSnapshotInitMode: LogicalSlotSnapshotInitMode.Export,
                cancellationToken: patience.Token).ConfigureAwait(false);
        }
        catch (NpgsqlException exception)
        {
            throw PartitionServerException.From(exception, source.Name);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw await OpenTransactions.RefusalAsync(source, source.SlotPatience, "Nothing was moved. End them, or move at a quieter time")
                .ConfigureAwait(false);
        }
    }

    private async ValueTask NoteAsync(PgOutputReplicationMessage message)
    {
        switch (message)
        {
            case BeginMessage begin:
                transaction = begin.TransactionXid;
                break;
            case InsertMessage insert:
                await NoteAsync(insert.Relation, insert.NewRow).ConfigureAwait(false);
                break;
            case IndexUpdateMessage update:
                await NoteAsync(update.Relation, update.Key).ConfigureAwait(false);
                await NoteAsync(update.Relation, update.NewRow).ConfigureAwait(false);
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

    private async ValueTask NoteAsync(RelationMessage relation, ReplicationTuple row)
    {
        var table = tables[relation.RelationName];
        var key = new string?[table.PrimaryKey.Length];
        var position = 0;
        await foreach (var value in row.ConfigureAwait(false))
        {
            var place = table.PrimaryKey.IndexOf(relation.Columns[position++].ColumnName);
            if (place >= 0) key[place] = await value.Get<string>().ConfigureAwait(false);
        }

        Changes++;
        transactions.Add(transaction);
        Pending[table].Add($"({string.Join(", ", key.Select(value => Sql.Text(value!)))})");
    }
}
