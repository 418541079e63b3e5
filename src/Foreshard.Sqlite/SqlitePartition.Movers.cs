using System.Collections.Concurrent;
using Foreshard.Schema;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

internal sealed partial class SqlitePartition
{
    /// <summary>Connections that carry units here, by the partition that they come from: opening one costs more than a small move.</summary>
    private readonly ConcurrentDictionary<PartitionId, ConcurrentBag<SqliteConnection>> movers = new();

    /// <summary>Of each file on a mover's connection: a copy of a million rows is a seventh faster than with a session's cache (measured).</summary>
    private const int CacheKibibytes = 32 * 1024;

    internal StoreLayout CurrentLayout => layout.Layout;

    internal SqliteConnection RentMover(SqlitePartition source)
    {
        if (movers.TryGetValue(source.Id, out var idle) && idle.TryTake(out var connection)) return connection;
        connection = OpenMaintenance();
        try
        {
            PartitionFiles.Execute(
                connection,
                $"ATTACH DATABASE {Sql.Text(source.Files.Uri + "?mode=ro")} AS src; "
                + $"PRAGMA main.cache_size = -{CacheKibibytes}; PRAGMA src.cache_size = -{CacheKibibytes}; PRAGMA temp.cache_size = -{CacheKibibytes}");
            return connection;
        }
        catch (SqliteException exception)
        {
            connection.Dispose();
            throw PartitionFileException.From(exception, source.Name, source.Files.Path, "read");
        }
    }

    internal void ReturnMover(SqlitePartition source, SqliteConnection connection)
    {
        if (isDisposed || Native.TransactionState(connection.Handle!.DangerousGetHandle(), 0) != 0) connection.Dispose();
        else movers.GetOrAdd(source.Id, static _ => []).Add(connection);
    }

    /// <summary>A connection of its own on which neither triggers nor foreign keys act.</summary>
    internal SqliteConnection OpenMaintenance() => OpenAdmin();

    private void DisposeMovers()
    {
        foreach (var connection in movers.Values.SelectMany(bag => bag)) connection.Dispose();
    }
}
