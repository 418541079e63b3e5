using System.Collections.Immutable;
using Foreshard.Etcd;
using Foreshard.Mapping;
using Foreshard.Moving;
using Foreshard.Partitions;
using Foreshard.PostgreSql;
using Npgsql;

namespace Foreshard.Cli.Fleets;

/// <summary>A fleet's mapping table as a file, and back; and made anew when it was lost.</summary>
/// <param name="address">The fleet.</param>
/// <param name="time">Clock.</param>
internal sealed class FleetMapping(FleetAddress address, TimeProvider time)
{
    /// <summary>Writes all of the table as of one version.</summary>
    /// <exception cref="MappingStoreException">There is no store of that name, or it can't be read.</exception>
    /// <exception cref="IOException">The file is there already, or can't be written.</exception>
    public static async Task<MappingContents> ExportAsync(FleetAddress address, string file, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var store = await address.OpenMappingAsync(time, cancellationToken);
        var contents = await store.ReadContentsAsync(cancellationToken);
        await MappingFile.SaveAsync(contents, file);
        return contents;
    }

    /// <summary>Makes the table of a store that has lost it.</summary>
    /// <exception cref="FormatException">The file is no export, or not a whole one.</exception>
    /// <exception cref="MappingStoreException">There is a store of that name, or etcd can't be written.</exception>
    public static async Task<MappingContents> ImportAsync(FleetAddress address, string file, TimeProvider time, CancellationToken cancellationToken)
    {
        var contents = MappingFile.Load(file);
        await (await EtcdMappingStore.CreateAsync(address.EtcdOptions, contents, time, cancellationToken)).DisposeAsync();
        return contents;
    }

    /// <summary>Makes the table anew, of what all partitions say of their units and of an export.</summary>
    /// <param name="export">The last export; null: none.</param>
    /// <param name="buckets">How many buckets the store has.</param>
    /// <param name="isDryRun">Whether only to say what would be made.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentException">The store has a table.</exception>
    /// <exception cref="PartitionServerException">A partition can't be read: what it holds may be the newest.</exception>
    /// <exception cref="UsageException">Nobody says which partitions there are.</exception>
    public async Task<RebuiltMapping> RebuildAsync(MappingContents? export, int buckets, bool isDryRun, CancellationToken cancellationToken)
    {
        if (await EtcdMappingStore.ExistsAsync(address.EtcdOptions, time, cancellationToken))
        {
            throw new ArgumentException($"The store '{address.Name}' has its mapping table. A rebuilding is for one that has lost it. Nothing was changed: "
                + "if the "
                + $"table must go, export it, then 'etcdctl del --prefix /foreshard/{address.Store}/'.");
        }

        var partitions = await PartitionsAsync(export, cancellationToken);
        if (partitions.Length == 0)
            throw new UsageException("Neither an export nor the fleet's file lists partitions: name all of them in its section \"fleet\".");
        var held = new List<HeldUnit>();
        await using var engine = new PostgresEngine(address.PostgresOptions, time, address.Store);
        foreach (var info in partitions.Where(partition => partition.State != PartitionState.Removed))
        {
            await using var partition = await engine.OpenAsync(info.Id, info.Name, info.Location, cancellationToken);
            held.AddRange((await partition.ReadOwnersAsync(cancellationToken)).Select(row => HeldOf(info.Id, row)));
        }

        var rebuilt = new MappingRebuild(buckets, partitions, export, KeepsRecord).From(held);
        if (rebuilt.Contents is { } contents && !isDryRun)
            await (await EtcdMappingStore.CreateAsync(address.EtcdOptions, contents, time, cancellationToken)).DisposeAsync();
        return rebuilt;
    }

    /// <summary>Operations and what they held mean nothing any more; what was declared, applied, announced and decided does.</summary>
    private static bool KeepsRecord(string key) =>
        !key.StartsWith(OperationLog.Prefix, StringComparison.Ordinal) && !key.StartsWith(OperationLog.LockPrefix, StringComparison.Ordinal);

    private static HeldUnit HeldOf(PartitionId partition, OwnerRow row) => new(
        new Placement(row.Unit, partition, row.Epoch),
        row.State switch
        {
            OwnerState.Active => HeldState.Active,
            OwnerState.Frozen => HeldState.Frozen,
            OwnerState.Moved => HeldState.Moved,
            _ => HeldState.Incoming,
        },
        row.Successor,
        row.Operation);

    /// <summary>Those of the export, and those of the settings that it doesn't know. Where one is, the settings know better.</summary>
    private async Task<ImmutableArray<PartitionInfo>> PartitionsAsync(MappingContents? export, CancellationToken cancellationToken)
    {
        var all = new SortedDictionary<PartitionId, PartitionInfo>();
        foreach (var known in export?.Table.Partitions ?? []) all[known.Id] = known;
        foreach (var (name, settings) in address.StoreOptions.InitialPartitions.Select(one => (one.Name, one.Settings)))
        {
            if (await IdAtAsync(name, settings.Location, cancellationToken) is not { } id) continue;
            all[id] = all.TryGetValue(id, out var known) ? known with { Location = settings.Location } : settings.ToInfo(id, name);
        }

        return [.. all.Values];
    }

    /// <summary>Which partition of the store a database is; null: none.</summary>
    private async Task<PartitionId?> IdAtAsync(string name, string location, CancellationToken cancellationToken)
    {
        await using var server = PartitionServer.At(location, name, address.PostgresOptions, id: null);
        try
        {
            await using var connection = await server.Own.OpenConnectionAsync(cancellationToken);
            if (await connection.ScalarAsync("SELECT to_regclass('foreshard.partition')::text", cancellationToken) is null) return null;
            var id = await connection.ScalarAsync($"SELECT id FROM foreshard.partition WHERE store IN ('', {Sql.Text(address.Store)})", cancellationToken);
            return id is int number ? new PartitionId(number) : null;
        }
        catch (NpgsqlException exception)
        {
            throw PartitionServerException.From(exception, name);
        }
    }
}
