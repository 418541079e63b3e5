using System.Collections.Immutable;

namespace Foreshard.Mapping;

/// <summary>The first number of each kind that nobody got yet.</summary>
internal readonly record struct MappingNumbers(long Unit, long Epoch, long Operation, long Partition)
{
    public long Of(NumberKind kind) => kind switch
    {
        NumberKind.Unit => Unit,
        NumberKind.Epoch => Epoch,
        NumberKind.Operation => Operation,
        NumberKind.Partition => Partition,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind of number."),
    };
}

/// <summary>All that a mapping store holds but for its leases, as of one version: what is exported, and what a store can be filled with.</summary>
/// <param name="Table">The table.</param>
/// <param name="Records">All side records, in the order of their keys; none of a later revision than the table's version.</param>
/// <param name="Next">The numbers that come next.</param>
internal sealed record MappingContents(MappingSnapshot Table, ImmutableArray<MappingRecord> Records, MappingNumbers Next)
{
    /// <summary>What a new store starts with: the table and no records; every number in the table is taken.</summary>
    /// <exception cref="ArgumentException">As <see cref="MappingSnapshot.Create"/> says.</exception>
    public static MappingContents Create(int bucketCount, ImmutableArray<PartitionInfo> partitions)
    {
        var table = MappingSnapshot.Create(bucketCount, partitions);
        return new MappingContents(table, [], new MappingNumbers(bucketCount, bucketCount + 1, 1, table.Partitions[^1].Id.Value + 1));
    }
}
