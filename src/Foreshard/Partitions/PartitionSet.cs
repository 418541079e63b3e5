using System.Collections.Concurrent;

namespace Foreshard.Partitions;

/// <summary>The partitions that this process has open, by number. Safe for concurrent use.</summary>
internal sealed class PartitionSet(IPartitionEngine engine) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<PartitionId, IPartition> open = new();

    public IPartitionEngine Engine { get; } = engine;

    /// <summary>In the order of their numbers.</summary>
    public IReadOnlyList<IPartition> All => [.. open.Values.OrderBy(partition => partition.Id)];

    /// <exception cref="KeyNotFoundException">The mapping table names a partition that this process has not opened.</exception>
    public IPartition this[PartitionId id] => open.TryGetValue(id, out var partition)
        ? partition
        : throw new KeyNotFoundException($"Partition {id} is not open in this process.");

    public bool Contains(PartitionId id) => open.ContainsKey(id);

    public void Add(IPartition partition) => open[partition.Id] = partition;

    public async ValueTask RemoveAsync(PartitionId id)
    {
        if (open.TryRemove(id, out var partition)) await partition.DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var id in open.Keys) await RemoveAsync(id).ConfigureAwait(false);
        await Engine.DisposeAsync().ConfigureAwait(false);
    }
}
