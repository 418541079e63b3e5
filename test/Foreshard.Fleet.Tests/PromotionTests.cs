using Foreshard.PostgreSql;
using Foreshard.Servers;
using Foreshard.Sessions;

namespace Foreshard.Fleet.Tests;

/// <summary>A server that was promoted or restored serves nobody before its owner rows were compared with the mapping table.</summary>
[Trait("Category", "Slow")]
public sealed class PromotionTests(OneEtcd etcd)
{
    [Fact]
    public async Task A_promoted_server_serves_again_once_it_was_reconciled()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var fleet = await Fleet.PrepareAsync(etcd, 2, server.ConnectionString("postgres"));
        var store = await fleet.OpenAsync();
        await store.ApplySchemaAsync(1, Fleet.Ddl, cancellationToken: Fleet.Stop);
        await Fleet.AddCustomerAsync(store, 42, 5, "eu");
        await Fleet.AddCustomerAsync(store, 7, 5, "eu");
        foreach (var id in new[] { 42, 7 }) await EnsureOnAsync(store, id, "p2");

        // The standby had not heard of a unit's departure, nor of an arrival.
        await server.StopAsync();
        await server.StartPromotedAsync();
        var (moved, missing) = (store.Where(Fleet.Customer(42)).Shards[0].Placement.Unit, store.Where(Fleet.Customer(7)).Shards[0].Placement.Unit);
        await fleet.ReadPartitionAsync("p2", $"UPDATE foreshard.owner SET epoch = epoch - 1 WHERE unit = {missing.Value} RETURNING 1");
        await fleet.ReadPartitionAsync("p2", "INSERT INTO foreshard.owner (unit, epoch, state) VALUES (999, 3, 1) RETURNING 1");

        var refused = await Assert.ThrowsAsync<PartitionServerException>(() => Fleet.ReadAsync(store, 42, "SELECT 1"));
        Assert.Contains("reconcile", refused.Message, StringComparison.Ordinal);
        var found = await store.ReconcilePartitionAsync("p2", cancellationToken: Fleet.Stop);

        Assert.True(found.IsOtherServer);
        Assert.Equal(1, found.Ended);
        Assert.Equal(["customer/7"], found.Missing);
        Assert.Equal(5L, await Fleet.ReadAsync(store, 42, "SELECT count(*) FROM orders WHERE customer_id = 42"));
        Assert.Equal(moved, store.Where(Fleet.Customer(42)).Shards[0].Placement.Unit);
        var impatient = new SessionOptions { ReadOnly = true, WaitLimit = TimeSpan.FromMilliseconds(200) };
        await Assert.ThrowsAsync<MoveInProgressException>(() => store.BeginAsync(Fleet.Customer(7), default, impatient, Fleet.Stop).AsTask());

        Assert.False((await store.ReconcilePartitionAsync("p2", acceptLoss: true, Fleet.Stop)).IsOtherServer);
        Assert.Equal(5L, await Fleet.ReadAsync(store, 7, "SELECT count(*) FROM orders WHERE customer_id = 7"));
        Assert.Empty(await store.VerifyAsync(Fleet.Stop));
    }

    private static async Task EnsureOnAsync(EntityStore store, long id, string partition)
    {
        await store.IsolateAsync(Fleet.Customer(id), Fleet.Stop);
        if (store.Where(Fleet.Customer(id)).Shards[0].Partition != partition)
            await store.MoveAsync(Fleet.Customer(id), partition, cancellationToken: Fleet.Stop);
    }
}
