using System.Globalization;
using Etcdserverpb;
using Foreshard.Cli.Output;
using Foreshard.Cli.Servers;
using Foreshard.Etcd;
using Foreshard.Fleet;
using Foreshard.Mapping;
using Foreshard.PostgreSql;
using Foreshard.Sessions;
using Google.Protobuf;
using Npgsql;

namespace Foreshard.Cli.Demo;

/// <summary>The demo's stores on a local fleet: each partition a database on one of its servers, each mapping table a store of etcd.</summary>
/// <remarks>Disposing stops a fleet that was started for the demo and deletes it; on one that ran already it takes away what the demo put there.</remarks>
internal sealed class DemoServers : IDemoGround, IAsyncDisposable
{
    private const string Base = "base";

    private static readonly string[] Stores = [Base, .. Enum.GetValues<DemoPolicy>().Select(Words.Of)];

    private readonly LocalFleet fleet;
    private readonly ServerWatch? watch;
    private readonly Action<LocalServer, string> progress;
    private readonly TimeProvider time;

    private DemoServers(LocalFleet fleet, ServerWatch? watch, Action<LocalServer, string> progress, TimeProvider time)
    {
        this.fleet = fleet;
        this.watch = watch;
        this.progress = progress;
        this.time = time;
    }

    public bool IsFleet => true;

    public string Where => $" (databases on {Words.Count(fleet.Partitions.Count, "PostgreSQL server")}, with the mapping table on "
        + $"{Words.Count(fleet.Etcd.Count, "node")} of etcd)";

    /// <summary>Starts a fleet in a new folder.</summary>
    /// <exception cref="LocalServerException">The servers' programs aren't installed, or one doesn't start.</exception>
    public static async Task<DemoServers> StartAsync(
        string folder, Action<LocalServer, string> progress, TimeProvider time, CancellationToken cancellationToken)
    {
        var fleet = LocalFleet.Plan(folder, null, time);
        var watch = new ServerWatch(folder);
        try
        {
            await fleet.StartAsync(progress, cancellationToken);
            return new DemoServers(fleet, watch, progress, time);
        }
        catch
        {
            await watch.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes a fleet that runs.</summary>
    /// <exception cref="LocalServerException">There is none in the folder, or not all of it runs.</exception>
    public static async Task<DemoServers> OnAsync(
        string folder, Action<LocalServer, string> progress, TimeProvider time, CancellationToken cancellationToken)
    {
        var fleet = LocalFleet.Of(folder, time);
        if (fleet.Servers.FirstOrDefault(server => server.ProcessId is null) is { } stopped)
        {
            throw new LocalServerException(
                $"{stopped.Kind} '{stopped.Name}' of the fleet in '{folder}' doesn't run. Nothing was changed. Start it with 'foreshard fleet up', or leave "
                + "--folder away: then the demo starts a fleet of its own.");
        }

        var servers = new DemoServers(fleet, null, progress, time);
        await servers.ClearAsync(cancellationToken);
        return servers;
    }

    public async Task<EntityStore> OpenBaseAsync(Action<StoreOptions>? configure, CancellationToken cancellationToken)
    {
        var options = OptionsOf(Base, configure);
        if (!await EtcdMappingStore.ExistsAsync(options.Mapping, time, cancellationToken))
        {
            await ForEachAsync(Base, (server, database) => MakeAsync(server, database, "", cancellationToken));
            options.Create = true;
            options.InitialPartitions =
                [.. Numbers.Select(number => new NewPartition(NameOf(number), new PartitionSettings { Location = LocationOf(Base, number) }))];
        }

        return await EntityStore.OpenFleetAsync(options, DemoStore.Schema, cancellationToken);
    }

    public async Task CopyAsync(DemoPolicy policy, CancellationToken cancellationToken)
    {
        var store = Words.Of(policy);
        MappingContents contents;
        await using (var known = await EtcdMappingStore.OpenAsync(EtcdOf(Base), time, cancellationToken))
            contents = await known.ReadContentsAsync(cancellationToken);
        foreach (var number in Numbers)
        {
            // A template must be used by nobody: connections that were closed a moment ago may not be gone yet.
            var (server, template) = (ServerOf(number), DatabaseOf(Base, number));
            await server.ExecuteAsync(
                "postgres", $"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{template}'", cancellationToken);
            await MakeAsync(server, DatabaseOf(store, number), $" TEMPLATE {template}", cancellationToken);
        }

        var table = MappingSnapshot.Restore(
            contents.Table.Version,
            [.. contents.Table.Partitions.Select(partition => partition with { Location = LocationOf(store, partition.Id.Value) })],
            [.. Enumerable.Range(0, contents.Table.BucketCount).Select(bucket => contents.Table.PlacementOf(new UnitId(bucket)))],
            contents.Table.Entries());
        await (await EtcdMappingStore.CreateAsync(EtcdOf(store), contents with { Table = table }, time, cancellationToken)).DisposeAsync();
    }

    public Task<EntityStore> OpenAsync(DemoPolicy policy, Action<StoreOptions>? configure, CancellationToken cancellationToken) =>
        EntityStore.OpenFleetAsync(OptionsOf(Words.Of(policy), configure), DemoStore.Schema, cancellationToken);

    public Task DropAsync(DemoPolicy policy, CancellationToken cancellationToken) => ClearAsync(Words.Of(policy), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (watch is null)
        {
            await ClearAsync(CancellationToken.None);
            return;
        }

        await fleet.StopAsync(progress, CancellationToken.None);
        await watch.DisposeAsync();
    }

    private static IEnumerable<int> Numbers => Enumerable.Range(1, DemoPlan.Partitions);

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"p{number}");

    private static string DatabaseOf(string store, int number) => $"foreshard_demo_{store}_{NameOf(number)}";

    /// <summary>By turns: there may be fewer servers than partitions.</summary>
    private LocalPostgres ServerOf(int number) => fleet.Partitions[(number - 1) % fleet.Partitions.Count];

    private string LocationOf(string store, int number) =>
        new NpgsqlConnectionStringBuilder(ServerOf(number).Location) { Database = DatabaseOf(store, number) }.ConnectionString;

    private EtcdOptions EtcdOf(string store) => new() { Endpoints = [.. fleet.Etcd.Select(node => node.Address)], Store = "demo-" + store };

    private FleetStoreOptions OptionsOf(string store, Action<StoreOptions>? configure)
    {
        var options = new FleetStoreOptions
        {
            Mapping = EtcdOf(store),
            Partitions = new PostgresOptions
            {
                Installer = LocalPostgres.Installer, Mover = LocalPostgres.Mover, Application = LocalPostgres.Application,
            },
        };
        configure?.Invoke(options);
        return options;
    }

    private async Task ForEachAsync(string store, Func<LocalPostgres, string, Task> action)
    {
        foreach (var number in Numbers) await action(ServerOf(number), DatabaseOf(store, number));
    }

    private static async Task MakeAsync(LocalPostgres server, string database, string from, CancellationToken cancellationToken)
    {
        await server.ExecuteAsync("postgres", $"CREATE DATABASE {database}{from}", cancellationToken);
        await server.ExecuteAsync(
            database,
            $"GRANT CREATE ON DATABASE {database} TO {LocalPostgres.Installer}; GRANT CREATE ON SCHEMA public TO {LocalPostgres.Installer}",
            cancellationToken);
    }

    private async Task ClearAsync(CancellationToken cancellationToken)
    {
        foreach (var store in Stores) await ClearAsync(store, cancellationToken);
    }

    private async Task ClearAsync(string store, CancellationToken cancellationToken)
    {
        await ForEachAsync(store, async (server, database) =>
        {
            // What a move left that was ended in the middle would keep the database.
            await server.ExecuteAsync(
                "postgres",
                $"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{database}'",
                cancellationToken);
            await server.ExecuteAsync(
                "postgres",
                $"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '{database}' AND NOT active",
                cancellationToken);
            await server.ExecuteAsync("postgres", $"DROP DATABASE IF EXISTS {database} WITH (FORCE)", cancellationToken);
        });
        using var connection = new EtcdConnection(EtcdOf(store), time);
        var prefix = new EtcdKeys(EtcdOf(store).Store).Of("");
        var request = new DeleteRangeRequest
        {
            Key = prefix,
            RangeEnd = ByteString.CopyFrom([.. prefix.Span[..^1], (byte)(prefix.Span[^1] + 1)]),
        };
        await connection.RepeatAsync(
            (endpoint, call) => endpoint.KV.DeleteRangeAsync(request, call).ResponseAsync, connection.NewDeadline(), cancellationToken);
    }
}
