using System.Globalization;

namespace Foreshard;

/// <summary>The number of a partition in its store; 1 and up, never reused. People see the partition's name instead.</summary>
/// <param name="Value">The number; 0 is no partition.</param>
public readonly record struct PartitionId(int Value) : IComparable<PartitionId>
{
    /// <inheritdoc/>
    public int CompareTo(PartitionId other) => Value.CompareTo(other.Value);

    /// <summary>As <c>p3</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"p{Value}");
}

/// <summary>The number of a unit, which is what the mapping table places: a bucket or a shard.</summary>
/// <param name="Value">
/// 0 up to the number of buckets: the bucket of that number; above: a shard. Less than 2^31, given out by the mapping store, never reused.
/// </param>
public readonly record struct UnitId(int Value) : IComparable<UnitId>
{
    /// <inheritdoc/>
    public int CompareTo(UnitId other) => Value.CompareTo(other.Value);

    /// <summary>As <c>u4097</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"u{Value}");
}

/// <summary>Where a unit is.</summary>
/// <param name="Unit">The unit.</param>
/// <param name="Partition">The partition that owns it.</param>
/// <param name="Epoch">
/// The number of this placement. Every change of owner raises it, no number is ever given out twice in a store, and a partition
/// refuses every session that presents another.
/// </param>
public readonly record struct Placement(UnitId Unit, PartitionId Partition, long Epoch);
