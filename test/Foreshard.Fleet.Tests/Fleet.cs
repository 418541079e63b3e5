using Foreshard.Etcd;
using Foreshard.Schema;
using Foreshard.Servers;
using Foreshard.Sessions;
using Npgsql;

namespace Foreshard.Fleet.Tests;

/// <summary>A shop on a fleet, opened by as many processes as a test likes; within this one each is an <see cref="EntityStore"/> of its own.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private readonly EtcdOptions etcd;
    private readonly List<NewPartition> partitions;
    private readonly List<EntityStore> open = [];

    private Fleet(EtcdOptions etcd, List<NewPartition> partitions)
    {
        this.etcd = etcd;
        this.partitions = partitions;
    }

    public static StoreSchema Schema { get; } = StoreSchema.Define(schema => schema
        .Entity("customer", KeyKind.Integer, customer => customer
            .Root("customers", "id").KeyColumn("customer_id").GroupBySegment("region").Splittable())
        .Reference("countries"));

    public static string Ddl => """
        CREATE TABLE countries (code text PRIMARY KEY, name text NOT NULL);
        CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL, country text REFERENCES countries (code));
        CREATE TABLE orders (customer_id bigint NOT NULL REFERENCES customers (id), region text NOT NULL, id bigint NOT NULL, total bigint NOT NULL,
            PRIMARY KEY (customer_id, region, id));
        """;

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public EtcdOptions Mapping => etcd;

    /// <summary>Where each partition is, as its owner reaches it.</summary>
    public IReadOnlyList<string> Locations => [.. partitions.Select(one => one.Settings.Location)];

    public static EntityKey Customer(long id) => Schema["customer"].Key(id);

    /// <summary>A fleet with that many partitions, empty databases still; the last one where it is said.</summary>
    public static Task<Fleet> PrepareAsync(OneEtcd etcd, int partitions = 2, string? last = null) => PrepareAsync(etcd.NewStore(), partitions, last);

    /// <summary>The same, with the mapping table where it is said.</summary>
    public static async Task<Fleet> PrepareAsync(EtcdOptions etcd, int partitions = 2, string? last = null)
    {
        var made = new List<NewPartition>();
        for (var number = 1; number <= partitions; number++)
        {
            var location = number == partitions && last is not null ? last : await PostgresDatabases.CreateAsync();
            made.Add(new NewPartition($"p{number}", new PartitionSettings { Location = location }));
        }

        return new Fleet(etcd, made);
    }

    /// <summary>A fleet on databases that are there.</summary>
    public static Fleet At(OneEtcd etcd, params string[] locations) => new(
        etcd.NewStore(), [.. locations.Select((location, at) => new NewPartition($"p{at + 1}", new PartitionSettings { Location = location }))]);

    /// <summary>The same, with tables, and opened by one process.</summary>
    public static async Task<(Fleet Fleet, EntityStore Store)> StartAsync(OneEtcd etcd, int partitions = 2, Action<FleetStoreOptions>? configure = null)
    {
        var fleet = await PrepareAsync(etcd, partitions);
        var store = await fleet.OpenAsync(configure);
        await store.ApplySchemaAsync(1, Ddl, cancellationToken: Stop);
        return (fleet, store);
    }

    /// <summary>For tests that look at something else than how long sessions wait: a busy machine keeps them waiting.</summary>
    public static void Patient(FleetStoreOptions options) => options.Moves.StallBudget = TimeSpan.FromSeconds(30);

    public FleetStoreOptions Options(Action<FleetStoreOptions>? configure = null)
    {
        var options = new FleetStoreOptions { Mapping = etcd, Create = true, InitialPartitions = partitions, Buckets = 64 };
        configure?.Invoke(options);
        return options;
    }

    /// <summary>Opens it as another process.</summary>
    public async Task<EntityStore> OpenAsync(Action<FleetStoreOptions>? configure = null, StoreSchema? schema = null)
    {
        var store = await EntityStore.OpenFleetAsync(Options(configure), schema ?? Schema, Stop);
        open.Add(store);
        return store;
    }

    public static async Task AddCustomerAsync(EntityStore store, long id, int orders, params string[] regions)
    {
        await store.ExecuteAsync(Customer(id), default, $"INSERT INTO customers (id, name) VALUES ({id}, 'c{id}')", cancellationToken: Stop);
        foreach (var region in regions)
        {
            await store.ExecuteAsync(
                Customer(id),
                region,
                $"INSERT INTO orders SELECT {id}, '{region}', n, n * 10 FROM generate_series(1, {orders}) n",
                cancellationToken: Stop);
        }
    }

    public static async Task<object?> ReadAsync(EntityStore store, long id, string sql, GroupKey group = default) =>
        (await store.QueryAsync(Customer(id), sql, row => row.GetValue(0), group: group, cancellationToken: Stop)).Single();

    /// <summary>Beside all sessions, on a partition.</summary>
    public async Task<object?> ReadPartitionAsync(string partition, string sql)
    {
        await using var connection = new NpgsqlConnection(partitions.First(one => one.Name == partition).Settings.Location + ";Pooling=false");
        await connection.OpenAsync(Stop);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Stop);
    }

    /// <summary>Leaves a store that hangs to itself.</summary>
    public void Abandon(EntityStore store) => open.Remove(store);

    public async ValueTask DisposeAsync()
    {
        foreach (var store in open) await store.DisposeAsync();
    }
}
