namespace Foreshard.Sharding;

/// <summary>Few clusters of many nodes: first of those read together most, then of the lightest.</summary>
internal static class SegmentClusters
{
    /// <summary>So many ways to part the clusters are looked at.</summary>
    private const int WaysMax = 1_500;

    /// <summary>Share of an even part that a cluster may weigh: a few of them have to make up any part.</summary>
    private const double LoadMax = 0.6;

    /// <summary>The cluster of each node, numbered from 0 on, the heaviest first; null if there are no more nodes than there would be clusters.</summary>
    public static int[]? Of(CutGraph graph, in CutGoal goal)
    {
        var wanted = Math.Max(goal.Parts, (int)(Math.Log(WaysMax) / Math.Log(goal.Parts)));
        var count = graph.Nodes.Length;
        if (count <= wanted) return null;
        var first = Enumerable.Range(0, count).ToArray();
        var loads = graph.Nodes.Select(node => node.Load).ToArray();
        var groups = graph.Nodes.Select(node => node.Groups.Length).ToArray();
        var ties = Enumerable.Range(0, count)
            .SelectMany(node => graph.Ties[node].Where(tie => tie.Node > node).Select(tie => (One: node, Other: tie.Node, tie.Share)))
            .OrderByDescending(tie => tie.Share).ThenBy(tie => tie.One).ThenBy(tie => tie.Other);
        foreach (var (one, other, _) in ties)
        {
            if (count > wanted && Fits(Find(one), Find(other), LoadMax / goal.Parts)) Join(Find(one), Find(other));
        }

        var lightest = new PriorityQueue<int, (double Load, int Node)>();
        for (var node = 0; node < first.Length; node++)
        {
            if (first[node] == node) lightest.Enqueue(node, (loads[node], node));
        }

        while (count > wanted)
        {
            var (one, other) = (lightest.Dequeue(), lightest.Dequeue());
            if (!Fits(one, other, 1)) return null;
            Join(one, other);
            var both = Find(one);
            lightest.Enqueue(both, (loads[both], both));
        }

        return Numbered();

        bool Fits(int one, int other, double most) =>
            one != other && loads[one] + loads[other] <= most && groups[one] + groups[other] <= ShardScope.MaxSegments;

        void Join(int one, int other)
        {
            var (into, from) = (Math.Min(one, other), Math.Max(one, other));
            first[from] = into;
            loads[into] += loads[from];
            groups[into] += groups[from];
            count--;
        }

        int Find(int node)
        {
            while (first[node] != node) node = first[node] = first[first[node]];
            return node;
        }

        int[] Numbered()
        {
            var heads = Enumerable.Range(0, first.Length).Where(node => first[node] == node).OrderByDescending(node => loads[node]).ThenBy(node => node);
            var numbers = heads.Select((head, number) => (head, number)).ToDictionary(one => one.head, one => one.number);
            return [.. Enumerable.Range(0, first.Length).Select(node => numbers[Find(node)])];
        }
    }
}
