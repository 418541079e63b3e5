using Foreshard.Partitions;
using Npgsql;

namespace Foreshard.PostgreSql;

internal sealed partial class PostgresPartition : IPilotPartition
{
    /// <summary>Questions of one measuring: enough that one of them is not held up, few enough that nobody notices.</summary>
    private const int RoundTripsAsked = 5;

    public ValueTask<TimeSpan> MeasureRoundTripAsync(CancellationToken cancellationToken) => OnAsync(
        server.Sessions,
        async (connection, stop) =>
        {
            var fastest = TimeSpan.MaxValue;
            for (var asked = 0; asked < RoundTripsAsked; asked++)
            {
                var begun = time.GetTimestamp();
                await connection.ScalarAsync("SELECT 1", stop).ConfigureAwait(false);
                var taken = time.GetElapsedTime(begun);
                if (taken < fastest) fastest = taken;
            }

            return fastest;
        },
        cancellationToken);

    public async ValueTask PostBatchAsync(ReadOnlyMemory<byte> batch, CancellationToken cancellationToken) => await OnAsync(
        server.Sessions,
        async (connection, stop) =>
        {
            using var command = new NpgsqlCommand("SELECT foreshard.post_batch($1)", connection);
            command.Parameters.Add(new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = batch });
            return await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
        },
        cancellationToken).ConfigureAwait(false);

    public ValueTask<IReadOnlyList<byte[]>> TakeBatchesAsync(CancellationToken cancellationToken) => AdministerAsync(
        async (connection, stop) => (IReadOnlyList<byte[]>)await connection.RowsAsync(
            "WITH taken AS (DELETE FROM foreshard.access_batch RETURNING number, data) SELECT data FROM taken ORDER BY number",
            row => row.GetFieldValue<byte[]>(0),
            stop).ConfigureAwait(false),
        cancellationToken);

    public ValueTask<(DateTimeOffset At, byte[] Data)?> ReadSavedAsync(string name, CancellationToken cancellationToken) => ReadAsync(
        async (connection, stop) =>
        {
            using var command = new NpgsqlCommand("SELECT saved_at, data FROM foreshard.saved WHERE name = $1", connection);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
            using var reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
            return await reader.ReadAsync(stop).ConfigureAwait(false)
                ? ((DateTimeOffset At, byte[] Data)?)(reader.GetFieldValue<DateTimeOffset>(0), reader.GetFieldValue<byte[]>(1))
                : null;
        },
        cancellationToken);

    public async ValueTask WriteSavedAsync(string name, DateTimeOffset at, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        await AdministerAsync(
            async (connection, stop) =>
            {
                using var command = new NpgsqlCommand(
                    "INSERT INTO foreshard.saved (name, saved_at, data) VALUES ($1, $2, $3) "
                    + "ON CONFLICT (name) DO UPDATE SET saved_at = excluded.saved_at, data = excluded.data",
                    connection);
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
                command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = at.ToUniversalTime() });
                command.Parameters.Add(new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = data });
                return await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
}
