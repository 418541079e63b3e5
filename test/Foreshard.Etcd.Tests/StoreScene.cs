using System.Collections.Immutable;
using Foreshard.Mapping;

namespace Foreshard.Etcd.Tests;

/// <summary>Stores and changes for tests.</summary>
internal static class StoreScene
{
    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static ImmutableArray<PartitionInfo> Partitions =>
        [.. Enumerable.Range(1, 2).Select(id => new PartitionInfo(new PartitionId(id), $"p{id}", "", 0, 0, $"host{id}", PartitionState.Active))];

    public static Task<EtcdMappingStore> CreateAsync(EtcdOptions options) =>
        EtcdMappingStore.CreateAsync(options, 64, Partitions, TimeProvider.System, Stop);

    public static Task<EtcdMappingStore> OpenAsync(EtcdOptions options) => EtcdMappingStore.OpenAsync(options, TimeProvider.System, Stop);

    /// <summary>A new record.</summary>
    public static MappingChange Add(string key) => new() { Records = [new RecordWrite(key, 0, "{}")] };

    /// <summary>A bucket with a new epoch.</summary>
    public static async Task<MappingChange> RaiseAsync(IMappingStore store, int bucket)
    {
        var placement = (await store.LoadAsync(Stop)).PlacementOf(new UnitId(bucket));
        return new MappingChange { Expected = [placement], Buckets = [placement with { Epoch = await store.AllocateAsync(NumberKind.Epoch, 1, Stop) }] };
    }

    public static async Task<long> CommitAsync(IMappingStore store, MappingChange change)
    {
        var result = await store.CommitAsync(change, Stop);
        Assert.Null(result.Conflict);
        return result.Version;
    }

    public static Task PauseAsync(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System, Stop);

    /// <summary>Tries until it holds, for at most half a minute.</summary>
    public static async Task EventuallyAsync(Func<Task<bool>> holds)
    {
        for (var since = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(30);)
        {
            if (await holds()) return;
            await PauseAsync(0.1);
        }

        Assert.Fail("It has not become so within 30 s.");
    }
}
