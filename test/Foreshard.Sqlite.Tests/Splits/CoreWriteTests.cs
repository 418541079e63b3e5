using Foreshard.Moving;
using Foreshard.Partitions;
using Foreshard.Schema;
using Foreshard.Sessions;
using Foreshard.Sqlite.Tests.Stores;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite.Tests.Splits;

/// <summary>Core rows of a split entity are the same on every partition of it, or nowhere changed.</summary>
public sealed class CoreWriteTests
{
    private const string Ddl = """
        CREATE TABLE tenants (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL, balance INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE plans (tenant_id INTEGER NOT NULL REFERENCES tenants (id), id INTEGER NOT NULL, name TEXT UNIQUE, data BLOB, number REAL, anything,
            PRIMARY KEY (tenant_id, id));
        CREATE TABLE users (tenant_id INTEGER NOT NULL REFERENCES tenants (id), region TEXT NOT NULL, id INTEGER NOT NULL,
            plan INTEGER, amount INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (tenant_id, region, id), FOREIGN KEY (tenant_id, plan) REFERENCES plans (tenant_id, id));
        """;

    private static readonly StoreSchema Schema = StoreSchema.Define(schema => schema.Entity(
        "tenant", KeyKind.Integer,
        tenant => tenant.Root("tenants", "id").KeyColumn("tenant_id").GroupBySegment("region").Splittable().Table("plans", plans => plans.UniqueIds())));

    [Fact]
    public async Task Inserts_updates_and_deletes_reach_every_copy_as_they_are()
    {
        await using var store = await OpenAsync();
        await store.RunAsync(Tenant(1), default, """
            INSERT INTO plans VALUES (1, 10, 'ten', X'', -0.0, 'x'), (1, 11, 'zwölf 😀', X'00FF00', 1e308, 1), (1, 12, NULL, NULL, 4.9e-324, 1.5),
                (1, 13, CAST(X'610062' AS TEXT), randomblob(5000), NULL, X'0001');
            """);
        await store.RunAsync(
            Tenant(1), default, "UPDATE plans SET id = 20, name = 'moved' WHERE tenant_id = 1 AND id = 10; DELETE FROM plans WHERE tenant_id = 1 AND id = 12");
        await store.RunAsync(
            Tenant(1), default, "INSERT OR REPLACE INTO plans (tenant_id, id, name) VALUES (1, 30, 'zwölf 😀'); UPDATE tenants SET name = 'new' WHERE id = 1");

        const string plans = "SELECT id, hex(CAST(name AS BLOB)), hex(data), typeof(data), printf('%!.20e', number), typeof(anything), anything "
            + "FROM plans WHERE tenant_id = 1 ORDER BY id";
        var copies = store.Store.Where(Tenant(1)).Shards.Select(shard => shard.Partition).Distinct().ToList();
        Assert.Equal(3, copies.Count);
        Assert.All(copies, copy => Assert.Equal(store.ReadFile(copies[0], plans), store.ReadFile(copy, plans)));
        Assert.Equal(["1", "13", "20", "30"], store.ReadFile(copies[1], "SELECT id FROM plans WHERE tenant_id = 1 ORDER BY id"));
        Assert.All(copies, copy => Assert.Equal(["new"], store.ReadFile(copy, "SELECT name FROM tenants WHERE id = 1")));
        await store.AssertWholeAsync();
    }

    [Fact]
    public async Task Two_core_rows_may_swap_a_unique_value()
    {
        await using var store = await OpenAsync();
        await store.RunAsync(Tenant(1), default, "INSERT INTO plans (tenant_id, id, name) VALUES (1, 5, 'five'), (1, 6, 'six')");

        await store.RunAsync(
            Tenant(1),
            default,
            "UPDATE plans SET name = '~' WHERE id = 5; UPDATE plans SET name = 'five' WHERE id = 6; "
            + "UPDATE plans SET name = 'six' WHERE id = 5");

        Assert.All(store.Store.Where(Tenant(1)).Shards, shard => Assert.Equal(
            ["5|six", "6|five"], store.ReadFile(shard.Partition, "SELECT id, name FROM plans WHERE tenant_id = 1 AND id > 4 ORDER BY id")));
        await store.AssertWholeAsync();
    }

    [Theory]
    [InlineData("eu")]
    [InlineData("us")]
    [InlineData("asia")]
    public async Task A_row_that_any_shard_refers_to_is_deleted_nowhere(string region)
    {
        await using var store = await OpenAsync();
        await store.RunAsync(Tenant(1), region, $"INSERT INTO users (tenant_id, region, id, plan) VALUES (1, '{region}', 77, 1)");

        var refused = await Record.ExceptionAsync(
            () => store.RunAsync(Tenant(1), default, "UPDATE tenants SET name = 'half' WHERE id = 1; DELETE FROM plans WHERE tenant_id = 1"));

        if (store.Store.Where(Tenant(1), region).IsHome) Assert.IsType<SqliteException>(refused);
        else Assert.Equal(store.PartitionOf(Tenant(1), region), Assert.IsType<CoreRowsReferencedException>(refused).Partition);
        Assert.All(
            store.Store.Where(Tenant(1)).Shards,
            shard => Assert.Equal(["t1|1"], store.ReadFile(shard.Partition,
                "SELECT t.name, count(*) FROM tenants t JOIN plans p ON p.tenant_id = t.id WHERE t.id = 1")));
        await store.RunAsync(Tenant(1), region, "DELETE FROM users WHERE tenant_id = 1");
        await store.RunAsync(Tenant(1), default, "DELETE FROM plans WHERE tenant_id = 1");
        await store.AssertWholeAsync();
    }

    [Fact]
    public async Task A_decision_that_not_every_copy_has_is_made_up_for_before_anybody_reads()
    {
        var isArmed = false;
        var options = Shop.Options(step =>
        {
            if (!isArmed || step != MoveStep.CoreDecided) return;
            isArmed = false;
            throw new IOException("made up");
        });
        await using var store = await OpenAsync(options);
        isArmed = true;
        await Assert.ThrowsAsync<IOException>(() => store.RunAsync(Tenant(1), default, "UPDATE tenants SET name = 'decided' WHERE id = 1"));

        await store.RunAsync(Tenant(2), default, "UPDATE tenants SET name = 'other' WHERE id = 2");
        var copy = store.Store.Where(Tenant(1)).Shards.First(shard => !shard.IsHome).Scope.Segments[0];
        Assert.Equal(["decided"], await store.ReadAsync(Tenant(1), "SELECT name FROM tenants WHERE id = 1", copy));

        await store.AssertWholeAsync();
    }

    [Fact]
    public async Task Writers_of_groups_and_of_the_whole_keep_each_others_sums_and_none_waits_for_ever()
    {
        await using var store = await OpenAsync();
        foreach (var region in Regions)
            await store.RunAsync(Tenant(1), region, $"INSERT INTO users (tenant_id, region, id, amount) VALUES (1, '{region}', 1, 0)");
        var patient = new SessionOptions { WaitLimit = TimeSpan.FromSeconds(20) };

        var groups = Enumerable.Range(0, 60).Select(number => Task.Run(() => store.Store.RunAsync(
            Tenant(1), Regions[number % 3],
            session => ExecuteAsync(session, $"UPDATE users SET amount = amount + 1 WHERE tenant_id = 1 AND region = '{Regions[number % 3]}'"), patient)));
        var wholes = Enumerable.Range(0, 8).Select(number => Task.Run(() => store.Store.RunAsync(
            Tenant(1 + (number % 2)), default, session => ExecuteAsync(session, $"UPDATE tenants SET balance = balance + 1 WHERE id = {1 + (number % 2)}"),
                patient)));
        var readers = Enumerable.Range(0, 10).Select(_ => Task.Run(() => store.ReadAsync(Tenant(1), "SELECT sum(amount) FROM users WHERE tenant_id = 1")));
        await Task.WhenAll([.. groups, .. wholes, .. readers]).WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(["60"], await store.ReadAsync(Tenant(1), "SELECT sum(amount) FROM users WHERE tenant_id = 1"));
        Assert.Equal(["4"], await store.ReadAsync(Tenant(1), "SELECT balance FROM tenants WHERE id = 1"));
        Assert.Equal(["4"], await store.ReadAsync(Tenant(2), "SELECT balance FROM tenants WHERE id = 2"));
        await store.AssertWholeAsync();
    }

    private static readonly string[] Regions = ["eu", "us", "asia"];

    private static EntityKey Tenant(long id) => Schema["tenant"].Key(id);

    private static Task ExecuteAsync(EntitySession session, string sql)
    {
        Shop.Execute(session, sql);
        return Task.CompletedTask;
    }

    /// <summary>Tenant 1 on three partitions, tenant 2 split between two of them, both with one plan; their homes are on one partition.</summary>
    private static async Task<TempStore> OpenAsync(SqliteStoreOptions? options = null)
    {
        options ??= Shop.Options();
        options.Buckets = 1;
        var store = await TempStore.OpenAsync(Schema, Ddl, options);
        for (var id = 1; id <= 2; id++)
        {
            await store.RunAsync(
                Tenant(id),
                default,
                $"INSERT INTO tenants (id, name) VALUES ({id}, 't{id}'); "
                + $"INSERT INTO plans (tenant_id, id, name) VALUES ({id}, 1, 'plan {id}')");
            await store.Store.SplitAsync(Tenant(id), SplitPoints.Segments(["us"], ["asia"]));
            await store.Store.MoveAsync(Tenant(id), store.AnotherThan(Tenant(id)), "us");
        }

        await store.Store.MoveAsync(Tenant(1), store.AnotherThan(Tenant(1)), "asia");
        return store;
    }
}
