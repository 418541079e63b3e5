using Foreshard.Partitions;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

/// <summary>A transaction that only waits for the decision elsewhere; keeps the right to write until then.</summary>
internal sealed class PreparedWrite(SqlitePartition partition, SqliteTransaction transaction, params IDisposable[] resources) : IPreparedWrite
{
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
        transaction.Dispose();
        foreach (var resource in resources) resource.Dispose();
        return ValueTask.CompletedTask;
    }
}
