using Foreshard.Sessions;
using Npgsql;

namespace Foreshard.Fleet.Tests;

/// <summary>Core rows of split entities, written by several processes at the same time.</summary>
[Trait("Category", "Slow")]
public sealed class CoreWriteTests(OneEtcd etcd)
{
    [Fact]
    public async Task Two_processes_that_write_entities_with_homes_and_copies_crosswise_never_wait_for_each_other()
    {
        var (fleet, one) = await Fleet.StartAsync(etcd, configure: Fleet.Patient);
        await using var _ = fleet;
        var two = await fleet.OpenAsync();
        await SplitAsync(one, 42, home: "p1", copy: "p2");
        await SplitAsync(one, 7, home: "p2", copy: "p1");

        var writes = new[] { (one, 42), (two, 7) }.Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 150; i++) await WriteAsync(writer.Item1, writer.Item2, $"n{i}");
        }));

        await Task.WhenAll(writes).WaitAsync(TimeSpan.FromMinutes(3), Fleet.Stop);
        Assert.Empty(await one.VerifyAsync(Fleet.Stop));
    }

    [Fact]
    public async Task A_write_waits_at_its_commit_as_long_as_a_freeze_on_the_partition_takes()
    {
        var (fleet, one) = await Fleet.StartAsync(etcd, configure: Fleet.Patient);
        await using var _ = fleet;
        await SplitAsync(one, 42, home: "p1", copy: "p2");
        await using var connection = new NpgsqlConnection(fleet.Locations[0] + ";Pooling=false");
        await connection.OpenAsync(Fleet.Stop);
        await using var transaction = await connection.BeginTransactionAsync(Fleet.Stop);
        await using (var freeze = new NpgsqlCommand("SELECT foreshard.raise_generation()", connection)) await freeze.ExecuteNonQueryAsync(Fleet.Stop);

        var writing = WriteAsync(one, 42, "new");
        await Task.Delay(500, Fleet.Stop);
        Assert.False(writing.IsCompleted, $"{writing.Exception}");
        await transaction.CommitAsync(Fleet.Stop);
        await writing;
        foreach (var region in new[] { "eu", "us" })
            Assert.Equal("new", await Fleet.ReadAsync(one, 42, "SELECT name FROM customers WHERE id = 42", region));
    }

    [Fact]
    public async Task A_process_that_hangs_between_home_and_copies_keeps_nobody_else_on_their_partitions_waiting()
    {
        // A live move waits for all transactions of its source, also for those that hang.
        var (fleet, one) = await Fleet.StartAsync(etcd, configure: options =>
        {
            Fleet.Patient(options);
            options.Moves.QuickToFind = TimeSpan.FromMinutes(10);
        });
        await using var _ = fleet;
        await SplitAsync(one, 42, home: "p1", copy: "p2");
        await Fleet.AddCustomerAsync(one, 7, 5, "eu");
        var (reached, goOn) = (new TaskCompletionSource(), new ManualResetEventSlim());
        var writer = await fleet.OpenAsync(options => options.StepReached = step =>
        {
            if (step != Moving.MoveStep.CoreCopiesPrepared || !reached.TrySetResult()) return;
            goOn.Wait();
        });
        var writing = Task.Run(() => WriteAsync(writer, 42, "new"), Fleet.Stop);
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(30), Fleet.Stop);

        // Others read, and move, as if nothing were.
        var from = one.Where(Fleet.Customer(7)).Shards[0].Partition;
        var patience = TimeSpan.FromSeconds(60);
        await one.MoveAsync(Fleet.Customer(7), from == "p1" ? "p2" : "p1", cancellationToken: Fleet.Stop).WaitAsync(patience, Fleet.Stop);
        Assert.Equal(5L, await Fleet.ReadAsync(one, 7, "SELECT count(*) FROM orders WHERE customer_id = 7", "eu").WaitAsync(patience, Fleet.Stop));

        goOn.Set();
        await writing;
        Assert.Equal("new", await Fleet.ReadAsync(one, 42, "SELECT name FROM customers WHERE id = 42", "us"));
    }

    private static Task<int> WriteAsync(EntityStore store, long id, string name) =>
        store.ExecuteAsync(Fleet.Customer(id), default, $"UPDATE customers SET name = '{name}' WHERE id = {id}", cancellationToken: Fleet.Stop);

    private static async Task SplitAsync(EntityStore store, long id, string home, string copy)
    {
        await Fleet.AddCustomerAsync(store, id, 5, "eu", "us");
        if (store.Where(Fleet.Customer(id)).Shards[0].Partition != home)
            await store.MoveAsync(Fleet.Customer(id), home, cancellationToken: Fleet.Stop);
        await store.SplitAsync(Fleet.Customer(id), Moving.SplitPoints.Segments(["us"]), Fleet.Stop);
        await store.MoveAsync(Fleet.Customer(id), copy, store.Where(Fleet.Customer(id), "us").IsHome ? "eu" : "us", cancellationToken: Fleet.Stop);
    }
}
