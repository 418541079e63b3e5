using Foreshard.Mapping;
using Foreshard.Moving;
using Foreshard.Partitions;

namespace Foreshard.Sessions;

/// <summary>Views in partitions' databases that show all rows of the store to other tools.</summary>
public sealed partial class EntityStore
{
    /// <summary>The version of the mapping table with which the views were last found to answer.</summary>
    private long shownVersion;

    private static IViewed ViewsOf(IPartition partition) => partition as IViewed ?? throw new ArgumentException(
        $"Partition '{partition.Name}' can have no views of all partitions: only partitions on PostgreSQL can. Nothing was changed. Leave Views off; "
        + "QueryShardsAsync reads all shards of an entity.");

    /// <summary>Makes the views what the mapping table and the tables ask for: first each partition's own, then those that unite them.</summary>
    /// <param name="anew">A partition on which everything is made anew.</param>
    /// <param name="cancellationToken">Gives up; the caretakers go on.</param>
    private async ValueTask ShowAsync(PartitionId? anew, CancellationToken cancellationToken)
    {
        var snapshot = await mapping.LoadAsync(cancellationToken).ConfigureAwait(false);
        if (!snapshot.HasViews || layout is null) return;
        shownVersion = 0;
        foreach (var partition in Shown(snapshot))
        {
            await ViewsOf(partition).ShowOwnAsync(UnitExtents.ShownOn(snapshot, partition.Id), snapshot.BucketCount, cancellationToken)
                .ConfigureAwait(false);
        }

        foreach (var (partition, others) in Showing(snapshot))
        {
            await ViewsOf(partition).ShowAllAsync(others, snapshot.BucketCount, isAnew: partition.Id == anew, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    /// <summary>The same after something that is decided and doesn't fail for views; if it can't be done, the caretakers go on.</summary>
    private async ValueTask TryShowAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ShowAsync(anew: null, cancellationToken).ConfigureAwait(false);
        }
        catch (ForeshardException exception)
        {
            telemetry.CareFailed(exception);
        }
    }

    /// <summary>Takes the views away that a partition has; with the last of the store also what all partitions have for them.</summary>
    private async ValueTask HideAsync(PartitionId id, CancellationToken cancellationToken)
    {
        var snapshot = await mapping.LoadAsync(cancellationToken).ConfigureAwait(false);
        await ViewsOf(partitions[id]).HideAllAsync(cancellationToken).ConfigureAwait(false);
        if (Showing(snapshot).Any(one => one.Partition.Id != id)) return;
        foreach (var partition in Shown(snapshot)) await ViewsOf(partition).HideOwnAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Looks whether the views answer after the mapping table has changed, and mends them.</summary>
    private async ValueTask KeepShownAsync(CancellationToken cancellationToken)
    {
        var snapshot = replica.Current;
        if (!snapshot.HasViews || layout is null || snapshot.Version == shownVersion) return;
        var isShown = true;
        foreach (var (partition, others) in Showing(snapshot))
            isShown &= await ViewsOf(partition).IsShownAsync(others, snapshot.BucketCount, cancellationToken).ConfigureAwait(false);
        if (!isShown && await TryEnterSchemaTurnAsync(cancellationToken).ConfigureAwait(false) is var (isMine, turn) && isMine)
        {
            try
            {
                await ShowAsync(anew: null, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                await LeaveSchemaTurnAsync(turn).ConfigureAwait(false);
            }
        }

        // What was mended is looked at once more.
        if (isShown) shownVersion = snapshot.Version;
    }

    /// <summary>The turn to change views, if nobody else changes tables or partitions: then the next round will do.</summary>
    private async ValueTask<(bool IsMine, LeaseKeeper? Turn)> TryEnterSchemaTurnAsync(CancellationToken cancellationToken)
    {
        if (!await schemaTurn.WaitAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false)) return (false, null);
        LeaseKeeper? turn = null;
        try
        {
            turn = await LeaseKeeper.TryTakeAsync(mapping, "schema", member!.Name, Member.Life, options.TimeProvider, cancellationToken)
                .ConfigureAwait(false);
            return (turn is not null, turn);
        }
        finally
        {
            if (turn is null) schemaTurn.Release();
        }
    }

    private IEnumerable<IPartition> Shown(MappingSnapshot snapshot) =>
        partitions.All.Where(partition => snapshot.PartitionOf(partition.Id) is { State: not PartitionState.Removed });

    private IEnumerable<(IPartition Partition, IReadOnlyList<IPartition> Others)> Showing(MappingSnapshot snapshot) =>
        from partition in Shown(snapshot)
        where snapshot.PartitionOf(partition.Id)!.HasViews
        select (partition, (IReadOnlyList<IPartition>)[.. Shown(snapshot).Where(other => other.Id != partition.Id)]);
}
