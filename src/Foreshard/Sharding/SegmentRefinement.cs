namespace Foreshard.Sharding;

/// <summary>A partition of a graph by first placing the heaviest and then changing places as long as that helps. Used once.</summary>
/// <remarks>
/// Three beginnings: by load alone; by the score, which keeps together what is read together; and the best cut of a few clusters of nodes. From
/// each, a pass of moves in the way of Fiduccia and Mattheyses (the best move, even if it makes things worse; each node once; back to the best
/// moment). The best of them goes on, sweeps of swaps in the way of Kernighan and Lin and passes of moves in turns, until nothing helps.
/// </remarks>
internal sealed class SegmentRefinement
{
    /// <summary>So many of the heaviest nodes change places; the passes take the square of it. The others are a small part of the load.</summary>
    private const int MovableMax = 128;

    /// <summary>Turns at the most; hardly ever are there more than three.</summary>
    private const int TurnsMax = 6;

    /// <summary>Moves without a better moment after which a pass ends.</summary>
    private const int PatienceMax = 10;

    private readonly CutGraph graph;
    private readonly CutGoal goal;
    private readonly PartSums sums;
    private readonly int[] partOf;
    private readonly int movable;
    private double straddling;
    private Verdict now;

    private SegmentRefinement(CutGraph graph, in CutGoal goal)
    {
        this.graph = graph;
        this.goal = goal;
        sums = new PartSums(graph, goal.Parts);
        partOf = new int[graph.Nodes.Length];
        movable = Math.Min(MovableMax, graph.Nodes.Length);
    }

    /// <summary>The part of each node, the rest being in part 0; null if no cut was found that keeps the limits.</summary>
    public static int[]? Best(CutGraph graph, in CutGoal goal)
    {
        SegmentRefinement? best = null;
        foreach (var begin in new Func<SegmentRefinement, bool>[] { run => run.Place(whole: false), run => run.Place(whole: true), run => run.PlaceClusters() })
        {
            var run = new SegmentRefinement(graph, goal);
            if (!begin(run)) continue;
            run.Move();
            if (best is null || run.now.IsBelow(best.now)) best = run;
        }

        best?.Refine();
        return best is { now.Excess: 0 } ? best.partOf : null;
    }

    private void Refine()
    {
        for (var turn = 0; turn < TurnsMax; turn++)
        {
            var before = now;
            Swap();
            Move();
            if (!now.IsBelow(before)) break;
        }
    }

    /// <summary>Each cluster to where it is in the best cut of them; false if there are none.</summary>
    private bool PlaceClusters()
    {
        if (SegmentClusters.Of(graph, goal) is not { } clusterOf || SegmentEnumeration.Best(graph.United(clusterOf), goal) is not { } found) return false;
        for (var node = 0; node < partOf.Length; node++) partOf[node] = found[clusterOf[node]];
        Settle();
        return true;
    }

    /// <summary>Each node, the heaviest first, to where it makes the best of what is placed so far; false if some part would stay empty.</summary>
    private bool Place(bool whole)
    {
        for (var node = 0; node < partOf.Length; node++)
        {
            var empty = Enumerable.Range(0, goal.Parts).Count(sums.IsEmpty);
            var mustOpen = empty >= partOf.Length - node;
            var (to, least) = (-1, double.PositiveInfinity);
            for (var part = 0; part < goal.Parts; part++)
            {
                if (!sums.HasRoom(part, graph.Nodes[node].Groups.Length) || (mustOpen && !sums.IsEmpty(part))) continue;
                var load = Math.Max(
                    sums.Of(part)[CutNode.Mean] + graph.Nodes[node].Figures[CutNode.Mean],
                    sums.Of(part)[CutNode.Busy] + graph.Nodes[node].Figures[CutNode.Busy]);
                var cut = whole ? goal.Straddling * CutTo(node, part) : 0;
                var price = (Math.Max(goal.Balance, CutGoal.Tolerance) * (whole ? CutGoal.Imbalance(goal.Parts, load) : load)) + cut;
                if (price < least) (to, least) = (part, price);
            }

            if (to < 0) return false;
            partOf[node] = to;
            sums.Put(node, to);
        }

        Settle();
        return !Enumerable.Range(0, goal.Parts).Any(sums.IsEmpty);
    }

    /// <summary>Reads of placed nodes that straddle if the node goes there.</summary>
    private double CutTo(int node, int part)
    {
        var cut = 0.0;
        foreach (var (other, share) in graph.Ties[node])
        {
            if (other < node && partOf[other] != part) cut += share;
        }

        return cut;
    }

    private void Move()
    {
        var (best, bestMoment, since) = (now, partOf.ToArray(), 0);
        var isDone = new bool[movable];
        for (var step = 0; step < movable && since < PatienceMax; step++)
        {
            var next = (Node: -1, To: 0, After: Verdict.None);
            for (var node = 0; node < movable; node++)
            {
                if (isDone[node] || !sums.CanLose(partOf[node])) continue;
                for (var part = 0; part < goal.Parts; part++)
                {
                    if (part == partOf[node] || !sums.HasRoom(part, graph.Nodes[node].Groups.Length)) continue;
                    var after = After(node, part, -1);
                    if (next.Node < 0 || after.IsBelow(next.After)) next = (node, part, after);
                }
            }

            if (next.Node < 0) break;
            isDone[next.Node] = true;
            partOf[next.Node] = next.To;
            Settle();
            since++;
            if (!now.IsBelow(best)) continue;
            (best, bestMoment, since) = (now, partOf.ToArray(), 0);
        }

        bestMoment.CopyTo(partOf, 0);
        Settle();
    }

    private void Swap()
    {
        for (var one = 0; one < movable; one++)
        {
            for (var other = one + 1; other < movable; other++)
            {
                var (mine, its) = (partOf[one], partOf[other]);
                var more = graph.Nodes[one].Groups.Length - graph.Nodes[other].Groups.Length;
                if (mine == its || !sums.HasRoom(its, more) || !sums.HasRoom(mine, -more) || !After(one, its, other).IsBelow(now)) continue;
                (partOf[one], partOf[other]) = (its, mine);
                Settle();
            }
        }
    }

    /// <summary>What the cut would be if the node went to the part, and <paramref name="back"/>, unless it is −1, came from there.</summary>
    private Verdict After(int node, int to, int back)
    {
        var from = partOf[node];
        var straddle = straddling + Change(node, from, to);
        var going = graph.Nodes[node].Figures;
        var coming = back >= 0 ? graph.Nodes[back].Figures : default;
        if (back >= 0)
        {
            straddle += Change(back, to, from);
            foreach (var (other, share) in graph.Ties[node])
            {
                if (other == back) straddle += 2 * share;
            }
        }

        double largest = 0, staying = 0, main = 0;
        for (var part = 0; part < goal.Parts; part++)
        {
            var now = sums.Of(part);
            var sign = part == to ? 1 : part == from ? -1 : 0;
            largest = Math.Max(largest, Math.Max(Figure(CutNode.Mean, now, going, coming), Figure(CutNode.Busy, now, going, coming)));
            staying = Math.Max(staying, Figure(CutNode.Bytes, now, going, coming));
            var most = 0.0;
            for (var i = CutNode.FirstRegion; i < now.Length; i++) most = Math.Max(most, Figure(i, now, going, coming));
            main += most;

            double Figure(int i, Span<double> now, ReadOnlySpan<double> going, ReadOnlySpan<double> coming) =>
                now[i] + (sign * (going[i] - (coming.IsEmpty ? 0 : coming[i])));
        }

        var score = goal.Score(largest, straddle, PartSums.Leaving(graph, staying), PartSums.Mixed(graph, main));
        return new Verdict(goal.Excess(largest, straddle), score);
    }

    /// <summary>How many more reads straddle if the node changes parts and nothing else does.</summary>
    private double Change(int node, int from, int to)
    {
        var change = 0.0;
        foreach (var (other, share) in graph.Ties[node])
        {
            if (partOf[other] == from) change += share;
            else if (partOf[other] == to) change -= share;
        }

        return change;
    }

    private void Settle()
    {
        sums.Sum(partOf);
        straddling = PartSums.Straddling(graph, partOf);
        now = new Verdict(goal.Excess(sums.Largest, straddling), sums.Score(goal, straddling));
    }

    /// <summary>How good a cut is: by how much it breaks the limits, and if two do so alike, its score.</summary>
    private readonly record struct Verdict(double Excess, double Score)
    {
        public static Verdict None { get; } = new(double.PositiveInfinity, double.PositiveInfinity);

        public bool IsBelow(in Verdict other) =>
            Excess < other.Excess - CutGoal.Tolerance || (Excess < other.Excess + CutGoal.Tolerance && Score < other.Score - CutGoal.Tolerance);
    }
}
