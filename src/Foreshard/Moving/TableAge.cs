using System.Collections.Concurrent;
using System.Globalization;
using Foreshard.Mapping;
using Foreshard.Partitions;

namespace Foreshard.Moving;

/// <summary>
/// Compares the mapping table with the partitions before this process begins its first operation: a table that was put back from a backup gives out
/// numbers of units, epochs and operations a second time.
/// </summary>
/// <remarks>Safe for concurrent use. While this process runs its mapping store notices by itself that it went back.</remarks>
internal sealed class TableAge(IMappingStore store, PartitionSet partitions, TimeProvider time)
{
    /// <summary>How long operations wait for partitions that may be away.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>When a partition that was away is asked again.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>When the partitions were asked; null: they know of nothing younger.</summary>
    private readonly ConcurrentDictionary<PartitionId, long?> asked = new();

    /// <exception cref="MappingStoreException">The mapping table is older than a partition, or can't be read.</exception>
    public async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        var unknown = partitions.All.Where(IsToBeAsked).ToList();
        if (unknown.Count > 0) await Task.WhenAll(unknown.Select(partition => CheckAsync(partition, cancellationToken))).ConfigureAwait(false);
    }

    private bool IsToBeAsked(IPartition partition) => !asked.TryGetValue(partition.Id, out var at) || (at is { } before && time.GetElapsedTime(before) > Pause);

    private async Task CheckAsync(IPartition partition, CancellationToken cancellationToken)
    {
        var suspects = await YoungerAsync(partition, cancellationToken).ConfigureAwait(false);

        // Once more: an operation may have ended between the looks at partition and table.
        if (suspects.Count > 0) suspects.IntersectWith(await YoungerAsync(partition, cancellationToken).ConfigureAwait(false));
        if (suspects.Count == 0) return;
        var (unit, epoch) = suspects.Min();
        var table = await store.LoadAsync(cancellationToken).ConfigureAwait(false);
        var known = table.TryPlacementOf(unit, out var placement)
            ? string.Create(CultureInfo.InvariantCulture, $"the table has that unit at epoch {placement.Epoch}")
            : "the table does not know that unit";
        throw new MappingStoreException(
            $"The mapping table is older than its partitions: '{partition.Name}' has {unit} at epoch {epoch}, and {known}, as after it was restored from a "
            + "backup. The operation was not begun and nothing was changed. Sessions go on where units still are where the table has them. Make the table "
            + "anew of what the partitions hold before anything moves; docs/fleet.md says how.");
    }

    /// <summary>Units that the partition serves at epochs that the table should know, and doesn't.</summary>
    private async Task<HashSet<(UnitId Unit, long Epoch)>> YoungerAsync(IPartition partition, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        IReadOnlyList<OwnerRow> rows;
        try
        {
            rows = await partition.ReadOwnersAsync(stop.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ForeshardException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // Away. An operation that needs it says so itself.
            asked[partition.Id] = time.GetTimestamp();
            return [];
        }

        // The table is read later, so it knows of whatever the partition had by then; only a target has a unit before the table says so.
        var table = await store.LoadAsync(cancellationToken).ConfigureAwait(false);
        var younger = rows
            .Where(row => row.State is OwnerState.Active or OwnerState.Frozen)
            .Where(row => !table.TryPlacementOf(row.Unit, out var placement) || placement.Epoch < row.Epoch)
            .Select(row => (row.Unit, row.Epoch))
            .ToHashSet();
        if (younger.Count > 0)
        {
            var locks = await store.ReadRecordsAsync(OperationLog.LockPrefix, cancellationToken).ConfigureAwait(false);
            var busy = locks.Select(held => held.Key).ToHashSet(StringComparer.Ordinal);
            younger.RemoveWhere(one => busy.Contains(OperationLog.LockOf(one.Unit)));
        }

        if (younger.Count == 0) asked[partition.Id] = null;
        return younger;
    }
}
