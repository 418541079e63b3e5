using Foreshard.CrashWorker;
using Foreshard.FleetClient;
using Foreshard.Moving;
using Foreshard.PostgreSql;
using Foreshard.Servers;
using Foreshard.Sessions;

namespace Foreshard.Fleet.Tests.Crash;

/// <summary>Standbys that take the place of servers that died in the middle of a move.</summary>
public sealed class FailoverTests(OneEtcd etcd, ITestOutputHelper output)
{
    [Fact]
    [Trait("Category", "Long")]
    public Task A_synchronous_standby_promoted_at_a_step_has_every_acknowledged_write() => PromoteAtAsync(
        seed: 40, [MoveStep.Frozen, MoveStep.Copied, MoveStep.Activated, MoveStep.Committed, MoveStep.CoreDecided]);

    [Fact]
    [Trait("Category", "Long")]
    public Task A_synchronous_standby_promoted_at_any_step_has_every_acknowledged_write() =>
        PromoteAtAsync(seed: 41, [.. MoveStep.All, .. MoveStep.All, .. MoveStep.All]);

    [Fact]
    [Trait("Category", "Long")]
    public async Task A_standby_that_lagged_serves_nobody_what_moved_away_since_and_says_what_never_arrived()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var proxy = new TcpProxy(server.Port);
        await using var fleet = await Fleet.PrepareAsync(etcd, 2, CutTests.Through(proxy, server.ConnectionString("postgres")));
        var (one, two) = (await fleet.OpenAsync(Fleet.Patient), (EntityStore?)null);
        await one.ApplySchemaAsync(1, Fleet.Ddl, cancellationToken: Fleet.Stop);
        two = await fleet.OpenAsync(Fleet.Patient);
        foreach (var (id, partition) in new[] { (42, "p2"), (7, "p1"), (3, "p2") })
        {
            await Fleet.AddCustomerAsync(one, id, 5, "eu");
            await one.IsolateAsync(Fleet.Customer(id), Fleet.Stop);
            if (one.Where(Fleet.Customer(id)).Shards[0].Partition != partition)
                await one.MoveAsync(Fleet.Customer(id), partition, cancellationToken: Fleet.Stop);
        }

        await using var standby = await server.StartStandbyAsync();
        await standby.StopFollowingAsync();
        await one.MoveAsync(Fleet.Customer(42), "p1", cancellationToken: Fleet.Stop);
        await one.MoveAsync(Fleet.Customer(7), "p2", cancellationToken: Fleet.Stop);
        foreach (var id in new[] { 42, 3 })
            await one.ExecuteAsync(Fleet.Customer(id), default, $"UPDATE customers SET name = 'new' WHERE id = {id}", cancellationToken: Fleet.Stop);
        await server.KillAsync();
        await standby.PromoteAsync();
        proxy.Redirect(standby.Port);

        // The second process has heard of no move: it still takes the promoted server for the place of what moved away.
        foreach (var store in new[] { two, one })
        {
            foreach (var id in new[] { 3, 7 })
            {
                var refused = await Assert.ThrowsAsync<PartitionServerException>(() => Fleet.ReadAsync(store, id, "SELECT 1"));
                Assert.Contains("reconcile", refused.Message, StringComparison.Ordinal);
            }

            Assert.Equal("new", await Fleet.ReadAsync(store, 42, "SELECT name FROM customers WHERE id = 42"));
        }

        var found = await one.ReconcilePartitionAsync("p2", cancellationToken: Fleet.Stop);
        Assert.Equal((true, 1), (found.IsOtherServer, found.Ended));
        Assert.Equal(["customer/7"], found.Missing);
        Assert.Equal("new", await Fleet.ReadAsync(two, 42, "SELECT name FROM customers WHERE id = 42"));
        Assert.Equal("c3", await Fleet.ReadAsync(two, 3, "SELECT name FROM customers WHERE id = 3"));
        var impatient = new SessionOptions { WaitLimit = TimeSpan.FromMilliseconds(500) };
        await Assert.ThrowsAsync<MoveInProgressException>(() => two.BeginAsync(Fleet.Customer(7), "eu", impatient, Fleet.Stop).AsTask());
    }

    private async Task PromoteAtAsync(int seed, IReadOnlyList<string> steps)
    {
        var servers = new CrashServers();
        var proxies = new List<TcpProxy>();
        var standbys = new Dictionary<string, PostgresServer>();
        try
        {
            await servers.InitializeAsync();
            proxies.AddRange(servers.Partitions.Select(server => new TcpProxy(server.Port)));
            await using var scene = await CrashScene.CreateAsync(
                servers, seed, databases => [.. databases.Select((at, index) => CutTests.Through(proxies[index], at))]);
            foreach (var name in scene.Store.Partitions.Select(partition => partition.Name)) standbys[name] = await FollowAsync(scene.ServerOf(name));
            foreach (var step in steps) await PromoteAtAsync(servers, scene, standbys, proxies, step);
            output.WriteLine(scene.Summary());
        }
        finally
        {
            foreach (var standby in standbys.Values) await standby.DisposeAsync();
            foreach (var proxy in proxies) await proxy.DisposeAsync();
            await servers.DisposeAsync();
        }
    }

    private static async Task<PostgresServer> FollowAsync(PostgresServer server)
    {
        var standby = await server.StartStandbyAsync();
        await server.WaitForStandbysAsync(true);
        return standby;
    }

    private static async Task PromoteAtAsync(
        CrashServers servers, CrashScene scene, Dictionary<string, PostgresServer> standbys, List<TcpProxy> proxies, string step)
    {
        using var mover = await scene.StartMoverAsync();
        await scene.GoAsync();
        mover.Say($"arm {step} 1 {Trap.Stop}");
        mover.Say("go");
        var (from, to) = await scene.ReachAsync(mover, $"promotion at {step}");
        var lost = scene.Random.Next(3) > 0 ? from : to;
        var (primary, standby) = (scene.ServerOf(lost), standbys[lost]);
        await primary.KillAsync();
        await standby.PromoteAsync();
        await standby.WaitForStandbysAsync(false);
        standbys.Remove(lost);
        await servers.ReplaceAsync(primary, standby);
        proxies[lost[1] - '1'].Redirect(standby.Port);

        await AssertRefusedAsync(scene.Store, lost);
        var found = await scene.Store.ReconcilePartitionAsync(lost);
        Assert.True(found is { IsOtherServer: true, Missing.Count: 0 }, $"After the promotion at {step} there is missing: {string.Join(", ", found.Missing)}");
        standbys[lost] = await FollowAsync(standby);
        mover.Say("continue");
        await scene.RestAsync(mover, $"promotion at {step}");
        scene.PrepareMover();
        await scene.AssertWholeAsync($"{(lost == from ? "source's" : "target's")} standby promoted at {step}");
    }

    private static async Task AssertRefusedAsync(EntityStore store, string partition)
    {
        foreach (var bank in FleetBank.Banks.Keys)
        {
            if (store.Where(FleetBank.Key(bank)).Shards.FirstOrDefault(shard => shard.Partition == partition) is not { } shard) continue;
            var group = FleetBank.Regions.First(region => store.Where(FleetBank.Key(bank), region).Partition == partition);
            var refused = await Assert.ThrowsAsync<PartitionServerException>(() => store.BeginAsync(FleetBank.Key(bank), group, SessionOptions.Read).AsTask());
            Assert.Contains("reconcile", refused.Message, StringComparison.Ordinal);
            return;
        }
    }
}
