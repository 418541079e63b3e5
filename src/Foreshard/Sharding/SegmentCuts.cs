namespace Foreshard.Sharding;

/// <summary>Good partitions of a graph of segments: of few nodes the best one, of more a good one.</summary>
internal static class SegmentCuts
{
    /// <summary>Up to so many ways to part them, all are looked at: 14 nodes into two parts, 9 into three. That takes well below a millisecond.</summary>
    public const int WaysMax = 20_000;

    /// <summary>The part of each node, the rest being in part 0; null if no cut was found that keeps the limits.</summary>
    public static int[]? Best(CutGraph graph, in CutGoal goal)
    {
        if (graph.PartsMax < goal.Parts) return null;
        var found = IsExact(graph.Nodes.Length, goal.Parts) ? SegmentEnumeration.Best(graph, goal) : SegmentRefinement.Best(graph, goal);
        return found is not null ? LightestTakesRest(graph, goal.Parts, found) : null;
    }

    /// <summary>Whether the best of all cuts is found.</summary>
    public static bool IsExact(int nodes, int parts) => Math.Pow(parts, nodes) <= WaysMax;

    /// <summary>If there is no rest, it makes no difference to the cut which part takes what is new: it is the lightest, which has most room to grow.</summary>
    private static int[] LightestTakesRest(CutGraph graph, int parts, int[] partOf)
    {
        foreach (var figure in graph.Rest.Figures)
        {
            if (figure > 0) return partOf;
        }

        var sums = new PartSums(graph, parts);
        sums.Sum(partOf);
        var taker = Enumerable.Range(0, parts).OrderBy(sums.Load).ThenBy(part => Array.IndexOf(partOf, part)).First();
        var named = graph.Nodes.Where((_, node) => partOf[node] == 0).Sum(node => node.Groups.Length);
        return named > ShardScope.MaxSegments ? partOf : [.. partOf.Select(part => part == 0 ? taker : part == taker ? 0 : part)];
    }
}
