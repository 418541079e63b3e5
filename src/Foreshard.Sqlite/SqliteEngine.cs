using Foreshard.Partitions;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

/// <summary>Partitions as SQLite files in one folder.</summary>
internal sealed class SqliteEngine(string folder, SqliteOptions options) : IPartitionEngine
{
    public ValueTask CreateAsync(PartitionId id, string name, string location, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        SqlitePartition.Create(id, FilesOf(name, location));
        return ValueTask.CompletedTask;
    }

    public ValueTask<IPartition> OpenAsync(PartitionId id, string name, string location, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<IPartition>(SqlitePartition.Open(id, FilesOf(name, location), options));
    }

    public IUnitTransfer Transfer(IPartition source, IPartition target, TransferOrder order) =>
        new SqliteTransfer((SqlitePartition)source, (SqlitePartition)target, order, options.TimeProvider);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private PartitionFiles FilesOf(string name, string location) => new(
        Path.Combine(folder, location), name, options.IsReadOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWrite, options.IsFullSync);
}
