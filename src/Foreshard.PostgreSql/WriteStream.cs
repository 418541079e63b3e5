using Npgsql;
using Npgsql.Replication;
using Npgsql.Replication.PgOutput;
using Npgsql.Replication.PgOutput.Messages;
using NpgsqlTypes;

namespace Foreshard.PostgreSql;

/// <summary>One reading of a partition's write log, over a connection of its own.</summary>
internal static class WriteStream
{
    private const string ApplicationName = "foreshard write log";

    /// <summary>Counts all that was committed before the call and after a position.</summary>
    /// <returns>The position up to which it was read.</returns>
    public static ValueTask<NpgsqlLogSequenceNumber> ReadAsync(
        PostgresPartition partition, string slot, NpgsqlLogSequenceNumber from, WriteCount count, CancellationToken cancellationToken) =>
        WriteSlot.FreedAsync(
            async () =>
            {
                var connection = new LogicalReplicationConnection(
                    await partition.ConnectionStringAsync(ApplicationName, cancellationToken).ConfigureAwait(false));
                await using (connection.ConfigureAwait(false))
                {
                    try
                    {
                        await connection.Open(cancellationToken).ConfigureAwait(false);
                        return await ReadAsync(partition, connection, slot, from, count, cancellationToken).ConfigureAwait(false);
                    }
                    catch (NpgsqlException exception)
                    {
                        throw PartitionServerException.From(exception, partition.Name);
                    }
                }
            },
            cancellationToken);

    private static async ValueTask<NpgsqlLogSequenceNumber> ReadAsync(
        PostgresPartition partition,
        LogicalReplicationConnection connection,
        string slot,
        NpgsqlLogSequenceNumber from,
        WriteCount count,
        CancellationToken cancellationToken)
    {
        var mark = Guid.CreateVersion7().ToString("N");
        await partition.ReadAsync(
            (here, stop) => here.ExecuteAsync($"SELECT pg_logical_emit_message(true, '{LogMessage.Mark}', '{mark}')", stop), cancellationToken)
            .ConfigureAwait(false);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var options = new PgOutputReplicationOptions(WritePublication.Name, PgOutputProtocolVersion.V1, binary: false, messages: true);
        var messages = connection.StartReplication(new PgOutputReplicationSlot(slot), options, ending.Token, from).GetAsyncEnumerator(ending.Token);
        var isLast = false;
        try
        {
            while (await messages.MoveNextAsync().ConfigureAwait(false))
            {
                var message = messages.Current;
                if (await LogMessage.IsMarkAsync(message, mark).ConfigureAwait(false)) isLast = true;
                else await count.TakeAsync(message).ConfigureAwait(false);
                if (!isLast || message is not CommitMessage commit) continue;

                // What was taken before lets the server remove log; what is read now isn't taken yet.
                connection.SetReplicationStatus(from);
                await connection.SendStatusUpdate(cancellationToken).ConfigureAwait(false);
                return commit.TransactionEndLsn;
            }
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await EndAsync(messages).ConfigureAwait(false);
        }

        throw new PartitionServerException(partition.Name, "ended the stream of its log", "Nothing was lost; the next reading begins at the same place");
    }

    private static async ValueTask EndAsync(IAsyncEnumerator<PgOutputReplicationMessage> messages)
    {
        try
        {
            await messages.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException or ObjectDisposedException)
        {
            // It ends either way.
        }
    }
}
