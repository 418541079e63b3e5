using Foreshard.Mapping;
using Foreshard.Partitions;

namespace Foreshard.Moving;

/// <summary>
/// Keeps every partition told which split entities have shards on it. An operation that is about to bring one says so before it
/// commits, so that rows are checked and core changes logged from the first moment on.
/// </summary>
internal sealed class SplitEntities(IMappingStore store) : IDisposable
{
    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly List<(PartitionId Partition, EntityKey Entity)> expected = [];

    /// <summary>Tells the partition of the entity ahead of the mapping table.</summary>
    public ValueTask ExpectAsync(IPartition partition, EntityKey entity, CancellationToken cancellationToken) =>
        UpdateAsync([partition], () => expected.Add((partition.Id, entity)), cancellationToken);

    /// <summary>The operation is over: from now on the mapping table alone tells.</summary>
    public ValueTask SettleAsync(IReadOnlyList<IPartition> changed, EntityKey entity, CancellationToken cancellationToken) => UpdateAsync(
        changed, () => expected.RemoveAll(one => one.Entity == entity && changed.Any(partition => partition.Id == one.Partition)), cancellationToken);

    public void Dispose() => turn.Dispose();

    private async ValueTask UpdateAsync(IReadOnlyList<IPartition> changed, Action note, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            note();
            var snapshot = await store.LoadAsync(cancellationToken).ConfigureAwait(false);
            foreach (var partition in changed.DistinctBy(partition => partition.Id))
            {
                var ahead = expected.Where(one => one.Partition == partition.Id).Select(one => one.Entity);
                await partition.SetSplitEntitiesAsync(UnitExtents.SplitOn(snapshot, partition.Id).Union(ahead).ToHashSet(), cancellationToken)
                    .ConfigureAwait(false);
            }
        }
        finally
        {
            turn.Release();
        }
    }
}
