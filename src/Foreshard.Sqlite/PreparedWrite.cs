using Foreshard.Partitions;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

/// <summary>A transaction that only waits for the decision elsewhere; keeps the right to write until then.</summary>
internal sealed class PreparedWrite(SqlitePartition partition, SqliteTransaction transaction, params IDisposable[] resources) : IPreparedWrite
{
    private bool isDisposed;

    public ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        try
        {
            transaction.Commit();
            return ValueTask.CompletedTask;
        }
        catch (SqliteException exception)
        {
            throw PartitionFileException.From(exception, partition.Name, partition.Files.Path, "written");
        }
    }

    public ValueTask DisposeAsync()
    {
        // Others may have what it gave back: the right to write, and a connection.
        if (isDisposed) return ValueTask.CompletedTask;
        isDisposed = true;
        transaction.Dispose();
        foreach (var resource in resources) resource.Dispose();
        return ValueTask.CompletedTask;
    }
}
