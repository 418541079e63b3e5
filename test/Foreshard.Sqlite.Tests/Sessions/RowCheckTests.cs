using Foreshard.Moving;
using Foreshard.Schema;
using Foreshard.Sessions;
using Foreshard.Sqlite.Tests.Stores;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite.Tests.Sessions;

/// <summary>Rows of another entity or group than the session's are refused while that could lose them, and always if asked for.</summary>
public sealed class RowCheckTests
{
    private static readonly (string? Group, string Sql)[] Wrong =
    [
        ("eu", "INSERT INTO orders (customer_id, region, id, total) VALUES (2, 'eu', 50, 1)"),
        ("eu", "INSERT INTO orders (customer_id, region, id, total) VALUES (1, 'us', 50, 1)"),
        ("eu", "UPDATE orders SET total = 0 WHERE customer_id = 1 AND region = 'us'"),
        ("eu", "UPDATE orders SET region = 'us' WHERE customer_id = 1 AND region = 'eu'"),
        ("eu", "UPDATE orders SET customer_id = 2 WHERE customer_id = 1 AND region = 'eu'"),
        ("eu", "DELETE FROM orders WHERE customer_id = 2"),
        ("eu", "DELETE FROM orders WHERE customer_id = 1 AND region = 'us'"),
        ("eu", "INSERT OR REPLACE INTO orders (customer_id, region, id, total) VALUES (1, 'us', 1, 0)"),
        ("eu", "INSERT INTO orders (customer_id, region, id, total) VALUES (1, 'us', 1, 0) ON CONFLICT DO UPDATE SET total = 0"),
        (null, "UPDATE customers SET name = 'x' WHERE id = 2"),
        (null, "INSERT INTO notes VALUES (2, 9, 'x')"),
        (null, "UPDATE notes SET customer_id = 2, id = 9 WHERE customer_id = 1"),
        (null, "UPDATE customers SET id = 3 WHERE id = 1"),
        (null, "DELETE FROM notes WHERE customer_id = 2"),
        (null, "INSERT INTO customers (id, name) VALUES (4, 'x')"),
    ];

    [Theory]
    [InlineData("always")]
    [InlineData("split")]
    [InlineData("split apart")]
    [InlineData("moving")]
    public async Task Rows_of_another_entity_or_group_are_refused(string when)
    {
        TaskCompletionSource copied = new(), goOn = new();
        var options = Shop.Options(step =>
        {
            if (step != MoveStep.Copied || when != "moving") return;
            copied.TrySetResult();
            goOn.Task.Wait();
        });
        options.RowChecks = when == "always" ? RowChecks.Always : RowChecks.WhenNeeded;
        options.Moves.BlockingRows = 0;
        await using var shop = await OpenAsync(options);
        var move = Task.CompletedTask;
        if (when.StartsWith("split", StringComparison.Ordinal)) await shop.Store.SplitAsync(Shop.Customer(1), SplitPoints.Segments(["us"]));
        if (when == "split apart") await shop.Store.MoveAsync(Shop.Customer(1), Other(shop), "us");
        if (when == "moving")
        {
            move = Task.Run(() => shop.Store.MoveAsync(Shop.Customer(1), Other(shop)));
            await copied.Task;
        }

        var done = new List<string>();
        foreach (var (group, sql) in Wrong)
        {
            await using var session = await shop.Store.BeginAsync(Shop.Customer(1), group is null ? default(GroupKey) : group);
            var before = Shop.Scalar(session, "SELECT total_changes()");
            var refused = Record.Exception(() => Shop.Execute(session, sql));
            if (refused is not SqliteException && !Equals(before, Shop.Scalar(session, "SELECT total_changes()"))) done.Add(sql);
        }

        goOn.SetResult();
        await move;
        Assert.Equal("", string.Join('\n', done));
        await shop.AssertWholeAsync();
    }

    [Fact]
    public async Task A_partition_added_later_checks_rows_too()
    {
        var options = Shop.Options();
        options.RowChecks = RowChecks.Always;
        await using var shop = await OpenAsync(options);
        await shop.Store.AddPartitionAsync("later");
        await shop.Store.MoveAsync(Shop.Customer(1), "later");
        await using var session = await shop.Store.BeginAsync(Shop.Customer(1), "eu");

        var refused = Assert.Throws<SqliteException>(() => Shop.Execute(session,
            "INSERT INTO orders (customer_id, region, id, total) VALUES (2, 'eu', 50, 1)"));

        Assert.Contains("orders", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checks_end_with_what_they_were_needed_for()
    {
        await using var shop = await OpenAsync(Shop.Options());
        await shop.Store.SplitAsync(Shop.Customer(1), SplitPoints.Segments(["us"]));
        await shop.Store.MergeAsync(Shop.Customer(1));

        foreach (var partition in shop.Store.Partitions)
            Assert.Equal(0L, shop.ReadFile(partition.Name, "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'foreshard%'"));
    }

    /// <summary>Customers 1 and 2 in one bucket's place or another, each with orders in two regions.</summary>
    private static async Task<Shop> OpenAsync(SqliteStoreOptions options)
    {
        var shop = await Shop.OpenAsync(options);
        await shop.AddCustomerAsync(1, 3, "eu", "us");
        var mate = Enumerable.Range(2, 100).First(id => shop.Store.Where(Shop.Customer(id)).Bucket == shop.Store.Where(Shop.Customer(1)).Bucket);
        if (mate != 2) await shop.AddCustomerAsync(mate, 3, "eu");
        await shop.AddCustomerAsync(2, 3, "eu", "us");
        return shop;
    }

    private static string Other(Shop shop) => shop.Store.Where(Shop.Customer(1)).Shards[0].Partition == "p1" ? "p2" : "p1";

    [Fact]
    public async Task Replace_takes_no_row_of_another_entity_that_meets_the_new_one_in_a_unique_key()
    {
        var schema = StoreSchema.Define(store => store.Entity("account", KeyKind.Integer, account => account
            .Root("accounts", "id").KeyColumn("account_id").Table("mails", table => table.UniqueIds())));
        var folder = Directory.CreateTempSubdirectory("foreshard-replace").FullName;
        try
        {
            await using var store = await EntityStore.OpenAsync(Path.Combine(folder, "store"), schema, new SqliteStoreOptions
            {
                InitialPartitions = 1,
                Buckets = 4,
                RowChecks = RowChecks.Always,
            });
            await store.ApplySchemaAsync(1, """
                CREATE TABLE accounts (id INTEGER PRIMARY KEY NOT NULL);
                CREATE TABLE mails (account_id INTEGER NOT NULL, id INTEGER NOT NULL, mail TEXT NOT NULL UNIQUE, PRIMARY KEY (account_id, id));
                """);
            var (first, second) = (schema["account"].Key(1), schema["account"].Key(2));
            await store.ExecuteAsync(first, default, "INSERT INTO mails VALUES (1, 1, 'x')");

            await Assert.ThrowsAsync<SqliteException>(() => store.ExecuteAsync(second, default, "INSERT OR REPLACE INTO mails VALUES (2, 1, 'x')"));
            await store.ExecuteAsync(first, default, "INSERT OR REPLACE INTO mails VALUES (1, 2, 'x')");

            Assert.Equal([2L], await store.QueryAsync(first, "SELECT id FROM mails WHERE account_id = 1", row => row.GetInt64(0)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
