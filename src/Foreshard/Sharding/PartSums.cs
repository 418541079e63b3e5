namespace Foreshard.Sharding;

/// <summary>What the parts of a cut hold while it is looked for: sums of their nodes' figures.</summary>
internal sealed class PartSums
{
    private readonly CutGraph graph;
    private readonly int width;
    private readonly double[] sums;
    private readonly int[] nodes;
    private readonly int[] groups;

    /// <summary>Starts with the rest in its part and nothing else.</summary>
    public PartSums(CutGraph graph, int parts)
    {
        this.graph = graph;
        Parts = parts;
        width = graph.Rest.Figures.Length;
        sums = new double[parts * width];
        nodes = new int[parts];
        groups = new int[parts];
        Clear();
    }

    public int Parts { get; }

    /// <summary>Share of the load of the heaviest part.</summary>
    public double Largest
    {
        get
        {
            var largest = 0.0;
            for (var part = 0; part < Parts; part++) largest = Math.Max(largest, Load(part));
            return largest;
        }
    }

    public void Clear()
    {
        Array.Clear(sums);
        Array.Clear(nodes);
        Array.Clear(groups);
        Add(graph.RestPart(Parts), graph.Rest);
    }

    /// <summary>Sums it all up anew, in the order of the nodes.</summary>
    public void Sum(ReadOnlySpan<int> partOf)
    {
        Clear();
        for (var node = 0; node < partOf.Length; node++) Put(node, partOf[node]);
    }

    public void Put(int node, int part)
    {
        Add(part, graph.Nodes[node]);
        nodes[part]++;
        groups[part] += graph.Nodes[node].Groups.Length;
    }

    /// <summary>Undoes the latest <see cref="Put"/> with the sums from before: taking away would leave rounding errors.</summary>
    public void Undo(int node, int part, ReadOnlySpan<double> before)
    {
        before.CopyTo(Of(part));
        nodes[part]--;
        groups[part] -= graph.Nodes[node].Groups.Length;
    }

    public Span<double> Of(int part) => sums.AsSpan(part * width, width);

    public double Load(int part) => Math.Max(sums[(part * width) + CutNode.Mean], sums[(part * width) + CutNode.Busy]);

    public double Bytes(int part) => sums[(part * width) + CutNode.Bytes];

    /// <summary>Whether the part holds nothing and so isn't one.</summary>
    public bool IsEmpty(int part) => nodes[part] == 0 && !(graph.RestStands && part == 0);

    /// <summary>Whether the part would still be one without the node, of which the part with the rest can be left with nothing else.</summary>
    public bool CanLose(int part) => nodes[part] > 1 || (graph.RestStands && part == 0);

    /// <summary>Whether so many more groups can be named by the part; the part with the rest names at most what the shard named before.</summary>
    public bool HasRoom(int part, int more) => part == 0 || graph.IsLine || groups[part] + more <= ShardScope.MaxSegments;

    /// <summary>Share of the mean load that comes from the main region of its part.</summary>
    public double MainRegions()
    {
        var total = 0.0;
        for (var part = 0; part < Parts; part++) total += Main(Of(part));
        return total;
    }

    /// <summary>Share of the mean load that comes from the part's main region.</summary>
    public static double Main(ReadOnlySpan<double> figures)
    {
        var main = 0.0;
        for (var region = CutNode.FirstRegion; region < figures.Length; region++) main = Math.Max(main, figures[region]);
        return main;
    }

    /// <summary>How much of the mixing of regions is left: 1 if no part is purer than the whole, 0 if each has users of one region only.</summary>
    public static double Mixed(CutGraph graph, double main) =>
        graph.Mixable > 0 ? Math.Clamp((graph.RegionTotal - main) / graph.Mixable, 0, 1) : 0;

    /// <summary>Share of the bytes that leave if a share of them stays; none if sizes aren't known.</summary>
    public static double Leaving(CutGraph graph, double staying) => graph.HasBytes ? Math.Max(0, 1 - staying) : 0;

    /// <summary>The score, as the parts are.</summary>
    public double Score(in CutGoal goal, double straddling)
    {
        var staying = 0.0;
        for (var part = 0; part < Parts; part++) staying = Math.Max(staying, Bytes(part));
        return goal.Score(Largest, straddling, Leaving(graph, staying), Mixed(graph, MainRegions()));
    }

    /// <summary>Share of the reads that such a cut makes straddle; pairs may add up to more than 1.</summary>
    public static double Straddling(CutGraph graph, ReadOnlySpan<int> partOf)
    {
        var sum = 0.0;
        for (var node = 0; node < partOf.Length; node++)
        {
            foreach (var (other, share) in graph.Ties[node])
            {
                if (other < node && partOf[other] != partOf[node]) sum += share;
            }
        }

        return sum;
    }

    private void Add(int part, CutNode node)
    {
        var figures = node.Figures;
        var into = Of(part);
        for (var i = 0; i < into.Length; i++) into[i] += figures[i];
    }
}
