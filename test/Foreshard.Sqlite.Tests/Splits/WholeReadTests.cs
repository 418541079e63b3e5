using CsCheck;
using Foreshard.Moving;
using Foreshard.Sessions;
using Foreshard.Sqlite.Tests.Stores;

namespace Foreshard.Sqlite.Tests.Splits;

/// <summary>A split entity reads like a whole one: every answer is compared with one file that holds the same rows.</summary>
public sealed class WholeReadTests
{
    private static readonly EntityKey Customer = Shop.Customer(1);

    private static readonly string[] Regions = ["a", "b", "c", "d"];

    private static readonly string[] Queries =
    [
        "SELECT * FROM orders WHERE customer_id = 1 AND region = 'b' AND id = 2",
        "SELECT region, id FROM orders WHERE customer_id = 1 AND total > 15 ORDER BY total DESC, region, id LIMIT 5 OFFSET 1",
        "SELECT count(*), sum(total), min(doubled), max(region), avg(total) FROM orders WHERE customer_id = 1",
        "SELECT o.region, count(*) FROM orders o JOIN order_lines l ON l.customer_id = o.customer_id AND l.region = o.region AND l.order_id = o.id "
            + "GROUP BY 1 ORDER BY 1",
        "SELECT c.name, n.text, count(o.id) FROM customers c JOIN notes n ON n.customer_id = c.id LEFT JOIN orders o ON o.customer_id = c.id "
            + "WHERE c.id = 1 GROUP BY 1, 2",
        "SELECT DISTINCT region FROM orders WHERE customer_id = 1 ORDER BY region",
        "WITH big AS (SELECT * FROM orders WHERE total > 10) SELECT region, id FROM big WHERE customer_id = 1 ORDER BY 1, 2",
        "SELECT region, id, rank() OVER (PARTITION BY region ORDER BY total DESC, id) FROM orders WHERE customer_id = 1 ORDER BY 1, 2",
        "SELECT id FROM orders WHERE customer_id = 1 AND region IN ('a', 'd') EXCEPT SELECT order_id FROM order_lines WHERE line = 1 ORDER BY 1",
        "SELECT count(*) FROM orders WHERE customer_id = 2",
    ];

    [Fact]
    public async Task The_same_statements_give_the_same_rows_split_or_not()
    {
        await using var shop = await Shop.OpenAsync();
        await shop.AddCustomerAsync(1, 5, Regions);
        var expected = await AnswersAsync(shop.Store);

        await shop.Store.SplitAsync(Customer, SplitPoints.Segments(["b"], ["c", "d"]));
        Assert.Equal(expected, await AnswersAsync(shop.Store));
        await shop.Store.MoveAsync(Customer, Other(shop, []), "b");
        Assert.Equal(expected, await AnswersAsync(shop.Store));
        await shop.Store.MoveAsync(Customer, Other(shop, ["b"]), "c");
        Assert.Equal(expected, await AnswersAsync(shop.Store));
        await using (var writing = await shop.Store.BeginAsync(Customer))
        {
            Shop.Execute(writing, "UPDATE customers SET balance = (SELECT sum(total) FROM orders WHERE customer_id = 1) WHERE id = 1");
            await writing.CommitAsync();
        }

        Assert.Equal(600L, await shop.ReadAsync(1, "SELECT balance FROM customers WHERE id = 1", "c"));
        await shop.Store.MergeAsync(Customer);
        Assert.Equal(expected, await AnswersAsync(shop.Store));
    }

    [Fact]
    public async Task A_session_on_the_whole_sees_one_moment_of_each_shard()
    {
        await using var shop = await Shop.OpenAsync();
        await shop.AddCustomerAsync(1, 5, Regions);
        await shop.Store.SplitAsync(Customer, SplitPoints.Segments(["b"]));
        await shop.Store.MoveAsync(Customer, Other(shop, []), "b");
        await using var reading = await shop.Store.BeginAsync(Customer, default, SessionOptions.Read);
        const string count = "SELECT count(*) FROM orders WHERE customer_id = 1";
        Assert.Equal(20L, Shop.Scalar(reading, count));

        await shop.AddOrdersAsync(1, "a", 50, 1);
        await shop.AddOrdersAsync(1, "b", 50, 1);

        Assert.Equal(20L, Shop.Scalar(reading, count));
        Assert.Equal(22L, await shop.ReadAsync(1, count));
    }

    [Fact]
    public async Task Rows_of_shards_come_merged_in_the_order_asked_for_and_no_more_than_asked_for()
    {
        await using var shop = await Shop.OpenAsync();
        await shop.AddCustomerAsync(1, 5, Regions);
        await SplitApartAsync(shop);

        var rows = await shop.Store.QueryShardsAsync(
            Customer, "SELECT total, region FROM orders WHERE customer_id = @id AND total >= @least ORDER BY total DESC, region LIMIT 7",
            reader => (Total: reader.GetInt64(0), Region: reader.GetString(1)), new Dictionary<string, object?> { ["id"] = 1, ["least"] = 20 },
            Comparer<(long Total, string Region)>.Create((x, y) => (-x.Total, x.Region).CompareTo((-y.Total, y.Region))), limit: 7);
        var all = await shop.Store.QueryShardsAsync(Customer, "SELECT id FROM orders WHERE customer_id = 1", reader => reader.GetInt64(0));

        Assert.Equal([(50, "a"), (50, "b"), (50, "c"), (50, "d"), (40, "a"), (40, "b"), (40, "c")], rows);
        Assert.Equal(20, all.Count);
        await Assert.ThrowsAnyAsync<Exception>(() => shop.Store.QueryShardsAsync(Customer, "DELETE FROM orders", TempStore.Line));
        Assert.Equal(20L, await shop.ReadAsync(1, "SELECT count(*) FROM orders WHERE customer_id = 1"));
    }

    [Fact]
    public async Task Combined_groups_are_those_of_one_file()
    {
        await using var shop = await Shop.OpenAsync();
        await shop.AddCustomerAsync(1, 0);
        await SplitApartAsync(shop);
        using var reference = new OneFile();
        var row = Gen.Select(Gen.Int[0, 3], Gen.Int[-5, 5], Gen.Int[0, 3]);
        const string sql = "SELECT total % 3, sum(total), count(*), min(total), max(total), min(region) FROM orders "
            + "WHERE customer_id = 1 GROUP BY 1 ORDER BY 1";
        ShardColumn[] columns = [ShardColumn.Key, ShardColumn.Sum, ShardColumn.Sum, ShardColumn.Min, ShardColumn.Max, ShardColumn.Min];

        await row.Array[0, 12].SampleAsync(
            async rows =>
            {
                reference.Execute("DROP TABLE IF EXISTS orders; CREATE TABLE orders (customer_id, region, id, total)");
                foreach (var region in Regions)
                    await shop.Store.ExecuteAsync(Customer, region, $"DELETE FROM orders WHERE customer_id = 1 AND region = '{region}'");
                foreach (var ((region, total, _), id) in rows.Select((one, id) => (one, id)))
                {
                    var insert = $"INSERT INTO orders (customer_id, region, id, total) VALUES (1, '{Regions[region]}', {id}, {total})";
                    reference.Execute(insert);
                    await shop.Store.ExecuteAsync(Customer, Regions[region], insert);
                }

                var combined = await shop.Store.CombineShardsAsync(Customer, sql, columns);
                Assert.Equal(reference.Read(sql), combined.Select(one => string.Join('|', one)));
            },
            iter: 15, threads: 1);
    }

    [Fact]
    public async Task Text_is_ordered_and_compared_by_its_bytes_as_the_database_does()
    {
        await using var shop = await Shop.OpenAsync();
        await shop.AddCustomerAsync(1, 1, Regions);
        await SplitApartAsync(shop);
        string[] words = ["\uFFFD", "\U0001F600", "é", "z", "Z", ""];
        foreach (var (word, index) in words.Select((word, index) => (word, index)))
        {
            await shop.Store.ExecuteAsync(
                Customer, Regions[index % 4], $"INSERT INTO order_lines VALUES (1, '{Regions[index % 4]}', 1, {10 + index}, @word)",
                new Dictionary<string, object?> { ["word"] = word });
        }

        const string sql = "SELECT item, count(*) FROM order_lines WHERE customer_id = 1 AND line >= 10 GROUP BY item ORDER BY item";
        var combined = await shop.Store.CombineShardsAsync(Customer, sql, [ShardColumn.Key, ShardColumn.Sum]);
        var extremes = await shop.Store.CombineShardsAsync(
            Customer, "SELECT min(item), max(item) FROM order_lines WHERE customer_id = 1 AND line >= 10", [ShardColumn.Min, ShardColumn.Max]);

        Assert.Equal(await shop.Store.QueryAsync(Customer, sql, reader => reader.GetString(0)), combined.Select(row => (string)row[0]!));
        Assert.Equal(["", "\U0001F600"], extremes[0]);
    }

    private static async Task<List<string>> AnswersAsync(EntityStore store)
    {
        var answers = new List<string>();
        foreach (var sql in Queries)
        {
            answers.Add(sql);
            answers.AddRange(await store.QueryAsync(Customer, sql, TempStore.Line));
        }

        return answers;
    }

    private static async Task SplitApartAsync(Shop shop)
    {
        await shop.Store.SplitAsync(Customer, SplitPoints.Segments(["b"], ["c"]));
        await shop.Store.MoveAsync(Customer, Other(shop, []), "b");
        await shop.Store.MoveAsync(Customer, Other(shop, ["b"]), "c");
    }

    /// <summary>A partition that neither the home nor the shards of these groups are on.</summary>
    private static string Other(Shop shop, string[] groups)
    {
        var taken = groups.Select(group => shop.Store.Where(Customer, group).Partition)
            .Append(shop.Store.Where(Customer).Shards.Single(shard => shard.IsHome).Partition);
        return shop.Store.Partitions.Select(partition => partition.Name).Except(taken).First();
    }

    [Fact]
    public async Task A_process_beside_the_owner_reads_a_split_entity_whole()
    {
        await using var shop = await Shop.OpenAsync();
        await shop.AddCustomerAsync(42, 3, "eu", "us");
        await shop.Store.SplitAsync(Shop.Customer(42), SplitPoints.Segments(["us"]));
        var home = shop.Store.Where(Shop.Customer(42), "us").Partition;
        await shop.Store.MoveAsync(Shop.Customer(42), home == "p1" ? "p2" : "p1", "us");

        await using var beside = await EntityStore.OpenAsync(shop.Folder, Shop.Schema, new SqliteStoreOptions { ReadOnly = true });
        const string Sql = "SELECT count(*) FROM orders WHERE customer_id = 42";
        var whole = await beside.QueryAsync(Shop.Customer(42), Sql, row => row.GetInt64(0));
        var shards = await beside.QueryShardsAsync(Shop.Customer(42), Sql, row => row.GetInt64(0));

        Assert.Equal([6L], whole);
        Assert.Equal([3L, 3L], shards);
    }
}
