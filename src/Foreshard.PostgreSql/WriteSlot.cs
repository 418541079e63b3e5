using Npgsql;
using NpgsqlTypes;

namespace Foreshard.PostgreSql;

/// <summary>The slot of a partition's write log, as the server has it.</summary>
/// <param name="Name">Slots have one name in all databases of a server, so it has the database's number in it.</param>
/// <param name="Exists">Whether there is one.</param>
/// <param name="IsLost">Whether the server has removed log that it had not read.</param>
/// <param name="LagBytes">Log that the server keeps for it.</param>
/// <param name="WasRead">Whether somebody has begun to read.</param>
/// <param name="ReadTo">Up to where.</param>
/// <param name="IsMarked">Whether sessions say in the log who they are.</param>
/// <param name="NowUtc">The server's clock.</param>
internal sealed record WriteSlot(
    string Name, bool Exists, bool IsLost, long LagBytes, bool WasRead, NpgsqlLogSequenceNumber ReadTo, bool IsMarked, DateTime NowUtc)
{
    private const string Query =
        "SELECT 'foreshard_writes_' || d.oid, s.slot_name IS NOT NULL, coalesce(s.wal_status = 'lost', false), "
        + "coalesce(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), s.restart_lsn), 0)::bigint, w.read_to IS NOT NULL, "
        + "coalesce(w.read_to, s.confirmed_flush_lsn, '0/0'), p.marks_writes, clock_timestamp() "
        + "FROM pg_database d CROSS JOIN foreshard.partition p LEFT JOIN foreshard.write_log w ON true "
        + "LEFT JOIN pg_replication_slots s ON s.slot_name = 'foreshard_writes_' || d.oid WHERE d.datname = current_database()";

    /// <summary>How long it may take a server to notice that a reader has gone.</summary>
    private static readonly TimeSpan ReleasePatience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan ReleasePause = TimeSpan.FromMilliseconds(20);

    public static async ValueTask<WriteSlot> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var rows = await connection.RowsAsync(
            Query,
            row => new WriteSlot(
                row.GetString(0), row.GetBoolean(1), row.GetBoolean(2), row.GetInt64(3), row.GetBoolean(4),
                row.GetFieldValue<NpgsqlLogSequenceNumber>(5), row.GetBoolean(6), row.GetDateTime(7).ToUniversalTime()),
            cancellationToken).ConfigureAwait(false);
        return rows[0];
    }

    /// <returns>The position from which on it has everything.</returns>
    /// <exception cref="PartitionServerException">Transactions that wrote before stayed open for longer than <paramref name="limit"/>.</exception>
    public static async ValueTask<string> CreateAsync(PostgresPartition partition, string name, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(limit);
        try
        {
            return (string)(await partition.ReadAsync(
                (here, stop) => here.ScalarAsync($"SELECT lsn::text FROM pg_create_logical_replication_slot('{name}', 'pgoutput')", stop), patience.Token)
                .ConfigureAwait(false))!;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw await OpenTransactions.RefusalAsync(
                partition, limit, "The write log has not begun; it is tried again. End them if they don't end by themselves").ConfigureAwait(false);
        }
    }

    public static async ValueTask DropAsync(PostgresPartition partition, string name, CancellationToken cancellationToken) =>
        await FreedAsync(
            () => partition.ReadAsync((here, stop) => here.ExecuteAsync($"SELECT pg_drop_replication_slot('{name}')", stop), cancellationToken),
            cancellationToken).ConfigureAwait(false);

    /// <summary>A server lets go of a slot some time after its reader has gone.</summary>
    public static async ValueTask<T> FreedAsync<T>(Func<ValueTask<T>> use, CancellationToken cancellationToken)
    {
        for (var waited = TimeSpan.Zero; ; waited += ReleasePause)
        {
            try
            {
                return await use().ConfigureAwait(false);
            }
            catch (PartitionServerException exception) when (exception.SqlState == PostgresErrorCodes.ObjectInUse && waited < ReleasePatience)
            {
                await Task.Delay(ReleasePause, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
