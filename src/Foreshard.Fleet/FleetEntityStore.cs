using System.Collections.Immutable;
using Foreshard.Etcd;
using Foreshard.Mapping;
using Foreshard.Partitions;
using Foreshard.PostgreSql;
using Foreshard.Schema;
using Foreshard.Sessions;

namespace Foreshard.Fleet;

/// <summary>Opens stores on a fleet: <c>EntityStore.OpenFleetAsync(options, schema)</c>.</summary>
public static class FleetEntityStore
{
    extension(EntityStore)
    {
        /// <summary>
        /// Opens a store whose partitions are databases on PostgreSQL servers and whose mapping table is on etcd. Any number of processes may have it open:
        /// each routes its own sessions, and one of them runs the autopilot.
        /// </summary>
        /// <remarks>
        /// A partition whose server is away keeps nobody from opening the store; sessions on it fail until it is back. What a process left that ended in
        /// the middle of an operation is finished or undone by the others within some seconds, at once where a session waits for it.
        /// </remarks>
        /// <param name="options">Where everything is.</param>
        /// <param name="schema">What the store holds; null: what it held when it was last opened with a schema.</param>
        /// <param name="cancellationToken">Gives up.</param>
        /// <exception cref="ArgumentException">The options can't be used; all that is wrong is named.</exception>
        /// <exception cref="MappingStoreException">There is no such store, or etcd can't be reached.</exception>
        /// <exception cref="PartitionServerException">No partition can be reached, or one that was to be made can't be.</exception>
        /// <exception cref="SchemaException">The tables break rules of the schema.</exception>
        public static async Task<EntityStore> OpenFleetAsync(
            FleetStoreOptions options, StoreSchema? schema = null, CancellationToken cancellationToken = default)
        {
            ArgumentNullException.ThrowIfNull(options);
            options.Check();
            options.IsShared = true;
            options.Name = options.Mapping.Store;
            var mapping = await OpenMappingAsync(options, cancellationToken).ConfigureAwait(false);
            try
            {
                var engine = new PostgresEngine(options.Partitions, options.TimeProvider, options.Mapping.Store, isPatient: true);
                return await EntityStore.OpenAsync(schema, mapping, engine, options, isReadOnly: false, null, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                await mapping.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    private static async Task<EtcdMappingStore> OpenMappingAsync(FleetStoreOptions options, CancellationToken cancellationToken)
    {
        if (options.Create && !await EtcdMappingStore.ExistsAsync(options.Mapping, options.TimeProvider, cancellationToken).ConfigureAwait(false))
        {
            ImmutableArray<PartitionInfo> partitions =
                [.. options.InitialPartitions.Select((one, index) => one.Settings.ToInfo(new PartitionId(index + 1), one.Name))];
            foreach (var one in options.InitialPartitions) PartitionSettings.CheckName(one.Name);
            await MakePartitionsAsync(options, partitions, cancellationToken).ConfigureAwait(false);
            try
            {
                return await EtcdMappingStore.CreateAsync(options.Mapping, options.Buckets, partitions, options.TimeProvider, cancellationToken)
                    .ConfigureAwait(false);
            }
            catch (MappingStoreException) when (!cancellationToken.IsCancellationRequested)
            {
                // Another process may have made the same one at the same time.
                if (!await EtcdMappingStore.ExistsAsync(options.Mapping, options.TimeProvider, cancellationToken).ConfigureAwait(false)) throw;
            }
        }

        return await EtcdMappingStore.OpenAsync(options.Mapping, options.TimeProvider, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The partitions first, the mapping table last: without it there is no store, whatever else is there.</summary>
    private static async Task MakePartitionsAsync(
        FleetStoreOptions options, ImmutableArray<PartitionInfo> partitions, CancellationToken cancellationToken)
    {
        var snapshot = MappingSnapshot.Create(options.Buckets, partitions);
        var engine = new PostgresEngine(options.Partitions, options.TimeProvider, options.Mapping.Store);
        await using (engine.ConfigureAwait(false))
        {
            foreach (var info in partitions)
            {
                var owned = Enumerable.Range(0, options.Buckets).Select(bucket => snapshot.PlacementOf(new UnitId(bucket)))
                    .Where(bucket => bucket.Partition == info.Id);
                await engine.CreateAsync(info.Id, info.Name, info.Location, cancellationToken).ConfigureAwait(false);
                var partition = await engine.OpenAsync(info.Id, info.Name, info.Location, cancellationToken).ConfigureAwait(false);
                await using (partition.ConfigureAwait(false))
                {
                    if (info.HasWriteLog) await ((IWriteLog)partition).CheckWriteLogAsync(cancellationToken).ConfigureAwait(false);
                    await partition.AdoptAsync([.. owned], cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }
}
