namespace Foreshard.Partitions;

/// <summary>A partition whose database can show other tools the rows of the whole store, each once. Not every engine has such.</summary>
/// <remarks>
/// Each partition shows the rows of the units that it owns, active or frozen, and says what they cover; the views that unite them refuse to answer
/// unless that is all there is and nothing twice. So what is missing here is never a wrong answer, only none.
/// </remarks>
internal interface IViewed
{
    /// <summary>Looks whether views of all partitions can be made here.</summary>
    /// <exception cref="ForeshardException">They can't; the message says what is missing.</exception>
    ValueTask CheckViewsAsync(CancellationToken cancellationToken);

    /// <summary>Makes the views of the partition's own rows what the layout asks for.</summary>
    /// <param name="units">The units that the mapping table has here, with the rows that they answer for.</param>
    /// <param name="bucketCount">How many buckets the store has.</param>
    /// <param name="cancellationToken">Gives up; the views are as they were then.</param>
    ValueTask ShowOwnAsync(IReadOnlyList<(Placement Unit, UnitRows Rows)> units, int bucketCount, CancellationToken cancellationToken);

    /// <summary>Says which rows units are; they may be on their way here or not begun yet. Without effect if there are no views.</summary>
    ValueTask DescribeAsync(IReadOnlyList<(Placement Unit, UnitRows Rows)> units, CancellationToken cancellationToken);

    /// <summary>Makes the views that unite all partitions' rows.</summary>
    /// <param name="others">The other partitions, which show their own already.</param>
    /// <param name="bucketCount">How many buckets the store has.</param>
    /// <param name="isAnew">Whether also what seems to be as it should is made anew: passwords may have changed.</param>
    /// <param name="cancellationToken">Gives up; the views are as they were then.</param>
    ValueTask ShowAllAsync(IReadOnlyList<IPartition> others, int bucketCount, bool isAnew, CancellationToken cancellationToken);

    /// <summary>Whether the views that unite all partitions' rows are as they should be, and answer.</summary>
    ValueTask<bool> IsShownAsync(IReadOnlyList<IPartition> others, int bucketCount, CancellationToken cancellationToken);

    /// <summary>Takes away what <see cref="ShowAllAsync"/> made, passwords included. Without effect if there is nothing.</summary>
    ValueTask HideAllAsync(CancellationToken cancellationToken);

    /// <summary>Takes away what <see cref="ShowOwnAsync"/> made. Without effect if there is nothing.</summary>
    ValueTask HideOwnAsync(CancellationToken cancellationToken);
}
