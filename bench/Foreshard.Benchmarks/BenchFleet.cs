using System.Globalization;
using Foreshard.Etcd;
using Foreshard.Fleet;
using Foreshard.Servers;
using Foreshard.Sessions;
using Npgsql;

namespace Foreshard.Benchmarks;

/// <summary>
/// The tables of <see cref="BenchStore"/> on servers of this program's own: one PostgreSQL server per partition, which syncs its commits, and one etcd node.
/// </summary>
internal sealed class BenchFleet : IAsyncDisposable
{
    /// <summary>Of every pool, the store's and the bare driver's, so that both prepare what they send again and again.</summary>
    private const string Driver = ";Max Auto Prepare=50;Auto Prepare Min Usages=2;Maximum Pool Size=40";

    private static readonly string[] Settings =
    [
        "shared_buffers=256MB", "max_wal_size=4GB", "checkpoint_timeout=30min", "autovacuum_naptime=1min", "max_replication_slots=20", "max_wal_senders=20",
    ];

    private readonly List<PostgresServer> servers = [];
    private EtcdServer? etcd;
    private FleetStoreOptions? options;

    public IReadOnlyList<PostgresServer> Servers => servers;

    public EntityStore Store { get; private set; } = null!;

    public static async Task<BenchFleet> StartAsync(int partitions, Action<FleetStoreOptions>? configure = null)
    {
        var fleet = new BenchFleet();
        try
        {
            for (var i = 0; i < partitions; i++) fleet.servers.Add(await PostgresServer.StartAsync(isSynced: true, Settings));
            fleet.etcd = await EtcdServer.StartAsync();
            fleet.options = new FleetStoreOptions
            {
                Mapping = new EtcdOptions { Endpoints = [fleet.etcd.Endpoint] },
                Create = true,
                InitialPartitions = [.. fleet.servers.Select((_, i) => new NewPartition(
                    string.Create(CultureInfo.InvariantCulture, $"p{i + 1}"), new PartitionSettings { Location = fleet.LocationOf(i) }))],
            };
            configure?.Invoke(fleet.options);
            await fleet.OpenAsync();
            await fleet.Store.ApplySchemaAsync(1, BenchStore.Ddl);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    public async Task OpenAsync() => Store = await EntityStore.OpenFleetAsync(options!, BenchStore.Schema);

    public Task CloseAsync() => Store.DisposeAsync().AsTask();

    public string LocationOf(int partition) => servers[partition].ConnectionString("postgres") + Driver;

    /// <summary>A database with the same tables, without Foreshard, on a partition's server.</summary>
    public async Task<string> CreateBareAsync(int partition, string name)
    {
        await PostgresDatabases.ExecuteAsync(LocationOf(partition), $"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        await PostgresDatabases.ExecuteAsync(LocationOf(partition), $"CREATE DATABASE {name}");
        var location = servers[partition].ConnectionString(name) + Driver;
        await PostgresDatabases.ExecuteAsync(location, BenchStore.Ddl);
        return location;
    }

    public async ValueTask DisposeAsync()
    {
        if (Store is not null) await Store.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        etcd?.Dispose();
        foreach (var server in servers) await server.DisposeAsync();
    }
}
