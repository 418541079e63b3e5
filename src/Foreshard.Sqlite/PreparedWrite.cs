using Foreshard.Partitions;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

/// <summary>Rows written to a partition inside a transaction that is open still.</summary>
/// <param name="connection">A connection of its own, closed at the end.</param>
/// <param name="transaction">Its transaction.</param>
/// <param name="turn">The right to write, given back at the end.</param>
internal sealed class PreparedWrite(IDisposable connection, SqliteTransaction transaction, IDisposable turn) : IPreparedWrite
{
    public ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        transaction.Commit();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        try
        {
            transaction.Dispose();
            connection.Dispose();
        }
        finally
        {
            turn.Dispose();
        }

        return ValueTask.CompletedTask;
    }
}
