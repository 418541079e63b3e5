namespace Foreshard.Partitions;

/// <summary>A partition that keeps with its owner rows which shards its units are, so that a lost mapping table can be made anew.</summary>
internal interface IUnitNotes
{
    /// <summary>Notes it where it isn't known: of units from before partitions kept it, or that were made active by hand.</summary>
    ValueTask DescribeAsync(IReadOnlyList<(Placement Unit, HeldShard Shard)> shards, CancellationToken cancellationToken);
}
