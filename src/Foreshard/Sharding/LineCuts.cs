namespace Foreshard.Sharding;

/// <summary>The best boundaries on a line: into up to four parts exactly, into more nearly so. Used once.</summary>
/// <remarks>
/// Dynamic programming over the boundaries. What one more part adds to straddling reads, to main regions and to the bytes that stay adds up;
/// its share of the load counts only if it is the largest. So to each boundary all ways are kept that no other one beats in all of it: one
/// that is beaten can't become the better one later on, nor one that couldn't beat a whole cut which is known even if the remainder cost nothing.
/// </remarks>
internal sealed class LineCuts
{
    /// <summary>Up to so many parts, all ways are kept: with more they get too many.</summary>
    private const int ExactPartsMax = 4;

    /// <summary>Of more parts, so many to each boundary, the cheapest. Time grows with the square of it.</summary>
    private const int WaysMax = 12;

    private readonly CutGraph graph;
    private readonly CutGoal goal;
    private readonly List<Way> ways = [];

    /// <summary>Per number of parts and boundary, the ways to there.</summary>
    private readonly List<int>[,] open;
    private readonly double perMain;
    private readonly double perByte;

    /// <summary>Per boundary, the most that can still come from main regions after it.</summary>
    private readonly double[] mainLeft;

    /// <summary>Per boundary, the share of the mean load after it.</summary>
    private readonly double[] loadLeft;
    private bool isNarrow;
    private Way? best;
    private double bestScore = double.PositiveInfinity;

    private LineCuts(CutGraph graph, in CutGoal goal)
    {
        this.graph = graph;
        this.goal = goal;
        open = new List<int>[goal.Parts, graph.Nodes.Length];
        perMain = graph.Mixable > 0 ? goal.Regions / graph.Mixable : 0;
        perByte = graph.HasBytes ? goal.Bytes : 0;
        (mainLeft, loadLeft) = (new double[graph.Nodes.Length + 1], new double[graph.Nodes.Length + 1]);
        (mainLeft[^1], loadLeft[^1]) = (PartSums.Main(graph.Rest.Figures), graph.Rest.Figures[CutNode.Mean]);
        for (var node = graph.Nodes.Length - 1; node >= 0; node--)
        {
            mainLeft[node] = mainLeft[node + 1] + PartSums.Main(graph.Nodes[node].Figures);
            loadLeft[node] = loadLeft[node + 1] + graph.Nodes[node].Figures[CutNode.Mean];
        }
    }

    /// <summary>The part of each node; null if no cut keeps the limits.</summary>
    public static int[]? Best(CutGraph graph, in CutGoal goal) => graph.Nodes.Length < goal.Parts ? null : new LineCuts(graph, goal).Best();

    private int[]? Best()
    {
        // Into two or three parts there are few ways; into more, a first round with one way to each boundary gives a cut that many can't beat.
        int[]? first = null;
        if (goal.Parts > 3)
        {
            isNarrow = true;
            first = Round();
            isNarrow = false;
        }

        return Round() ?? first;
    }

    private int[]? Round()
    {
        best = null;
        ways.Clear();
        Array.Clear(open);
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
        var score = ScoreOf(way);
        if (parts == goal.Parts)
        {
            if (!way.Stays || !(score < bestScore - CutGoal.Tolerance)) return;
            (best, bestScore) = (way, score);
            return;
        }

        // One of the parts to come has at least its even share of what is left.
        var largest = Math.Max(way.Largest, loadLeft[way.End] / (goal.Parts - parts));
        if (largest > goal.LargestMax + CutGoal.Tolerance) return;
        var least = ScoreOf(way with { Largest = largest }) - (perMain * mainLeft[way.End]) - (way.Stays ? 0 : perByte);
        if (least >= bestScore - CutGoal.Tolerance) return;
        var here = open[parts, way.End] ??= [];
        foreach (var other in here)
        {
            if (IsBeaten(way, score, ways[other])) return;
        }

        var better = way;
        here.RemoveAll(other => IsBeaten(ways[other], ScoreOf(ways[other]), better));
        if (goal.Parts > ExactPartsMax && here.Count == WaysMax)
        {
            var dearest = here.MaxBy(other => ScoreOf(ways[other]));
            if (score >= ScoreOf(ways[dearest])) return;
            here.Remove(dearest);
        }

        here.Add(ways.Count);
        ways.Add(way);
    }

    private bool IsBeaten(in Way way, double score, in Way other) =>
        isNarrow ? other.Stays == way.Stays && ScoreOf(other) <= score : other.Beats(way);

    /// <summary>What the parts so far cost, without what is the same for all cuts.</summary>
    private double ScoreOf(in Way way) =>
        (goal.Balance * CutGoal.Imbalance(goal.Parts, way.Largest)) + (goal.Straddling * Math.Min(1, way.Straddling)) + way.Other;

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
