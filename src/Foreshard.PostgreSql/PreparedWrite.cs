using Foreshard.Partitions;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>An open transaction that waits for a decision elsewhere.</summary>
internal sealed class PreparedWrite(string partition, NpgsqlConnection connection, NpgsqlTransaction transaction) : IPreparedWrite
{
    public async ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (NpgsqlException exception)
        {
            throw PartitionServerException.From(exception, partition);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await transaction.DisposeAsync().ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            // The connection broke, so the server has rolled back.
        }
        finally
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }
}
