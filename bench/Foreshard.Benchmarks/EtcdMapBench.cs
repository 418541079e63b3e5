using System.Diagnostics;
using Etcdserverpb;
using Foreshard.Etcd;
using Foreshard.Mapping;
using Foreshard.Servers;
using Grpc.Net.Client;

namespace Foreshard.Benchmarks;

/// <summary>A table of a million entries on one etcd node: how long it takes to load and what it weighs, and what a change then costs.</summary>
/// <remarks>
/// The reference is the same entries read by the bare protocol client, in the same ranges and pages, and thrown away: what is above that is
/// parsing, building, and waiting for neither. The node is this program's own, on loopback.
/// </remarks>
internal static class EtcdMapBench
{
    private const int Rounds = 3;
    private const int Changes = 200;

    private static readonly EntityType Customer = EntityType.Of("customer", KeyKind.Integer);

    public static void Run() => RunAsync(1_000_000).GetAwaiter().GetResult();

    private static async Task RunAsync(int entries)
    {
        using var server = await EtcdServer.StartAsync(null, "--quota-backend-bytes", "8589934592");
        var options = new EtcdOptions { Endpoints = [server.Endpoint] };
        var filling = Stopwatch.StartNew();
        await (await EtcdMappingStore.CreateAsync(options, Contents(entries), TimeProvider.System, CancellationToken.None)).DisposeAsync();
        Bars.Say($"{entries} entries, filled in {filling.Elapsed.TotalSeconds:0.0} s");

        var (bare, load) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            bare.Add(await SecondsAsync(() => ReadAsync(server.Endpoint)));
            load.Add(await SecondsAsync(async () => await (await OpenAsync(options)).DisposeAsync()));
        }

        Bars.Say($"read by the bare client: {Bars.Median(bare):0.00} s; opened and loaded: {Bars.Median(load):0.00} s");

        // What the rounds before left is gone once the first of these stands.
        await using var store = await OpenAsync(options);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await using var other = await OpenAsync(options);
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)entries;
        using var process = Process.GetCurrentProcess();
        Bars.Say($"{bytes:0} B an entry in memory, {bytes * entries / (1 << 20):0} MB; most that the process ever had: {process.PeakWorkingSet64 >> 20} MB");

        var (commits, seen) = await ChangeAsync(store, other);
        Bars.Say($"a change, median of {Changes}: committed in {Bars.Median(commits):0.0} ms, seen by another client's watch after {Bars.Median(seen):0.0} ms");
        Bars.Print("etcd-map-load", Bars.Ratio(load, bare), 3);
        Bars.Print("etcd-map-memory", bytes, 600);
    }

    private static MappingContents Contents(int entries)
    {
        var empty = MappingContents.Create(
            MappingSnapshot.DefaultBucketCount, [new PartitionInfo(new PartitionId(1), "p1", "", 0, 0, "host1", PartitionState.Active)]);
        var first = MappingSnapshot.DefaultBucketCount;
        var change = new MappingChange { Entries = [.. Enumerable.Range(0, entries).Select(i => Entry(i, first + i))] };
        return empty with { Table = empty.Table.With(change, 2), Next = empty.Next with { Unit = first + entries, Epoch = first + entries + 1 } };
    }

    private static EntityEntry Entry(int key, int unit) => new(
        Customer.Key(key), [new Shard(new Placement(new UnitId(unit), new PartitionId(1), unit + 1), ShardScope.Whole)], new UnitId(unit));

    private static Task<EtcdMappingStore> OpenAsync(EtcdOptions options) => EtcdMappingStore.OpenAsync(options, TimeProvider.System, CancellationToken.None);

    private static async Task<double> SecondsAsync(Func<Task> work)
    {
        var watch = Stopwatch.StartNew();
        await work();
        return watch.Elapsed.TotalSeconds;
    }

    private static async Task ReadAsync(string endpoint)
    {
        using var channel = GrpcChannel.ForAddress(endpoint, new GrpcChannelOptions { MaxReceiveMessageSize = null });
        var (client, keys) = (new KV.KVClient(channel), new EtcdKeys("main"));
        for (var page = 0; page * EtcdKeys.PageSize < MappingSnapshot.DefaultBucketCount; page++)
        {
            var (next, end) = (keys.Of(EtcdKeys.EntriesFrom(page)), keys.Of(EtcdKeys.EntriesFrom(page + 1)));
            for (var more = true; more;)
            {
                var read = await client.RangeAsync(new RangeRequest { Key = next, RangeEnd = end, Limit = 2000 });
                more = read.More;
                if (more) next = EtcdKeys.After(read.Kvs[^1].Key);
            }
        }
    }

    private static async Task<(List<double> Commits, List<double> Seen)> ChangeAsync(EtcdMappingStore store, EtcdMappingStore other)
    {
        var (commits, seen) = (new List<double>(), new List<double>());
        var version = (await store.LoadAsync(CancellationToken.None)).Version;
        await using var watch = other.WatchAsync(version, CancellationToken.None).GetAsyncEnumerator();
        for (var i = 0; i < Changes; i++)
        {
            var placement = (await store.LoadAsync(CancellationToken.None)).PlacementOf(new UnitId(i));
            var epoch = await store.AllocateAsync(NumberKind.Epoch, 1, CancellationToken.None);
            var change = new MappingChange { Expected = [placement], Buckets = [placement with { Epoch = epoch }] };
            var next = watch.MoveNextAsync().AsTask();
            var clock = Stopwatch.StartNew();
            await store.CommitAsync(change, CancellationToken.None);
            commits.Add(clock.Elapsed.TotalMilliseconds);
            await next;
            seen.Add(clock.Elapsed.TotalMilliseconds);
        }

        return (commits, seen);
    }
}
