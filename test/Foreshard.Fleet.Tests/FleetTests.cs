using Foreshard.Moving;
using Foreshard.Sessions;

namespace Foreshard.Fleet.Tests;

/// <summary>A store that several processes have open.</summary>
[Trait("Category", "Slow")]
public sealed class FleetTests(OneEtcd etcd)
{
    [Theory]
    [InlineData(3)]
    [InlineData(3000)]
    public async Task What_one_process_writes_and_moves_another_reads_at_its_new_place(int orders)
    {
        var (fleet, one) = await Fleet.StartAsync(etcd);
        await using var _ = fleet;
        var two = await fleet.OpenAsync();
        await Fleet.AddCustomerAsync(one, 42, orders, "eu", "us");
        var from = two.Where(Fleet.Customer(42)).Shards[0].Partition;
        var to = from == "p1" ? "p2" : "p1";
        Assert.Equal(orders * 2L, await Fleet.ReadAsync(two, 42, "SELECT count(*) FROM orders WHERE customer_id = 42"));

        await one.MoveAsync(Fleet.Customer(42), to, cancellationToken: Fleet.Stop);

        // Its replica may lag; the partition refuses the old place, and it looks again.
        Assert.Equal(orders * 2L, await Fleet.ReadAsync(two, 42, "SELECT count(*) FROM orders WHERE customer_id = 42"));
        Assert.Equal(to, two.Where(Fleet.Customer(42)).Shards[0].Partition);
        Assert.Equal(orders * 2L, await fleet.ReadPartitionAsync(to, "SELECT count(*) FROM orders WHERE customer_id = 42"));
        Assert.Equal(0L, await fleet.ReadPartitionAsync(from, "SELECT count(*) FROM orders WHERE customer_id = 42"));
        await two.MoveAsync(Fleet.Customer(42), from, cancellationToken: Fleet.Stop);
        Assert.Equal(orders * 2L, await Fleet.ReadAsync(one, 42, "SELECT count(*) FROM orders WHERE customer_id = 42"));
        Assert.Empty(await one.VerifyAsync(Fleet.Stop));
    }

    [Fact]
    public async Task Core_rows_of_a_split_entity_are_written_by_one_process_and_read_on_every_shard_by_another()
    {
        var (fleet, one) = await Fleet.StartAsync(etcd);
        await using var _ = fleet;
        var two = await fleet.OpenAsync();
        await Fleet.AddCustomerAsync(one, 42, 5, "eu", "us");
        var home = one.Where(Fleet.Customer(42)).Shards[0].Partition;
        await one.SplitAsync(Fleet.Customer(42), SplitPoints.Segments(["us"]), Fleet.Stop);
        await two.MoveAsync(Fleet.Customer(42), home == "p1" ? "p2" : "p1", "us", cancellationToken: Fleet.Stop);

        for (var i = 0; i < 5; i++)
        {
            var (writer, reader) = i % 2 == 0 ? (one, two) : (two, one);
            await writer.ExecuteAsync(Fleet.Customer(42), default, $"UPDATE customers SET name = 'n{i}' WHERE id = 42", cancellationToken: Fleet.Stop);
            foreach (var region in new[] { "eu", "us" })
                Assert.Equal($"n{i}", await Fleet.ReadAsync(reader, 42, "SELECT name FROM customers WHERE id = 42", region));
        }

        var counts = await one.QueryShardsAsync(
            Fleet.Customer(42), "SELECT count(*) FROM orders WHERE customer_id = 42", row => row.GetInt64(0), cancellationToken: Fleet.Stop);
        Assert.Equal(10, counts.Sum());
        Assert.Empty(await two.VerifyAsync(Fleet.Stop));
        await two.MergeAsync(Fleet.Customer(42), cancellationToken: Fleet.Stop);
        Assert.Equal(10L, await Fleet.ReadAsync(one, 42, "SELECT count(*) FROM orders WHERE customer_id = 42"));
    }

    [Fact]
    public async Task A_partition_that_one_process_adds_another_uses()
    {
        var (fleet, one) = await Fleet.StartAsync(etcd);
        await using var _ = fleet;
        var two = await fleet.OpenAsync();
        await one.WriteReferenceAsync("INSERT INTO countries VALUES ('de', 'Germany')", cancellationToken: Fleet.Stop);
        await Fleet.AddCustomerAsync(one, 42, 5, "eu");

        var location = await Servers.PostgresDatabases.CreateAsync();
        await two.AddPartitionAsync("p3", new PartitionSettings { Location = location }, Fleet.Stop);
        await one.MoveAsync(Fleet.Customer(42), "p3", cancellationToken: Fleet.Stop);

        await two.ExecuteAsync(Fleet.Customer(42), default, "UPDATE customers SET country = 'de' WHERE id = 42", cancellationToken: Fleet.Stop);
        Assert.Equal("de", await Fleet.ReadAsync(one, 42, "SELECT country FROM customers WHERE id = 42"));
        Assert.Empty(await two.VerifyAsync(Fleet.Stop));
    }

    [Fact]
    public async Task Tables_that_one_process_makes_another_finds()
    {
        await using var fleet = await Fleet.PrepareAsync(etcd);
        var one = await fleet.OpenAsync();
        var two = await fleet.OpenAsync();
        await one.ApplySchemaAsync(1, Fleet.Ddl, cancellationToken: Fleet.Stop);

        await WaitAsync(() => two.SchemaVersion == 1);
        await Fleet.AddCustomerAsync(two, 42, 5, "eu");
        Assert.Equal(5L, await Fleet.ReadAsync(one, 42, "SELECT count(*) FROM orders WHERE customer_id = 42"));
    }

    [Fact]
    public async Task Ids_of_several_processes_are_never_alike()
    {
        var (fleet, one) = await Fleet.StartAsync(etcd);
        await using var _ = fleet;
        var two = await fleet.OpenAsync();
        var ids = await Task.WhenAll(new[] { one, two }.Select(store => Task.Run(() => Enumerable.Range(0, 20_000).Select(_ => store.Ids.Next()).ToList())));
        Assert.Equal(40_000, ids.SelectMany(some => some).Distinct().Count());
    }

    [Fact]
    public async Task A_making_that_was_broken_off_is_taken_up_and_databases_with_data_are_not_taken()
    {
        await using var fleet = await Fleet.PrepareAsync(etcd);
        var broken = fleet.Options(options => options.Mapping = new() { Endpoints = options.Mapping.Endpoints, Store = options.Mapping.Store });
        var engine = new PostgreSql.PostgresEngine(broken.Partitions, TimeProvider.System, broken.Mapping.Store);
        await engine.CreateAsync(new PartitionId(1), "p1", fleet.Locations[0], Fleet.Stop);
        var store = await fleet.OpenAsync();
        await store.ApplySchemaAsync(1, Fleet.Ddl, cancellationToken: Fleet.Stop);

        var other = etcd.NewStore();
        var refused = await Assert.ThrowsAsync<PostgreSql.PartitionServerException>(() => fleet.OpenAsync(options => options.Mapping = other));
        Assert.Contains("of another store or with data", refused.Message, StringComparison.Ordinal);
    }

    private static async Task WaitAsync(Func<bool> condition)
    {
        for (var i = 0; i < 300 && !condition(); i++) await Task.Delay(100, Fleet.Stop);
        Assert.True(condition());
    }
}
