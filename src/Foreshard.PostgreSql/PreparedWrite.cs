using Foreshard.Partitions;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>An open transaction that waits for a decision elsewhere.</summary>
/// <param name="partition">Where; for messages.</param>
/// <param name="connection">Its own.</param>
/// <param name="transaction">The one that waits.</param>
/// <param name="last">
/// What runs as part of the commit; null: nothing. It may take what others wait for: while the decision is pending it would be held, too.
/// </param>
internal sealed class PreparedWrite(string partition, NpgsqlConnection connection, NpgsqlTransaction transaction, string? last) : IPreparedWrite
{
    private bool isDisposed;

    public async ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            if (last is not null) await connection.ExecuteAsync(last, CancellationToken.None).ConfigureAwait(false);
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (NpgsqlException exception)
        {
            throw PartitionServerException.From(exception, partition);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The driver uses transactions again, as it does connections: disposed of once more, this one would roll back what somebody else has begun.
        if (isDisposed) return;
        isDisposed = true;
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
