using System.Collections.Immutable;
using Foreshard.Mapping;

namespace Foreshard.Sharding;

/// <summary>Finds split points: the best way to part the groups of an entity or shard, or why there is none.</summary>
/// <remarks>
/// Pure; groups and edges may come in any order. Into up to four parts of a line the cut is the best one there is, and of segments too if there
/// are few (<see cref="SegmentCuts.IsExact"/>); otherwise it is a good one. How cuts are judged: <see cref="CutOptions"/> and <see cref="Cut"/>.
/// </remarks>
internal static class CutFinder
{
    /// <summary>The best cut into so many parts.</summary>
    /// <param name="subject">What is to be cut.</param>
    /// <param name="parts">2 or more.</param>
    /// <param name="options">What a cut has to be like; valid.</param>
    /// <exception cref="ArgumentException">
    /// Fewer than two parts; a group stands twice, is of another kind, or is outside of what the subject holds; curves differ in length.
    /// </exception>
    public static CutResult Find(SplitSubject subject, int parts, CutOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parts, 2);
        var graph = new CutGraph(subject);
        if (subject.ShardCount + parts - 1 > EntityEntry.MaxShards)
            return Refuse(CutRefusal.TooManyShards, CutWords.TooManyShards(subject.ShardCount, parts));
        if (graph.GroupCount + (graph.RestStands ? 1 : 0) < parts) return Refuse(CutRefusal.OneGroup, CutWords.TooFewGroups(graph, parts));
        if (graph.PartsMax < parts) return Refuse(CutRefusal.TiedTogether, CutWords.Tied(graph, parts));

        if (Search(graph, CutGoal.Best(parts, options)) is { } best) return Accept(graph, best, parts, options);
        if (Search(graph, CutGoal.MostEven(parts)) is not { } even) return Refuse(CutRefusal.TiedTogether, CutWords.NoRoom(parts));
        var mostEven = CutOf(graph, even, parts, options);
        if (mostEven.LargestShare > options.LargestShareOf(parts) + CutGoal.Tolerance)
            return Refuse(CutRefusal.OneSideTooHeavy, CutWords.TooHeavy(graph, mostEven, options), mostEven);

        var least = Search(graph, CutGoal.LeastStraddling(parts, options)) ?? even;
        var cut = CutOf(graph, least, parts, options);
        return cut.StraddlingShare > options.StraddlingShare + CutGoal.Tolerance
            ? Refuse(CutRefusal.TooManyReadsStraddle, CutWords.Straddling(cut, options), cut)
            : Accept(graph, least, parts, options);
    }

    private static int[]? Search(CutGraph graph, in CutGoal goal) => graph.IsLine ? LineCuts.Best(graph, goal) : SegmentCuts.Best(graph, goal);

    private static CutResult Accept(CutGraph graph, int[] partOf, int parts, CutOptions options)
    {
        var cut = CutOf(graph, partOf, parts, options);
        return new CutResult(cut, null, CutWords.Good(graph, cut));
    }

    private static CutResult Refuse(CutRefusal refusal, string because, Cut? refused = null) => new(null, refusal, because, refused);

    /// <summary>The cut that puts each node into that part.</summary>
    private static Cut CutOf(CutGraph graph, int[] partOf, int parts, CutOptions options)
    {
        var sums = new PartSums(graph, parts);
        sums.Sum(partOf);
        var straddling = PartSums.Straddling(graph, partOf);
        var scopes = ScopesOf(graph, partOf, parts);
        var made = Enumerable.Range(0, parts).Select(part => PartAt(graph, partOf, part, parts, scopes[part])).ToArray();
        var inOrder = graph.IsLine
            ? made
            : [.. Enumerable.Range(0, parts).OrderByDescending(sums.Load).ThenBy(part => Array.IndexOf(partOf, part)).Select(part => made[part])];
        return new Cut(
            [.. inOrder],
            sums.Largest,
            Math.Min(1, straddling),
            made.Sum(part => part.Bytes) - made.Max(part => part.Bytes),
            graph.RegionTotal > 0 ? sums.MainRegions() / graph.RegionTotal : 0,
            sums.Score(CutGoal.Best(parts, options), straddling));
    }

    private static CutPart PartAt(CutGraph graph, int[] partOf, int part, int parts, ShardScope scope)
    {
        var subject = graph.Subject;
        var hasRest = part == graph.RestPart(parts);
        var nodes = graph.Nodes.Where((_, node) => partOf[node] == part).ToArray();
        var groups = nodes.SelectMany(node => node.Groups).OrderBy(load => load.Group).ToImmutableArray();
        IEnumerable<GroupLoad> all = hasRest ? groups.Append(new GroupLoad(default, subject.Rest, subject.RestBytes, subject.RestRegions)) : groups;
        var mix = CutShares.Mix(all.Select(load => (load.Regions, (double)load.Curve.MeanLoad)));
        var takesNew = hasRest && (graph.IsLine ? subject.Within.To is null : subject.Within.TakesNew);
        var curve = LoadCurve.Sum(subject.Rest.Count, all.Select(load => load.Curve));
        return new CutPart(scope, groups, curve, all.Sum(load => load.Bytes), mix, takesNew, hasRest);
    }

    /// <summary>The scopes that a split along the cut makes: together they are what the subject holds.</summary>
    private static ShardScope[] ScopesOf(CutGraph graph, int[] partOf, int parts)
    {
        var (within, kind) = (graph.Subject.Within, graph.Subject.Kind);
        var named = Enumerable.Range(0, parts)
            .Select(part => graph.Nodes.Where((_, node) => partOf[node] == part).SelectMany(node => node.Groups).Select(load => load.Group).ToArray())
            .ToArray();
        if (graph.IsLine)
        {
            long?[] borders = [within.From, .. named.Skip(1).Select(groups => (long?)groups[0].Position), within.To];
            return [.. borders.Zip(borders.Skip(1), (from, to) => ShardScope.OfInterval(kind, from, to))];
        }

        // A split cuts sets out of what the shard names: what is left keeps those of its names that weren't cut out, and new segments if it took them.
        var cutOut = named.Skip(1).SelectMany(groups => groups).Select(group => group.Segment!).ToArray();
        var left = ShardScope.OfSegments(within.IsWhole ? [] : within.Segments.Except(cutOut, StringComparer.Ordinal), within.TakesNew);
        return [left, .. named.Skip(1).Select(groups => ShardScope.OfSegments(groups.Select(group => group.Segment!), takesNew: false))];
    }
}
