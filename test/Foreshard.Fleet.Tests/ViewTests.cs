using Foreshard.Moving;
using Foreshard.Schema;
using Foreshard.Servers;
using Foreshard.Sessions;
using Npgsql;

namespace Foreshard.Fleet.Tests;

/// <summary>What tools that know nothing of the store see in the schema <c>foreshard_all</c>.</summary>
[Trait("Category", "Slow")]
public sealed class ViewTests(OneEtcd etcd)
{
    private const string NotWhole = "FS007";

    private const string Everything = "SELECT (SELECT count(*) || ' ' || count(DISTINCT id) FROM foreshard_all.customers) || ' / ' || "
        + "(SELECT count(*) || ' ' || count(DISTINCT (customer_id, region, id)) || ' ' || sum(total) FROM foreshard_all.orders)";

    private const string Leftovers = "SELECT (SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'foreshard_%') + (SELECT count(*) FROM pg_foreign_server) "
        + "+ (SELECT count(*) FROM pg_user_mappings) + (SELECT count(*) FROM pg_extension WHERE extname = 'postgres_fdw')";

    [Fact]
    public async Task Each_row_is_seen_once_before_during_and_after_whatever_moves_and_is_split()
    {
        var (fleet, store) = await Fleet.StartAsync(etcd, partitions: 3);
        await using var _ = fleet;
        for (var id = 1; id <= 12; id++) await Fleet.AddCustomerAsync(store, id, 20, "eu", "us", "asia");
        await Fleet.AddCustomerAsync(store, 42, 600, "eu", "us");
        foreach (var partition in store.Partitions) await SwitchAsync(store, partition.Name, isOn: true);
        const string expected = "13 13 / 1920 1920 3681600";
        foreach (var partition in store.Partitions) Assert.Equal(expected, await fleet.ReadPartitionAsync(partition.Name, Everything));

        using var done = new CancellationTokenSource();
        var readers = store.Partitions.Select(partition => Task.Run(() => ReadOnAsync(fleet, partition.Name, expected, done.Token), Fleet.Stop)).ToList();
        await ChangePlacesAsync(store);
        foreach (var partition in store.Partitions) Assert.Equal(expected, await fleet.ReadPartitionAsync(partition.Name, Everything));
        await done.CancelAsync();
        var read = await Task.WhenAll(readers);

        Assert.All(read, one => Assert.True(one.Answered > one.Refused, $"{one.Answered} answered, {one.Refused} refused"));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join("; ", read));
        Assert.Empty(await store.VerifyAsync(Fleet.Stop));
    }

    [Fact]
    public async Task Intervals_and_keys_of_all_kinds_are_told_apart()
    {
        var schema = StoreSchema.Define(define =>
        {
            define.Entity("tenant", KeyKind.Text, tenant => tenant
                .Root("tenants", "name").KeyColumn("tenant").GroupByInterval("at", GroupKind.Time).Splittable());
            define.Entity("device", KeyKind.Uuid, device => device.Root("devices", "id").KeyColumn("device_id"));
        });
        var (fleet, store) = await StartAsync(schema, """
            CREATE TABLE tenants (name text COLLATE "C" PRIMARY KEY, plan text);
            CREATE TABLE events (
                tenant text COLLATE "C" NOT NULL REFERENCES tenants, at timestamptz NOT NULL, id bigint NOT NULL, PRIMARY KEY (tenant, at, id));
            CREATE TABLE devices (id uuid PRIMARY KEY, twice bigint GENERATED ALWAYS AS (2 * 21) STORED);
            CREATE TABLE readings (device_id uuid NOT NULL REFERENCES devices, id bigint NOT NULL, PRIMARY KEY (device_id, id));
            """);
        await using var _ = fleet;
        var tenants = Enumerable.Range(1, 6).Select(number => schema["tenant"].Key($"t\\'{number}")).ToList();
        foreach (var tenant in tenants)
        {
            await store.ExecuteAsync(
                tenant, default, $"INSERT INTO tenants VALUES ({PostgreSql.Sql.Text(tenant.KeyText())}, 'free')", cancellationToken: Fleet.Stop);
            for (var month = 1; month <= 4; month++)
            {
                var at = Day(month, 10);
                await store.ExecuteAsync(
                    tenant, GroupKey.Of(at), $"INSERT INTO events VALUES ({PostgreSql.Sql.Text(tenant.KeyText())}, '{at:yyyy-MM-dd} 00:00:00+00', 1)",
                    cancellationToken: Fleet.Stop);
            }
        }

        var device = schema["device"].Key(Guid.NewGuid());
        await store.ExecuteAsync(device, default, $"INSERT INTO devices VALUES ('{device.KeyText()}')", cancellationToken: Fleet.Stop);
        await store.ExecuteAsync(device, default, $"INSERT INTO readings VALUES ('{device.KeyText()}', 1)", cancellationToken: Fleet.Stop);
        await SwitchAsync(store, "p1", isOn: true);
        const string counts = "SELECT (SELECT count(*) FROM foreshard_all.tenants) || ' ' || (SELECT count(*) FROM foreshard_all.events) || ' ' "
            + "|| (SELECT sum(twice) FROM foreshard_all.devices) || ' ' || (SELECT count(*) FROM foreshard_all.readings)";
        Assert.Equal("6 24 42 1", await fleet.ReadPartitionAsync("p1", counts));

        foreach (var tenant in tenants.Take(3))
        {
            await store.SplitAsync(tenant, SplitPoints.At(Day(2, 10), Day(3, 1)), Fleet.Stop);
            Assert.Equal("6 24 42 1", await fleet.ReadPartitionAsync("p1", counts));
            await MoveAwayAsync(store, tenant, Day(2, 20));
            Assert.Equal("6 24 42 1", await fleet.ReadPartitionAsync("p1", counts));
        }

        await MoveAwayAsync(store, device);
        await MoveAwayAsync(store, tenants[5]);
        Assert.Equal("6 24 42 1", await fleet.ReadPartitionAsync("p1", counts));
        Assert.Equal(4L, await fleet.ReadPartitionAsync(
            "p1", $"SELECT count(*) FROM foreshard_all.events WHERE tenant = {PostgreSql.Sql.Text(tenants[0].KeyText())}"));
    }

    [Theory]
    [InlineData("READ COMMITTED", false)]
    [InlineData("REPEATABLE READ", true)]
    public async Task A_report_of_several_statements_sees_one_moment_or_is_told(string isolation, bool goesOn)
    {
        var (fleet, store) = await Fleet.StartAsync(etcd);
        await using var _ = fleet;
        for (var id = 1; id <= 8; id++) await Fleet.AddCustomerAsync(store, id, 5, "eu");
        await SwitchAsync(store, "p1", isOn: true);
        await using var connection = new NpgsqlConnection(fleet.Locations[0] + ";Pooling=false");
        await connection.OpenAsync(Fleet.Stop);
        await using var report = new NpgsqlCommand("SELECT count(*) FROM foreshard_all.orders", connection);
        await using var command = new NpgsqlCommand($"BEGIN ISOLATION LEVEL {isolation}", connection);
        await command.ExecuteNonQueryAsync(Fleet.Stop);
        Assert.Equal(40L, await report.ExecuteScalarAsync(Fleet.Stop));

        await MoveAwayAsync(store, Fleet.Customer(3));
        await Fleet.AddCustomerAsync(store, 9, 5, "eu");

        if (goesOn) Assert.Equal(40L, await report.ExecuteScalarAsync(Fleet.Stop));
        else Assert.Equal(NotWhole, (await Assert.ThrowsAsync<PostgresException>(() => report.ExecuteScalarAsync(Fleet.Stop))).SqlState);
        command.CommandText = "ROLLBACK";
        await command.ExecuteNonQueryAsync(Fleet.Stop);
        Assert.Equal(45L, await report.ExecuteScalarAsync(Fleet.Stop));
    }

    [Fact]
    public async Task Scripts_and_new_partitions_are_followed_and_what_nobody_said_is_refused_until_it_is_mended()
    {
        var (fleet, store) = await Fleet.StartAsync(etcd);
        await using var _ = fleet;
        for (var id = 1; id <= 8; id++) await Fleet.AddCustomerAsync(store, id, 5, "eu");
        await store.WriteReferenceAsync("INSERT INTO countries VALUES ('de', 'Germany')", cancellationToken: Fleet.Stop);
        await SwitchAsync(store, "p1", isOn: true);

        await store.ApplySchemaAsync(
            2, "ALTER TABLE orders ADD COLUMN note text; ALTER TABLE customers ALTER COLUMN name TYPE varchar(40)", cancellationToken: Fleet.Stop);
        await store.ExecuteAsync(Fleet.Customer(1), "eu", "UPDATE orders SET note = 'x' WHERE customer_id = 1", cancellationToken: Fleet.Stop);
        Assert.Equal(5L, await fleet.ReadPartitionAsync("p1", "SELECT count(note) FROM foreshard_all.orders"));
        Assert.Equal(1L, await fleet.ReadPartitionAsync("p1", "SELECT count(*) FROM foreshard_all.countries"));

        var location = await PostgresDatabases.CreateAsync();
        await store.AddPartitionAsync("p3", new PartitionSettings { Location = location }, Fleet.Stop);
        await store.MoveAsync(Fleet.Customer(2), "p3", cancellationToken: Fleet.Stop);
        Assert.Equal(40L, await fleet.ReadPartitionAsync("p1", "SELECT count(*) FROM foreshard_all.orders"));
        var plan = await fleet.ReadPartitionAsync("p1", "EXPLAIN (VERBOSE, FORMAT JSON) SELECT * FROM foreshard_all.orders WHERE customer_id = 2");
        Assert.Contains("WHERE ((customer_id = 2))", (string)plan!, StringComparison.Ordinal);

        await PostgresDatabases.ExecuteAsync(location, "DELETE FROM foreshard_own.foreshard_extent");
        var refused = await Assert.ThrowsAsync<PostgresException>(() => fleet.ReadPartitionAsync("p1", "SELECT count(*) FROM foreshard_all.orders LIMIT 1"));
        Assert.Equal(NotWhole, refused.SqlState);
        await SwitchAsync(store, "p1", isOn: true);
        Assert.Equal(40L, await fleet.ReadPartitionAsync("p1", "SELECT count(*) FROM foreshard_all.orders"));

        await PostgresDatabases.ExecuteAsync(location, "DELETE FROM foreshard_own.foreshard_extent; DELETE FROM foreshard_own.foreshard_part");
        await store.MoveAsync(Fleet.Customer(3), store.Where(Fleet.Customer(3)).Shards[0].Partition == "p1" ? "p2" : "p1", cancellationToken: Fleet.Stop);
        for (var i = 0; i < 300 && await IsRefusedAsync(); i++) await Task.Delay(100, Fleet.Stop);
        Assert.Equal(40L, await fleet.ReadPartitionAsync("p1", "SELECT count(*) FROM foreshard_all.orders"));

        async Task<bool> IsRefusedAsync()
        {
            try
            {
                await fleet.ReadPartitionAsync("p1", "SELECT count(*) FROM foreshard_all.orders");
                return false;
            }
            catch (PostgresException exception) when (exception.SqlState == NotWhole)
            {
                return true;
            }
        }
    }

    [Fact]
    public async Task Switched_off_they_leave_nothing()
    {
        var (fleet, store) = await Fleet.StartAsync(etcd);
        await using var _ = fleet;
        await Fleet.AddCustomerAsync(store, 1, 5, "eu");
        var before = await fleet.ReadPartitionAsync("p1", Leftovers);
        foreach (var partition in store.Partitions) await SwitchAsync(store, partition.Name, isOn: true);
        Assert.All(store.Partitions, partition => Assert.True(partition.HasViews));

        await SwitchAsync(store, "p1", isOn: false);
        Assert.Equal(5L, await fleet.ReadPartitionAsync("p2", "SELECT count(*) FROM foreshard_all.orders"));
        await PostgresDatabases.ExecuteAsync(fleet.Locations[1], "CREATE VIEW mine AS SELECT * FROM foreshard_all.orders");
        await Assert.ThrowsAsync<PostgreSql.PartitionServerException>(() => SwitchAsync(store, "p2", isOn: false));
        await PostgresDatabases.ExecuteAsync(fleet.Locations[1], "DROP VIEW mine");
        await SwitchAsync(store, "p2", isOn: false);

        foreach (var partition in store.Partitions)
        {
            Assert.False(partition.HasViews);
            Assert.Equal(before, await fleet.ReadPartitionAsync(partition.Name, Leftovers));
        }
    }

    [Fact]
    public async Task With_three_roles_the_application_reads_and_neither_writes_nor_learns_a_password()
    {
        await using var server = await PostgresServer.StartAsync();
        await PostgresDatabases.ExecuteAsync(server.ConnectionString("postgres"), """
            CREATE ROLE shop_installer LOGIN PASSWORD 'i'; CREATE ROLE shop_mover LOGIN REPLICATION PASSWORD 'm' IN ROLE shop_installer;
            CREATE ROLE shop_app LOGIN PASSWORD 'hush'; GRANT SET ON PARAMETER session_replication_role TO shop_mover;
            """);
        var locations = new List<string>();
        foreach (var name in new[] { "one", "two" })
        {
            await PostgresDatabases.ExecuteAsync(server.ConnectionString("postgres"), $"CREATE DATABASE {name}");
            await PostgresDatabases.ExecuteAsync(server.ConnectionString(name), "GRANT CREATE ON SCHEMA public TO shop_installer; "
                + $"GRANT CREATE ON DATABASE {name} TO shop_installer");
            locations.Add(server.ConnectionString(name, "shop_app"));
        }

        await server.RequirePasswordAsync("root");
        await using var fleet = Fleet.At(etcd, [.. locations]);
        var isForgotten = false;
        var store = await fleet.OpenAsync(options => options.Partitions = new PostgreSql.PostgresOptions
        {
            Installer = "shop_installer",
            Mover = "shop_mover",
            Application = "shop_app",
            Password = (settings, _) => ValueTask.FromResult(settings.Username switch
            {
                "shop_installer" => "i",
                "shop_mover" => "m",
                _ => isForgotten ? null! : "hush",
            }),
        });
        await store.ApplySchemaAsync(1, Fleet.Ddl, cancellationToken: Fleet.Stop);
        for (var id = 1; id <= 8; id++) await Fleet.AddCustomerAsync(store, id, 5, "eu");

        var missing = await Assert.ThrowsAsync<PostgreSql.PartitionServerException>(() => SwitchAsync(store, "p1", isOn: true));
        Assert.Contains("CREATE EXTENSION postgres_fdw", missing.Message, StringComparison.Ordinal);
        Assert.All(store.Partitions, partition => Assert.False(partition.HasViews));
        await PostgresDatabases.ExecuteAsync(
            server.ConnectionString("one"), "CREATE EXTENSION postgres_fdw; GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO shop_installer", "root");
        isForgotten = true;
        var unknown = await Assert.ThrowsAsync<PostgreSql.PartitionServerException>(() => SwitchAsync(store, "p1", isOn: true));
        Assert.Contains("no password is known for 'shop_app'", unknown.Message, StringComparison.Ordinal);
        isForgotten = false;
        await SwitchAsync(store, "p1", isOn: true);

        var application = locations[0] + ";Password=hush;Pooling=false";
        Assert.Equal(40L, await ScalarAsync(application, "SELECT count(*) FROM foreshard_all.orders"));
        await Fleet.AddCustomerAsync(store, 9, 5, "eu");
        await MoveAwayAsync(store, Fleet.Customer(9));
        Assert.Equal(45L, await ScalarAsync(application, "SELECT count(*) FROM foreshard_all.orders"));
        foreach (var view in new[] { "foreshard_all.orders", "foreshard_own.orders", "foreshard_own.foreshard_part", "foreshard_p2.orders" })
            await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(application, $"DELETE FROM {view}"));
        Assert.Equal(0L, await ScalarAsync(application, "SELECT count(*) FROM pg_user_mappings WHERE umoptions::text LIKE '%hush%'"));

        await SwitchAsync(store, "p1", isOn: false);
        Assert.Equal(1L, await ScalarAsync(server.ConnectionString("one") + ";Password=root;Pooling=false", Leftovers));
    }

    private static DateTime Day(int month, int day) => new(2026, month, day, 0, 0, 0, DateTimeKind.Utc);

    private static Task SwitchAsync(EntityStore store, string partition, bool isOn) =>
        store.SetPartitionAsync(partition, new PartitionSettings { Views = isOn }, Fleet.Stop);

    private static Task<MoveResult> MoveAwayAsync(EntityStore store, EntityKey entity, GroupKey group = default)
    {
        var from = group.IsNone ? store.Where(entity).Shards[0].Partition : store.Where(entity, group).Partition;
        return store.MoveAsync(entity, store.Partitions.First(one => one.Name != from).Name, group, cancellationToken: Fleet.Stop);
    }

    /// <summary>Everything that changes who answers for which rows, with a live move among it.</summary>
    private static async Task ChangePlacesAsync(EntityStore store)
    {
        for (var id = 1; id <= 6; id++) await store.IsolateAsync(Fleet.Customer(id), Fleet.Stop);
        await MoveAwayAsync(store, Fleet.Customer(1));
        await MoveAwayAsync(store, Fleet.Customer(42));
        await store.SplitAsync(Fleet.Customer(42), SplitPoints.Segments(["us"]), Fleet.Stop);
        await MoveAwayAsync(store, Fleet.Customer(42), "us");
        await MoveAwayAsync(store, Fleet.Customer(42), "eu");
        await store.SplitAsync(Fleet.Customer(2), SplitPoints.Segments(["us"], ["eu"]), Fleet.Stop);
        await MoveAwayAsync(store, Fleet.Customer(2), "eu");
        await MoveAwayAsync(store, Fleet.Customer(2), "asia");
        for (var bucket = 0; bucket < 64; bucket += 9)
        {
            var from = (await store.Moving.SnapshotAsync(Fleet.Stop)).PlacementOf(new UnitId(bucket)).Partition;
            await store.MoveBucketAsync(bucket, store.Partitions.First(one => one.Id != from).Name, cancellationToken: Fleet.Stop);
        }

        await store.MergeAsync(Fleet.Customer(42), cancellationToken: Fleet.Stop);
        await store.MergeAsync(Fleet.Customer(2), cancellationToken: Fleet.Stop);
        for (var id = 1; id <= 6; id++) await store.FoldAsync(Fleet.Customer(id), cancellationToken: Fleet.Stop);
    }

    private static async Task<(int Answered, int Refused)> ReadOnAsync(Fleet fleet, string partition, string expected, CancellationToken done)
    {
        var (answered, refused) = (0, 0);
        while (!done.IsCancellationRequested)
        {
            try
            {
                Assert.Equal(expected, await fleet.ReadPartitionAsync(partition, Everything));
                answered++;
            }
            catch (PostgresException exception) when (exception.SqlState == NotWhole)
            {
                refused++;
            }
        }

        return (answered, refused);
    }

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(Fleet.Stop);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Fleet.Stop);
    }

    private async Task<(Fleet Fleet, EntityStore Store)> StartAsync(StoreSchema schema, string ddl)
    {
        var fleet = await Fleet.PrepareAsync(etcd);
        var store = await fleet.OpenAsync(schema: schema);
        await store.ApplySchemaAsync(1, ddl, cancellationToken: Fleet.Stop);
        return (fleet, store);
    }
}
