namespace Foreshard.Sharding;

/// <summary>The best boundaries on a line, exactly. Used once.</summary>
/// <remarks>
/// Dynamic programming over the boundaries. What one more part adds to straddling reads, to main regions and to the bytes that stay adds up;
/// its share of the load counts only if it is the largest. So to each boundary all ways are kept that no other one beats in all of it: one
/// that is beaten can't become the better one later on.
/// </remarks>
internal sealed class LineCuts
{
    private readonly CutGraph graph;
    private readonly CutGoal goal;
    private readonly List<Way> ways = [];

    /// <summary>Per number of parts and boundary, the ways to there.</summary>
    private readonly List<int>[,] open;
    private readonly double perMain;
    private readonly double perByte;
    private Way? best;
    private double bestScore = double.PositiveInfinity;

    private LineCuts(CutGraph graph, in CutGoal goal)
    {
        this.graph = graph;
        this.goal = goal;
        open = new List<int>[goal.Parts, graph.Nodes.Length];
        var mixable = graph.RegionTotal - graph.RegionMain;
        perMain = mixable > CutGoal.Tolerance ? goal.Regions / mixable : 0;
        perByte = graph.HasBytes ? goal.Bytes : 0;
    }

    /// <summary>The part of each node; null if no cut keeps the limits.</summary>
    public static int[]? Best(CutGraph graph, in CutGoal goal) => graph.Nodes.Length < goal.Parts ? null : new LineCuts(graph, goal).Best();

    private int[]? Best()
    {
        ways.Add(new Way(1.0 / goal.Parts, 0, 0, -1, 0, perByte == 0));
        open[0, 0] = [0];
        for (var begin = 0; begin < graph.Nodes.Length; begin++) ExtendFrom(begin);
        return best is { } way ? PartOf(way) : null;
    }

    /// <summary>Adds a part that begins there, ending wherever it may.</summary>
    private void ExtendFrom(int begin)
    {
        if (Enumerable.Range(0, goal.Parts).All(parts => open[parts, begin] is null)) return;
        var count = graph.Nodes.Length;
        var figures = new double[graph.Rest.Figures.Length];
        var straddling = 0.0;
        for (var end = begin + 1; end <= count; end++)
        {
            Add(graph.Nodes[end - 1]);
            if (end == count) Add(graph.Rest);
            foreach (var (other, share) in graph.Ties[end - 1])
            {
                if (other < begin) straddling += share;
            }

            var load = Math.Max(figures[CutNode.Mean], figures[CutNode.Busy]);
            if (load > goal.LargestMax + CutGoal.Tolerance) return;
            var piece = new Way(load, straddling, -perMain * PartSums.Main(figures), -1, end, false);
            for (var parts = 0; parts < goal.Parts; parts++)
            {
                var isLast = parts == goal.Parts - 1;
                if (open[parts, begin] is not { } here || isLast != (end == count) || count - end < goal.Parts - 1 - parts) continue;
                foreach (var way in here) Join(way, piece, perByte * figures[CutNode.Bytes], parts + 1);
            }
        }

        void Add(CutNode node)
        {
            for (var i = 0; i < figures.Length; i++) figures[i] += node.Figures[i];
        }
    }

    private void Join(int before, in Way piece, double bytes, int parts)
    {
        var way = ways[before];
        var joined = new Way(
            Math.Max(way.Largest, piece.Largest), way.Straddling + piece.Straddling, way.Other + piece.Other, before, piece.End, way.Stays);
        if (joined.Straddling > goal.StraddlingMax + CutGoal.Tolerance) return;
        Keep(joined, parts);

        // The part that stays where it is may be any: as one way each, the largest comes out by itself.
        if (!way.Stays) Keep(joined with { Other = joined.Other - bytes, Stays = true }, parts);
    }

    private void Keep(in Way way, int parts)
    {
        if (parts == goal.Parts)
        {
            var score = (goal.Balance * CutGoal.Imbalance(parts, way.Largest)) + (goal.Straddling * Math.Min(1, way.Straddling)) + way.Other;
            if (!way.Stays || !(score < bestScore - CutGoal.Tolerance)) return;
            (best, bestScore) = (way, score);
            return;
        }

        var here = open[parts, way.End] ??= [];
        foreach (var other in here)
        {
            if (ways[other].Beats(way)) return;
        }

        var better = way;
        here.RemoveAll(other => better.Beats(ways[other]));
        here.Add(ways.Count);
        ways.Add(way);
    }

    private int[] PartOf(Way way)
    {
        var partOf = new int[graph.Nodes.Length];
        for (var part = goal.Parts - 1; part >= 0; part--)
        {
            var before = ways[way.Before];
            Array.Fill(partOf, part, before.End, way.End - before.End);
            way = before;
        }

        return partOf;
    }

    /// <summary>A way to cut all before a boundary.</summary>
    /// <param name="Largest">Share of the load of its heaviest part; an even share if all are lighter.</param>
    /// <param name="Straddling">Share of the reads that straddle.</param>
    /// <param name="Other">What main regions and staying bytes take off the score.</param>
    /// <param name="Before">The way that it extends.</param>
    /// <param name="End">The boundary.</param>
    /// <param name="Stays">Whether one of its parts is the one that stays.</param>
    private readonly record struct Way(double Largest, double Straddling, double Other, int Before, int End, bool Stays)
    {
        public bool Beats(in Way way) => Stays == way.Stays && Largest <= way.Largest && Straddling <= way.Straddling && Other <= way.Other;
    }
}
