using Foreshard.Partitions;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>Partitions as databases on PostgreSQL servers. A location is a connection string without a password.</summary>
/// <param name="options">Users and passwords.</param>
/// <param name="time">Clock for waits; null: the system's.</param>
/// <param name="store">Name of the store that new partitions belong to.</param>
/// <param name="isPatient">Whether a partition may be opened while its server is away; whoever uses it is told then.</param>
internal sealed class PostgresEngine(PostgresOptions options, TimeProvider? time = null, string store = "", bool isPatient = false) : IPartitionEngine
{
    private readonly TimeProvider time = time ?? TimeProvider.System;

    public async ValueTask CreateAsync(PartitionId id, string name, string location, CancellationToken cancellationToken)
    {
        var server = PartitionServer.At(location, name, options, id: null);
        await using (server.ConfigureAwait(false))
        {
            try
            {
                await PartitionInstall.RunAsync(server, id, name, store, options, cancellationToken).ConfigureAwait(false);
            }
            catch (NpgsqlException exception)
            {
                throw PartitionServerException.From(exception, name);
            }
        }
    }

    public async ValueTask<IPartition> OpenAsync(PartitionId id, string name, string location, CancellationToken cancellationToken)
    {
        var partition = new PostgresPartition(id, name, PartitionServer.At(location, name, options, id), options, time);
        try
        {
            if (!isPatient) await partition.ProbeAsync(cancellationToken).ConfigureAwait(false);
            return partition;
        }
        catch
        {
            await partition.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public IUnitTransfer Transfer(IPartition source, IPartition target, TransferOrder order) =>
        new PostgresTransfer((PostgresPartition)source, (PostgresPartition)target, order);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
