using System.Collections.Concurrent;
using Foreshard.Schema;

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

    /// <summary>The layout that partitions get when they are opened here; null: none yet.</summary>
    public StoreLayout? Layout { get; set; }

    /// <summary>Opens a partition that isn't open yet: another process may have added it.</summary>
    /// <exception cref="ForeshardException">It can't be opened.</exception>
    public async ValueTask EnsureAsync(PartitionId id, string name, string location, CancellationToken cancellationToken)
    {
        if (open.ContainsKey(id)) return;
        var partition = await Engine.OpenAsync(id, name, location, cancellationToken).ConfigureAwait(false);
        if (Layout is { } layout) partition.UseLayout(layout);
        if (!open.TryAdd(id, partition)) await partition.DisposeAsync().ConfigureAwait(false);
    }

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
