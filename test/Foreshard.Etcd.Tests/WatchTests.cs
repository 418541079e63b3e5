using Foreshard.Mapping;
using Foreshard.Routing;
using Foreshard.Servers;

namespace Foreshard.Etcd.Tests;

/// <summary>Watches over what etcd does to its history and to its connections.</summary>
[Trait("Category", "Slow")]
public sealed class WatchTests(OneEtcd etcd)
{
    private static CancellationToken Stop => StoreScene.Stop;

    [Fact]
    public async Task A_watch_survives_a_compaction()
    {
        var options = etcd.NewStore();
        await using var writer = await StoreScene.CreateAsync(options);
        await using var reader = await StoreScene.OpenAsync(options);
        await using var replica = await MappingReplica.StartAsync(reader, TimeProvider.System, null, Stop);
        var compacting = Task.Run(
            async () =>
            {
                for (var i = 0; i < 10; i++) await RawEtcd.CompactAsync(options.Endpoints[0]);
            },
            Stop);

        for (var i = 0; i < 30; i++) await StoreScene.CommitAsync(writer, await StoreScene.RaiseAsync(writer, i));
        await compacting;

        var followed = await replica.WaitForAsync(31, Stop);
        var now = await writer.LoadAsync(Stop);
        Assert.All(Enumerable.Range(0, 30), i => Assert.Equal(now.PlacementOf(new UnitId(i)), followed.PlacementOf(new UnitId(i))));
    }

    [Fact]
    public async Task Changes_from_before_a_compaction_come_from_the_stores_own_log()
    {
        var options = etcd.NewStore();
        await using var writer = await StoreScene.CreateAsync(options);
        for (var i = 0; i < 5; i++) await StoreScene.CommitAsync(writer, await StoreScene.RaiseAsync(writer, i));
        await RawEtcd.CompactAsync(options.Endpoints[0]);
        await using var reader = await StoreScene.OpenAsync(options);

        var seen = new List<long>();
        await foreach (var update in reader.WatchAsync(1, Stop))
        {
            Assert.NotNull(update.Change);
            seen.Add(update.Version);
            if (update.Version == 6) break;
        }

        Assert.Equal([2, 3, 4, 5, 6], seen);
    }

    [Fact]
    public async Task Who_lags_behind_the_log_is_told_to_load_again_and_the_log_stays_short()
    {
        var options = etcd.NewStore();
        await using var writer = await StoreScene.CreateAsync(options);
        await using var reader = await StoreScene.OpenAsync(options);
        var last = 0L;
        for (var i = 0; i <= MappingFeed.Capacity; i++)
            last = await StoreScene.CommitAsync(writer, new MappingChange { Records = [new("n", last, "{}")] });
        await StoreScene.CommitAsync(writer, await StoreScene.RaiseAsync(writer, 3));

        foreach (var store in (EtcdMappingStore[])[writer, reader, await StoreScene.OpenAsync(options)])
        {
            await foreach (var update in store.WatchAsync(1, Stop))
            {
                Assert.Equal(new MappingUpdate(last + 1, null), update);
                break;
            }

            Assert.Equal((await writer.LoadAsync(Stop)).PlacementOf(new UnitId(3)), (await store.LoadAsync(Stop)).PlacementOf(new UnitId(3)));
        }

        Assert.Equal(MappingFeed.Capacity, (await RawEtcd.KeysAsync(options)).Count(key => key.StartsWith(EtcdKeys.Changes, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_watch_goes_on_after_the_node_was_started_again()
    {
        using var server = await EtcdServer.StartAsync();
        var options = new EtcdOptions { Endpoints = [server.Endpoint] };
        await using var writer = await StoreScene.CreateAsync(options);
        await using var reader = await StoreScene.OpenAsync(options);
        await using var replica = await MappingReplica.StartAsync(reader, TimeProvider.System, null, Stop);
        await replica.WaitForAsync(await StoreScene.CommitAsync(writer, await StoreScene.RaiseAsync(writer, 1)), Stop);

        server.Kill();
        await StoreScene.PauseAsync(1);
        server.Start();
        await server.WaitAsync();
        var version = await StoreScene.CommitAsync(writer, await StoreScene.RaiseAsync(writer, 1));

        var followed = await replica.WaitForAsync(version, Stop);
        Assert.Equal((await writer.LoadAsync(Stop)).PlacementOf(new UnitId(1)), followed.PlacementOf(new UnitId(1)));
    }
}
