using System.Collections.Immutable;
using Foreshard.Etcd;
using Foreshard.Mapping;
using Foreshard.PostgreSql;
using Foreshard.Schema;
using Foreshard.Sessions;

namespace Foreshard.Cli.Fleets;

/// <summary>Opens and makes stores on a fleet.</summary>
internal static class FleetStore
{
    public static async Task<EntityStore> OpenAsync(FleetStoreOptions options, StoreSchema? schema, CancellationToken cancellationToken)
    {
        var mapping = options.Create
            ? await CreateAsync(options, cancellationToken)
            : await EtcdMappingStore.OpenAsync(options.Mapping, options.TimeProvider, cancellationToken);
        try
        {
            return await EntityStore.OpenAsync(
                schema, mapping, new PostgresEngine(options.Partitions), options, options.ReadOnly, ownership: null, cancellationToken);
        }
        catch
        {
            await mapping.DisposeAsync();
            throw;
        }
    }

    /// <summary>The partitions first, the mapping table last: without it there is no store.</summary>
    private static async Task<EtcdMappingStore> CreateAsync(FleetStoreOptions options, CancellationToken cancellationToken)
    {
        ImmutableArray<PartitionInfo> partitions =
            [.. options.InitialPartitions.Select((partition, index) => partition.Settings.ToInfo(new PartitionId(index + 1), partition.Name))];
        var snapshot = MappingSnapshot.Create(options.Buckets, partitions);
        await using var engine = new PostgresEngine(options.Partitions);
        foreach (var info in partitions)
        {
            await engine.CreateAsync(info.Id, info.Name, info.Location, cancellationToken);
            await using var partition = await engine.OpenAsync(info.Id, info.Name, info.Location, cancellationToken);
            var owned = Enumerable.Range(0, options.Buckets)
                .Select(bucket => snapshot.PlacementOf(new UnitId(bucket)))
                .Where(bucket => bucket.Partition == info.Id);
            await partition.AdoptAsync([.. owned], cancellationToken);
        }

        return await EtcdMappingStore.CreateAsync(options.Mapping, options.Buckets, partitions, options.TimeProvider, cancellationToken);
    }
}
