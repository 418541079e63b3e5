using Foreshard.Etcd;
using Foreshard.Mapping;
using Foreshard.Servers;
using Foreshard.Sessions;

namespace Foreshard.Fleet.Tests.Crash;

/// <summary>A mapping table that was put back from an older snapshot.</summary>
[Trait("Category", "Slow")]
public sealed class RestoreTests
{
    [Fact]
    public async Task Processes_that_know_more_refuse_to_move_and_partitions_refuse_who_comes_by_the_old_table()
    {
        using var server = await EtcdServer.StartAsync();
        await using var fleet = await Fleet.PrepareAsync(
            new EtcdOptions { Endpoints = [server.Endpoint], Store = "restored", Timeout = TimeSpan.FromSeconds(30) });
        var one = await fleet.OpenAsync(Fleet.Patient);
        await one.ApplySchemaAsync(1, Fleet.Ddl, cancellationToken: Fleet.Stop);
        await Fleet.AddCustomerAsync(one, 42, 5, "eu");
        await Fleet.AddCustomerAsync(one, 7, 5, "eu");
        var from = one.Where(Fleet.Customer(42)).Shards[0].Partition;
        var to = from == "p1" ? "p2" : "p1";
        var file = Path.Combine(Directory.CreateTempSubdirectory("foreshard-snapshot-").FullName, "etcd");
        await server.SaveAsync(file);
        await one.MoveAsync(Fleet.Customer(42), to, cancellationToken: Fleet.Stop);
        await one.ExecuteAsync(Fleet.Customer(42), default, "UPDATE customers SET name = 'new' WHERE id = 42", cancellationToken: Fleet.Stop);

        await server.RestoreAsync(file);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);

        // Who knows the newer table moves nothing by the older one, and reads no place out of it.
        var refused = await Assert.ThrowsAsync<MappingStoreException>(() => one.MoveAsync(Fleet.Customer(42), from, cancellationToken: Fleet.Stop));
        Assert.Contains("restored from an older snapshot", refused.Message, StringComparison.Ordinal);
        Assert.Equal("new", await Fleet.ReadAsync(one, 42, "SELECT name FROM customers WHERE id = 42"));

        // Who knows only the older one is sent to a partition that has handed the entity over, and gets nothing there, neither a session nor a move.
        var two = await fleet.OpenAsync();
        Assert.Equal(from, two.Where(Fleet.Customer(42)).Shards[0].Partition);
        var impatient = new SessionOptions { WaitLimit = TimeSpan.FromMilliseconds(500) };
        await Assert.ThrowsAsync<MoveInProgressException>(() => two.BeginAsync(Fleet.Customer(42), "eu", impatient, Fleet.Stop).AsTask());
        await Assert.ThrowsAnyAsync<ForeshardException>(() => two.MoveAsync(Fleet.Customer(42), to, cancellationToken: Fleet.Stop));
        Assert.Equal("new", await fleet.ReadPartitionAsync(to, "SELECT name FROM customers WHERE id = 42"));

        // It begins no operation at all: numbers of units, epochs and operations would come twice.
        var (bucket, at) = (two.Where(Fleet.Customer(7)).Bucket, two.Where(Fleet.Customer(7)).Shards[0].Partition);
        foreach (var begin in (Func<Task>[])
            [() => two.IsolateAsync(Fleet.Customer(7), Fleet.Stop), () => two.MoveBucketAsync(bucket, at == "p1" ? "p2" : "p1", cancellationToken: Fleet.Stop)])
        {
            var older = await Assert.ThrowsAsync<MappingStoreException>(begin);
            Assert.Contains("is older than its partitions", older.Message, StringComparison.Ordinal);
        }

        // What has not moved since is served as ever.
        Assert.Equal(5L, await Fleet.ReadAsync(two, 7, "SELECT count(*) FROM orders WHERE customer_id = 7", "eu"));
    }
}
