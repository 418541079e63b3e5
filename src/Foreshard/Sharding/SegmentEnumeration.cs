namespace Foreshard.Sharding;

/// <summary>All ways to part a few nodes, but for those that can't become the best any more. Used once.</summary>
internal sealed class SegmentEnumeration
{
    private readonly CutGraph graph;
    private readonly CutGoal goal;
    private readonly PartSums sums;
    private readonly int[] partOf;
    private readonly double[][] before;
    private int[]? best;
    private double bestScore = double.PositiveInfinity;

    private SegmentEnumeration(CutGraph graph, in CutGoal goal)
    {
        this.graph = graph;
        this.goal = goal;
        sums = new PartSums(graph, goal.Parts);
        partOf = new int[graph.Nodes.Length];
        before = [.. partOf.Select(_ => new double[graph.Rest.Figures.Length])];
    }

    /// <summary>The part of each node, the rest being in part 0; null if no cut keeps the limits.</summary>
    public static int[]? Best(CutGraph graph, in CutGoal goal)
    {
        var all = new SegmentEnumeration(graph, goal);
        all.PutFrom(0, 1, 0);
        return all.best;
    }

    /// <summary>Puts the nodes from this one on.</summary>
    /// <param name="node">The next one.</param>
    /// <param name="opened">Parts that have a node, or are part 0: of the others, which are alike, only the first is tried.</param>
    /// <param name="straddling">Share of the reads that straddle so far.</param>
    private void PutFrom(int node, int opened, double straddling)
    {
        if (node == partOf.Length)
        {
            if (opened == goal.Parts && !sums.IsEmpty(0)) Judge(straddling);
            return;
        }

        if (goal.Parts - opened > partOf.Length - node) return;
        for (var part = 0; part < Math.Min(opened + 1, goal.Parts); part++)
        {
            if (!sums.HasRoom(part, graph.Nodes[node].Groups.Length)) continue;
            sums.Of(part).CopyTo(before[node]);
            sums.Put(node, part);
            partOf[node] = part;
            var straddlingNow = straddling + Cut(node);
            var largest = sums.Largest;

            // Regions and bytes may come out at nothing; load and straddling reads don't get less.
            if (goal.Excess(largest, straddlingNow) == 0 && goal.Score(largest, straddlingNow, 0, 0) < bestScore - CutGoal.Tolerance)
                PutFrom(node + 1, Math.Max(opened, part + 1), straddlingNow);
            sums.Undo(node, part, before[node]);
        }
    }

    private void Judge(double straddling)
    {
        var score = sums.Score(goal, straddling);
        if (!(score < bestScore - CutGoal.Tolerance)) return;
        bestScore = score;
        best = [.. partOf];
    }

    private double Cut(int node)
    {
        var cut = 0.0;
        foreach (var (other, share) in graph.Ties[node])
        {
            if (other < node && partOf[other] != partOf[node]) cut += share;
        }

        return cut;
    }
}
