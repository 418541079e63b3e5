using System.Data;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>A connection of Foreshard's own that sees one moment of a partition.</summary>
internal sealed class Snapshot : IAsyncDisposable
{
    private readonly NpgsqlTransaction transaction;

    private Snapshot(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        Connection = connection;
        this.transaction = transaction;
    }

    public NpgsqlConnection Connection { get; }

    /// <param name="partition">Whose.</param>
    /// <param name="exported">The moment that somebody else has exported; null: now.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async ValueTask<Snapshot> TakeAsync(PostgresPartition partition, string? exported, CancellationToken cancellationToken)
    {
        var connection = await partition.OpenOwnAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
            await connection.ExecuteAsync(exported is null ? "SELECT 1" : $"SET TRANSACTION SNAPSHOT {Sql.Text(exported)}", cancellationToken)
                .ConfigureAwait(false);
            return new Snapshot(connection, transaction);
        }
        catch (Exception exception)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (exception is NpgsqlException failure) throw PartitionServerException.From(failure, partition.Name);
            throw;
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
            // The connection broke; it was reading only.
        }
        finally
        {
            await Connection.DisposeAsync().ConfigureAwait(false);
        }
    }
}
