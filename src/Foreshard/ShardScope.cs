using System.Collections.Immutable;

namespace Foreshard;

/// <summary>Which groups of its entity a shard holds: all, a set of segments, or one half-open interval of the line.</summary>
/// <remarks>Immutable. Compared by value. Whether the shards of an entity cover each group exactly once is checked where they meet.</remarks>
public sealed class ShardScope : IEquatable<ShardScope>
{
    /// <summary>Most segments that one shard names; the shard that takes new segments need not name any.</summary>
    public const int MaxSegments = 1000;

    private ShardScope(GroupKind kind, ImmutableArray<string> segments, bool takesNew, long? from, long? to, bool isWhole)
    {
        Kind = kind;
        Segments = segments;
        TakesNew = takesNew;
        From = from;
        To = to;
        IsWhole = isWhole;
    }

    /// <summary>Every group: the scope of an entity that was never split.</summary>
    public static ShardScope Whole { get; } = new(GroupKind.Segment, [], true, null, null, isWhole: true);

    /// <summary>True for <see cref="Whole"/>; the other properties then mean nothing.</summary>
    public bool IsWhole { get; }

    /// <summary>What the groups are; <see cref="GroupKind.Segment"/> for sets of segments, otherwise the kind of the line.</summary>
    public GroupKind Kind { get; }

    /// <summary>The segments named, in ordinal order, without repeats; empty for intervals.</summary>
    public ImmutableArray<string> Segments { get; }

    /// <summary>Whether segments that no shard of the entity names belong here; exactly one shard of an entity takes them.</summary>
    public bool TakesNew { get; }

    /// <summary>First position of the interval, inclusive; null: the line's beginning.</summary>
    public long? From { get; }

    /// <summary>End of the interval, exclusive; null: the line's end.</summary>
    public long? To { get; }

    /// <summary>The shard that holds those segments and, if <paramref name="takesNew"/>, every segment that no other shard names.</summary>
    /// <exception cref="ArgumentException">No segment and not the taker of new ones, or more than <see cref="MaxSegments"/>.</exception>
    public static ShardScope OfSegments(IEnumerable<string> segments, bool takesNew)
    {
        var sorted = segments.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToImmutableArray();
        if (sorted.Length == 0 && !takesNew) throw new ArgumentException("A shard of segments names at least one or takes the new ones.", nameof(segments));
        if (sorted.Length > MaxSegments)
        {
            throw new ArgumentException(
                $"A shard names at most {MaxSegments} segments, not {sorted.Length}; let it take the new ones instead.", nameof(segments));
        }

        return new ShardScope(GroupKind.Segment, sorted, takesNew, null, null, isWhole: false);
    }

    /// <summary>The shard that holds the positions from <paramref name="from"/> (inclusive) to <paramref name="to"/> (exclusive).</summary>
    /// <exception cref="ArgumentException">The interval is empty, or the kind is no line.</exception>
    public static ShardScope OfInterval(GroupKind kind, long? from, long? to)
    {
        if (kind == GroupKind.Segment) throw new ArgumentException("Segments have no intervals.", nameof(kind));
        if (from >= to) throw new ArgumentException($"The interval from {from} to {to} is empty.", nameof(to));
        return new ShardScope(kind, [], false, from, to, isWhole: false);
    }

    /// <summary>Whether the scope itself says that the group is in it. For a segment that it doesn't name, see <see cref="TakesNew"/>.</summary>
    public bool Names(in GroupKey group)
    {
        if (IsWhole) return true;
        if (Kind == GroupKind.Segment) return group.Segment is { } segment && Segments.BinarySearch(segment, StringComparer.Ordinal) >= 0;
        return group.Position >= (From ?? long.MinValue) && (To is null || group.Position < To);
    }

    /// <inheritdoc/>
    public bool Equals(ShardScope? other) =>
        other is not null && IsWhole == other.IsWhole && Kind == other.Kind && TakesNew == other.TakesNew
        && From == other.From && To == other.To && Segments.SequenceEqual(other.Segments, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ShardScope);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(IsWhole, Kind, TakesNew, From, To, Segments.Length);

    /// <summary>As people write it: <c>*</c>, <c>{eu, us, …new}</c> or <c>[2026-01-01, 2026-04-01)</c>.</summary>
    public override string ToString()
    {
        if (IsWhole) return "*";
        if (Kind == GroupKind.Segment) return "{" + string.Join(", ", TakesNew ? Segments.Add("…new") : Segments) + "}";
        return $"[{At(From)}, {At(To)})";

        string At(long? position) => position is { } p ? GroupKey.At(Kind, p).ToString() : "…";
    }
}
