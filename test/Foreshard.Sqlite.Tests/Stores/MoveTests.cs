using Foreshard.Moving;
using Foreshard.Sessions;

namespace Foreshard.Sqlite.Tests.Stores;

public sealed class MoveTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(2000)]
    public async Task An_entity_arrives_whole_and_leaves_nothing_behind(int orders)
    {
        await using var shop = await Shop.OpenAsync();
        await shop.AddCustomerAsync(42, orders, "eu", "us");
        await shop.AddCustomerAsync(7, 5, "eu");
        var from = shop.Store.Where(Shop.Customer(42)).Shards[0].Partition;
        var to = from == "p1" ? "p2" : "p1";

        var result = await shop.Store.MoveAsync(Shop.Customer(42), to);

        Assert.Equal(to, shop.Store.Where(Shop.Customer(42)).Shards[0].Partition);
        Assert.Equal((long)orders * 2, await shop.ReadAsync(42, "SELECT count(*) FROM orders WHERE customer_id = 42"));
        Assert.Equal((long)orders * 4, shop.ReadFile(to, "SELECT count(*) FROM order_lines WHERE customer_id = 42"));
        Assert.Equal(0L, shop.ReadFile(from, "SELECT count(*) FROM order_lines WHERE customer_id = 42"));
        Assert.Equal(0L, shop.ReadFile(from, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'foreshard_log%' OR name LIKE 'foreshard_check%'"));
        Assert.Equal(5L, await shop.ReadAsync(7, "SELECT count(*) FROM orders WHERE customer_id = 7"));
        Assert.True(result.Stall > TimeSpan.Zero);
        await shop.AssertWholeAsync();
        Assert.All(await shop.Store.ReadOperationsAsync(), operation => Assert.Equal(OperationState.Done, operation.State));
    }

    [Fact]
    public async Task A_bucket_moves_with_all_its_entities_but_the_isolated_ones()
    {
        await using var shop = await Shop.OpenAsync();
        for (var id = 1; id <= 40; id++) await shop.AddCustomerAsync(id, 2, "eu");
        var bucket = shop.Store.Where(Shop.Customer(1)).Bucket;
        var mates = Enumerable.Range(1, 40).Where(id => shop.Store.Where(Shop.Customer(id)).Bucket == bucket).ToList();
        Assert.True(mates.Count > 1);
        await shop.Store.IsolateAsync(Shop.Customer(1));
        var from = shop.Store.Where(Shop.Customer(1)).Shards[0].Partition;
        var to = from == "p3" ? "p1" : "p3";

        await shop.Store.MoveBucketAsync(bucket, to);

        Assert.Equal(from, shop.Store.Where(Shop.Customer(1)).Shards[0].Partition);
        Assert.All(mates.Skip(1), id => Assert.Equal(to, shop.Store.Where(Shop.Customer(id)).Shards[0].Partition));
        foreach (var id in mates) Assert.Equal(2L, await shop.ReadAsync(id, $"SELECT count(*) FROM orders WHERE customer_id = {id}"));
        await shop.AssertWholeAsync();
    }

    [Fact]
    public async Task A_split_entity_is_written_by_group_read_whole_and_merged_again()
    {
        await using var shop = await Shop.OpenAsync();
        await shop.AddCustomerAsync(42, 10, "eu", "us", "asia");
        var home = shop.Store.Where(Shop.Customer(42)).Shards[0].Partition;
        var other = home == "p1" ? "p2" : "p1";

        await shop.Store.SplitAsync(Shop.Customer(42), SplitPoints.Segments(["us"]));
        await shop.Store.MoveAsync(Shop.Customer(42), other, "us");

        Assert.Equal(30L, await shop.ReadAsync(42, "SELECT count(*) FROM orders WHERE customer_id = 42"));
        Assert.Equal(10L, shop.ReadFile(other, "SELECT count(*) FROM orders"));
        Assert.Equal(1L, shop.ReadFile(other, "SELECT count(*) FROM notes"));
        await shop.AddOrdersAsync(42, "us", 100, 5);
        await shop.AddOrdersAsync(42, "new", 100, 5);
        Assert.Equal(40L, await shop.ReadAsync(42, "SELECT count(*) FROM orders WHERE customer_id = 42"));

        await using (var whole = await shop.Store.BeginAsync(Shop.Customer(42)))
        {
            Shop.Execute(
                whole,
                "UPDATE customers SET name = 'renamed' WHERE id = 42; INSERT INTO notes VALUES (42, 2, 'second'); "
                + "DELETE FROM notes WHERE customer_id = 42 AND id = 1");
            await whole.CommitAsync();
        }

        Assert.Equal("renamed", shop.ReadFile(other, "SELECT name FROM customers WHERE id = 42"));
        Assert.Equal("second", shop.ReadFile(other, "SELECT group_concat(text) FROM notes"));
        await shop.AssertWholeAsync();

        var sums = await shop.Store.CombineShardsAsync(
            Shop.Customer(42), "SELECT region, sum(total), count(*) FROM orders GROUP BY region", [ShardColumn.Key, ShardColumn.Sum, ShardColumn.Sum]);
        Assert.Equal(["asia", "eu", "new", "us"], sums.Select(row => row[0]));
        Assert.Equal(40L, sums.Sum(row => (long)row[2]!));

        await shop.Store.MergeAsync(Shop.Customer(42));
        Assert.Equal(40L, await shop.ReadAsync(42, "SELECT count(*) FROM orders WHERE customer_id = 42"));
        Assert.Equal(0L, shop.ReadFile(other, "SELECT count(*) FROM customers WHERE id = 42"));
        await shop.Store.FoldAsync(Shop.Customer(42));
        Assert.False(shop.Store.Where(Shop.Customer(42)).IsIsolated);
        Assert.Equal(40L, await shop.ReadAsync(42, "SELECT count(*) FROM orders WHERE customer_id = 42"));
        await shop.AssertWholeAsync();
    }

    [Fact]
    public async Task A_drained_partition_is_empty_and_can_be_removed()
    {
        await using var shop = await Shop.OpenAsync();
        for (var id = 1; id <= 30; id++) await shop.AddCustomerAsync(id, 2, "eu");

        await shop.Store.DrainAsync("p2");
        await shop.Store.RemovePartitionAsync("p2");

        Assert.Equal(["p1", "p3"], shop.Store.Partitions.Select(partition => partition.Name));
        for (var id = 1; id <= 30; id++) Assert.Equal(2L, await shop.ReadAsync(id, $"SELECT count(*) FROM orders WHERE customer_id = {id}"));
        await shop.AssertWholeAsync();
    }
}
