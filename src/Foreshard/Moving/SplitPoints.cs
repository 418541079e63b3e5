using System.Collections.Immutable;
using Foreshard.Mapping;

namespace Foreshard.Moving;

/// <summary>Where to cut an entity: positions on the line that its groups lie on, or sets of segments that become shards of their own.</summary>
/// <remarks>Immutable.</remarks>
public sealed class SplitPoints
{
    private readonly ImmutableArray<GroupKey> positions;
    private readonly ImmutableArray<ImmutableArray<string>> sets;

    private SplitPoints(ImmutableArray<GroupKey> positions, ImmutableArray<ImmutableArray<string>> sets)
    {
        this.positions = positions;
        this.sets = sets;
    }

    /// <summary>Cuts at positions: each begins a new shard.</summary>
    /// <exception cref="ArgumentException">None, or one is no position.</exception>
    public static SplitPoints At(params ReadOnlySpan<GroupKey> positions)
    {
        var all = positions.ToArray();
        if (all.Length == 0 || all.Any(position => position.IsNone || position.Segment is not null))
            throw new ArgumentException("Name at least one position, and only positions.", nameof(positions));
        return new SplitPoints([.. all.Distinct().Order()], []);
    }

    /// <summary>Cuts out sets of segments: each becomes a shard; what is left, and segments that appear later, stay together.</summary>
    /// <exception cref="ArgumentException">None, an empty set, or a segment that is in two sets.</exception>
    public static SplitPoints Segments(params ReadOnlySpan<string[]> sets)
    {
        ImmutableArray<ImmutableArray<string>> all = [.. sets.ToArray().Select(set => set.ToImmutableArray())];
        if (all.Length == 0 || all.Any(set => set.IsEmpty)) throw new ArgumentException("Name at least one set, and no empty one.", nameof(sets));
        var twice = all.SelectMany(set => set.Distinct(StringComparer.Ordinal))
            .GroupBy(segment => segment, StringComparer.Ordinal)
            .FirstOrDefault(same => same.Count() > 1);
        if (twice is not null) throw new ArgumentException($"Segment '{twice.Key}' is in two sets.", nameof(sets));
        return new SplitPoints([], all);
    }

    /// <summary>The shards that end, each with the scopes that take its place.</summary>
    internal IReadOnlyList<(UnitId Unit, IReadOnlyList<ShardScope> Scopes)> Cut(EntityEntry entry, GroupKind kind)
    {
        var cuts = kind == GroupKind.Segment ? CutSegments(entry) : CutLine(entry, kind);
        var shards = entry.Shards.Length + cuts.Sum(cut => cut.Scopes.Count - 1);
        if (shards > EntityEntry.MaxShards)
            throw new MoveRefusedException(MoveRefusal.NoSplitPoint, $"{entry.Entity} would have {shards} shards; {EntityEntry.MaxShards} are the most.");
        return cuts;
    }

    private List<(UnitId Unit, IReadOnlyList<ShardScope> Scopes)> CutLine(EntityEntry entry, GroupKind kind)
    {
        if (positions.IsEmpty || positions.Any(position => position.Kind != kind))
            throw new MoveRefusedException(MoveRefusal.NoSplitPoint, $"{entry.Entity} is split at positions of kind {kind}, not otherwise.");
        var cuts = new List<(UnitId, IReadOnlyList<ShardScope>)>();
        foreach (var shard in entry.Shards)
        {
            var (from, to) = shard.Scope.IsWhole ? (null, null) : (shard.Scope.From, shard.Scope.To);
            var inside = positions.Select(position => position.Position)
                .Where(position => position > (from ?? long.MinValue) && (to is null || position < to)).ToList();
            if (inside.Count == 0) continue;
            long?[] borders = [from, .. inside.Select(position => (long?)position), to];
            cuts.Add((shard.Placement.Unit, [.. borders.Zip(borders.Skip(1), (a, b) => ShardScope.OfInterval(kind, a, b))]));
        }

        if (cuts.Count == 0) throw new MoveRefusedException(MoveRefusal.NoSplitPoint, $"{entry.Entity} is cut at these positions already.");
        return cuts;
    }

    private List<(UnitId Unit, IReadOnlyList<ShardScope> Scopes)> CutSegments(EntityEntry entry)
    {
        if (sets.IsEmpty) throw new MoveRefusedException(MoveRefusal.NoSplitPoint, $"{entry.Entity} is split by sets of segments, not at positions.");
        var cuts = new List<(UnitId, IReadOnlyList<ShardScope>)>();
        foreach (var shard in entry.Shards)
        {
            var own = sets.Where(set => set.All(segment => entry.ShardOf(GroupKey.Of(segment)).Placement.Unit == shard.Placement.Unit)).ToList();
            if (own.Count == 0) continue;
            var rest = shard.Scope.Segments.Except(own.SelectMany(set => set), StringComparer.Ordinal).ToList();
            var scopes = own.Select(set => ShardScope.OfSegments(set, takesNew: false)).ToList();
            if (rest.Count > 0 || shard.Scope.TakesNew) scopes.Insert(0, ShardScope.OfSegments(rest, shard.Scope.TakesNew));
            if (scopes.Count > 1) cuts.Add((shard.Placement.Unit, scopes));
        }

        var cut = cuts.SelectMany(one => one.Item2).SelectMany(scope => scope.Segments).ToHashSet(StringComparer.Ordinal);
        var apart = sets.FirstOrDefault(set => !set.All(cut.Contains));
        if (!apart.IsDefault)
        {
            throw new MoveRefusedException(
                MoveRefusal.NoSplitPoint,
                $"{entry.Entity} can't be cut along {{{string.Join(", ", apart)}}}: they are in different shards, or a shard of their own already.");
        }

        return cuts;
    }
}
