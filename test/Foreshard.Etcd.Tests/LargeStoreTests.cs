using Foreshard.Mapping;
using Foreshard.Servers;

namespace Foreshard.Etcd.Tests;

/// <summary>As many entries as a large fleet has. How fast and how large: <c>./bench.sh etcd-map</c>.</summary>
public sealed class LargeStoreTests
{
    private static CancellationToken Stop => StoreScene.Stop;

    [Fact]
    [Trait("Category", "Long")]
    public Task A_million_entries_are_loaded_page_by_page_while_others_write_and_etcd_compacts() => LoadAsync(1_000_000);

    [Fact]
    [Trait("Category", "Slow")]
    public Task Ten_thousand_entries_are_loaded_page_by_page_while_others_write_and_etcd_compacts() => LoadAsync(10_000);

    private static async Task LoadAsync(int entries)
    {
        using var server = await EtcdServer.StartAsync(null, "--quota-backend-bytes", "8589934592");
        var options = new EtcdOptions { Endpoints = [server.Endpoint] };
        var customer = EntityType.Of("customer", KeyKind.Integer);
        var empty = MappingContents.Create(MappingSnapshot.DefaultBucketCount, StoreScene.Partitions);
        var change = new MappingChange
        {
            Entries =
            [
                .. Enumerable.Range(0, entries)
                    .Select(i => (Entity: customer.Key(i), Place: new Placement(new UnitId(10_000 + i), new PartitionId(1), 20_000 + i)))
                    .Select(one => new EntityEntry(one.Entity, [new Shard(one.Place, ShardScope.Whole)], one.Place.Unit)),
            ],
        };
        var full = empty with { Table = empty.Table.With(change, 2), Next = empty.Next with { Unit = 2_000_000, Epoch = 2_000_000 } };
        await using var writer = await EtcdMappingStore.CreateAsync(options, full, TimeProvider.System, Stop);
        using var loaded = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var writing = WriteAsync(writer, options.Endpoints[0], loaded.Token);

        await using var reader = await StoreScene.OpenAsync(options);
        var table = await reader.LoadAsync(Stop);
        await loaded.CancelAsync();
        var version = await writing;

        Assert.Equal(entries, table.EntryCount);
        for (var i = 0; i < entries; i += 997) Assert.Equal(20_000 + i, table.Find(customer.Key(i)).Epoch);
        Assert.Equal(version, (await reader.LoadAsync(Stop)).Version);
    }

    private static async Task<long> WriteAsync(EtcdMappingStore store, string endpoint, CancellationToken loaded)
    {
        var version = 0L;
        for (var i = 0; version == 0 || !loaded.IsCancellationRequested; i++)
        {
            version = await StoreScene.CommitAsync(store, await StoreScene.RaiseAsync(store, i % 64));
            if (i % 100 == 50) await RawEtcd.CompactAsync(endpoint, keep: 200);
        }

        return version;
    }
}
