using System.Collections.Concurrent;
using System.Diagnostics;
using Foreshard.Mapping;
using Foreshard.Routing;
using Foreshard.Servers;

namespace Foreshard.Etcd.Tests;

/// <summary>Three nodes, of which some die or hang.</summary>
[Trait("Category", "Slow")]
public sealed class ClusterTests : IAsyncLifetime
{
    private EtcdCluster cluster = null!;

    private static CancellationToken Stop => StoreScene.Stop;

    private EtcdOptions Options => new() { Endpoints = cluster.Endpoints, Timeout = TimeSpan.FromSeconds(4) };

    public async ValueTask InitializeAsync() => cluster = await EtcdCluster.StartAsync(3);

    public ValueTask DisposeAsync()
    {
        cluster.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("killed")]
    [InlineData("paused")]
    public async Task Commits_while_the_leader_fails_are_there_or_not_as_they_were_answered(string how)
    {
        var writers = new List<EtcdMappingStore> { await StoreScene.CreateAsync(Options) };
        writers.Add(await StoreScene.OpenAsync(Options));
        writers.Add(await StoreScene.OpenAsync(Options));
        var outcomes = new ConcurrentDictionary<string, string>();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var writing = writers.Select((store, writer) => Task.Run(() => WriteAsync(store, writer, outcomes, enough.Token), Stop)).ToList();

        for (var round = 0; round < 4; round++)
        {
            await StoreScene.PauseAsync(0.7);
            var leader = -1;
            await StoreScene.EventuallyAsync(async () => (leader = await RawEtcd.LeaderAsync(cluster.Endpoints)) >= 0);
            await FailAsync(cluster.Nodes[leader], how);
        }

        await StoreScene.EventuallyAsync(() => Task.FromResult(outcomes.Count(outcome => outcome.Value == "committed") > 100));
        await enough.CancelAsync();
        await Task.WhenAll(writing);

        await using var reader = await StoreScene.OpenAsync(Options);
        var records = (await reader.ReadRecordsAsync("w", Stop)).ToDictionary(record => record.Key, record => record.Revision);
        Assert.All(outcomes.Where(outcome => outcome.Value == "committed"), outcome => Assert.Contains(outcome.Key, records));
        Assert.All(outcomes.Where(outcome => outcome.Value == "not"), outcome => Assert.DoesNotContain(outcome.Key, records));
        Assert.Equal(records.Count, records.Values.Distinct().Count());
        Assert.Equal(records.Count + 1, (await reader.LoadAsync(Stop)).Version);
        foreach (var store in writers) await store.DisposeAsync();
        TestContext.Current.SendDiagnosticMessage(
            "{0}: {1}", how, string.Join(", ", outcomes.GroupBy(one => one.Value).Select(group => $"{group.Key} {group.Count()}")));
    }

    [Fact]
    public async Task Without_a_quorum_every_call_fails_soon_and_says_what_to_do_and_all_goes_on_when_the_nodes_are_back()
    {
        await using var store = await StoreScene.CreateAsync(Options);
        await using var replica = await MappingReplica.StartAsync(store, TimeProvider.System, null, Stop);
        var change = await StoreScene.RaiseAsync(store, 3);
        cluster.Nodes[0].Kill();
        cluster.Nodes[1].Kill();

        foreach (var call in (Func<Task>[])
        [
            () => store.LoadAsync(Stop).AsTask(),
            () => store.CommitAsync(change, Stop).AsTask(),
            () => store.AllocateAsync(NumberKind.Epoch, 1, Stop).AsTask(),
            () => store.ReadRecordsAsync("", Stop).AsTask(),
            () => store.AcquireLeaseAsync("autopilot", "a", TimeSpan.FromSeconds(5), Stop).AsTask(),
        ])
        {
            var clock = Stopwatch.StartNew();
            var error = await Assert.ThrowsAsync<MappingStoreException>(call);
            Assert.False(error.IsOutcomeUnknown);
            Assert.Contains("more than half of its nodes", error.Message, StringComparison.Ordinal);
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(6));
        }

        await StoreScene.EventuallyAsync(() => Task.FromResult(replica.Failure is not null));
        Assert.Equal(1, replica.Current.Version);
        cluster.Nodes[0].Start();
        await StoreScene.EventuallyAsync(async () => await RawEtcd.LeaderAsync(cluster.Endpoints) >= 0);

        var version = await StoreScene.CommitAsync(store, change);
        Assert.Equal(2, version);
        await replica.WaitForAsync(version, Stop);
        await StoreScene.EventuallyAsync(() => Task.FromResult(replica.Failure is null));
    }

    [Fact]
    public async Task A_watch_goes_on_while_the_nodes_are_started_again_one_after_the_other()
    {
        await using var writer = await StoreScene.CreateAsync(Options);
        await using var reader = await StoreScene.OpenAsync(Options);
        await using var replica = await MappingReplica.StartAsync(reader, TimeProvider.System, null, Stop);

        foreach (var node in cluster.Nodes)
        {
            node.End();
            var during = await StoreScene.CommitAsync(writer, await StoreScene.RaiseAsync(writer, 1));
            await replica.WaitForAsync(during, Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Stop);
            node.Start();
            await node.WaitAsync();
            await StoreScene.EventuallyAsync(async () => await RawEtcd.LeaderAsync(cluster.Endpoints) >= 0);
        }

        Assert.Equal(4, replica.Current.Version);
        Assert.Equal((await writer.LoadAsync(Stop)).PlacementOf(new UnitId(1)), replica.Current.PlacementOf(new UnitId(1)));
    }

    private static async Task WriteAsync(
        EtcdMappingStore store, int writer, ConcurrentDictionary<string, string> outcomes, CancellationToken enough)
    {
        for (var i = 0; !enough.IsCancellationRequested; i++)
        {
            var key = $"w{writer}/{i}";
            try
            {
                var result = await store.CommitAsync(StoreScene.Add(key), Stop);
                outcomes[key] = result.IsCommitted ? "committed" : "not";
            }
            catch (MappingStoreException error)
            {
                outcomes[key] = error.IsOutcomeUnknown ? "unknown" : "not";
            }
        }
    }

    private static async Task FailAsync(EtcdServer node, string how)
    {
        if (how == "killed") node.Kill();
        else node.Pause();
        await StoreScene.PauseAsync(2.5);
        if (how == "killed") node.Start();
        else node.Resume();
    }
}
