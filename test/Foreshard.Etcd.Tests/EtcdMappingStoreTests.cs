using System.Collections.Immutable;
using Foreshard.Contracts;
using Foreshard.Mapping;

namespace Foreshard.Etcd.Tests;

/// <summary>What every mapping store must do, on one node.</summary>
[Trait("Category", "Slow")]
public sealed class EtcdMappingStoreTests(OneEtcd etcd) : MappingStoreContract
{
    private readonly EtcdOptions options = etcd.NewStore();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected override async Task<IMappingStore> CreateAsync(int bucketCount, ImmutableArray<PartitionInfo> partitions) =>
        await EtcdMappingStore.CreateAsync(options, bucketCount, partitions, TimeProvider.System, Stop);

    private protected override async Task<IMappingStore> CreateAsync(MappingContents contents) =>
        await EtcdMappingStore.CreateAsync(etcd.NewStore(), contents, TimeProvider.System, Stop);

    private protected override async Task<IMappingStore> OpenAsync() => await EtcdMappingStore.OpenAsync(options, TimeProvider.System, Stop);

    /// <summary>etcd's clock is its own, and it looks twice a second which leases have ended.</summary>
    private protected override Task PassAsync(TimeSpan time) => Task.Delay(time + TimeSpan.FromSeconds(2), TimeProvider.System, Stop);

    private protected override Task RemoveAsync() => Task.CompletedTask;
}
