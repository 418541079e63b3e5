using System.Collections.Immutable;

namespace Foreshard.Sharding;

/// <summary>What is to be cut: nodes that stay whole, and what it costs to part them. Immutable; the same for any order of groups and edges.</summary>
internal sealed class CutGraph
{
    /// <exception cref="ArgumentException">A group stands twice, is of another kind, or is outside of what the subject holds.</exception>
    public CutGraph(SplitSubject subject)
    {
        Subject = subject;
        IsLine = subject.Kind != GroupKind.Segment;
        var groups = subject.Groups.OrderBy(load => load.Group).ToArray();
        Check(groups);
        var rest = new GroupLoad(default, subject.Rest, subject.RestBytes, subject.RestRegions);
        GroupLoad[] all = [.. groups, rest];
        string[] regions =
        [
            .. all.SelectMany(load => load.Regions).Select(region => region.Label).OfType<string>().Where(label => label.Length > 0)
                .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        ];
        var shares = new CutShares(all, regions);
        Unnamed = subject.Within is { IsWhole: false, Kind: GroupKind.Segment } within
            ? [.. within.Segments.Except(groups.Select(load => load.Group.Segment!), StringComparer.Ordinal)]
            : [];
        Rest = new CutNode([], shares.Of(rest));
        RestStands = !IsLine && Rest.Load > 0 && (subject.Within.TakesNew || Unnamed.Length > 0);
        GroupCount = groups.Length;
        HasBytes = all.Any(load => load.Bytes > 0);

        var edges = EdgesOf(groups, subject.Edges);
        var united = Unite(groups.Length, edges);
        var nodes = groups.Select((load, index) => (Node: united[index], Load: new CutNode([load], shares.Of(load))))
            .GroupBy(one => one.Node, one => one.Load)
            .Select(same => CutNode.Unite([.. same]));
        Nodes = [.. IsLine ? nodes : nodes.OrderByDescending(node => node.Load).ThenBy(node => node.Groups[0].Group)];
        Ties = TiesOf(groups, edges);
        var regionFigures = RegionFigures(regions.Length);
        RegionTotal = regionFigures.Sum();
        RegionMain = regionFigures.DefaultIfEmpty(0).Max();
    }

    private CutGraph(CutGraph fine, ImmutableArray<CutNode> nodes, ImmutableArray<(int Node, double Share)[]> ties)
    {
        (Subject, IsLine, Unnamed, Rest, RestStands) = (fine.Subject, fine.IsLine, fine.Unnamed, fine.Rest, fine.RestStands);
        (GroupCount, HasBytes, RegionTotal, RegionMain) = (fine.GroupCount, fine.HasBytes, fine.RegionTotal, fine.RegionMain);
        (Nodes, Ties) = (nodes, ties);
    }

    public SplitSubject Subject { get; }

    public bool IsLine { get; }

    /// <summary>How many groups are known one by one.</summary>
    public int GroupCount { get; }

    /// <summary>Whether sizes are known at all.</summary>
    public bool HasBytes { get; }

    /// <summary>On a line in its order, of segments the heaviest first.</summary>
    public ImmutableArray<CutNode> Nodes { get; }

    /// <summary>What isn't known group by group: on a line in the last part, of segments in part 0.</summary>
    public CutNode Rest { get; }

    /// <summary>Whether the rest can be a part without any known group.</summary>
    public bool RestStands { get; }

    /// <summary>Segments that the shard names and of which nothing is known: they go with the rest.</summary>
    public ImmutableArray<string> Unnamed { get; }

    /// <summary>Per node, the nodes read together with it, in their order, and the share of the entity's reads that does so.</summary>
    public ImmutableArray<(int Node, double Share)[]> Ties { get; }

    /// <summary>Share of the mean load whose region is known.</summary>
    public double RegionTotal { get; }

    /// <summary>Share of the mean load that comes from the main region.</summary>
    public double RegionMain { get; }

    /// <summary>Share of the mean load that comes from other regions than the main one: what a cut could part from it. 0 if only rounding is left.</summary>
    public double Mixable => RegionTotal - RegionMain > RegionTotal * CutGoal.Tolerance ? RegionTotal - RegionMain : 0;

    /// <summary>In which part the rest is.</summary>
    public int RestPart(int parts) => IsLine ? parts - 1 : 0;

    /// <summary>Most parts that there can be.</summary>
    public int PartsMax => Nodes.Length + (RestStands ? 1 : 0);

    /// <summary>The same with nodes united to clusters.</summary>
    /// <param name="clusterOf">The cluster of each node, numbered from 0 on without gaps.</param>
    public CutGraph United(int[] clusterOf)
    {
        var clusters = Enumerable.Range(0, clusterOf.Max() + 1)
            .Select(cluster => CutNode.Unite([.. Nodes.Where((_, node) => clusterOf[node] == cluster)]))
            .ToImmutableArray();
        var ties = TableOfTies(clusters.Length);
        for (var node = 0; node < Nodes.Length; node++)
        {
            foreach (var (other, share) in Ties[node])
            {
                var (one, another) = (clusterOf[node], clusterOf[other]);
                if (one != another) ties[one][another] = ties[one].GetValueOrDefault(another) + share;
            }
        }

        return new CutGraph(this, clusters, Listed(ties));
    }

    private void Check(GroupLoad[] groups)
    {
        var (kind, within) = (Subject.Kind, Subject.Within);
        if (!within.IsWhole && within.Kind != kind) throw Wrong($"it holds groups of kind {within.Kind}, not {kind}");
        for (var i = 0; i < groups.Length; i++)
        {
            var group = groups[i].Group;
            if (group.IsNone || group.Kind != kind) throw Wrong($"the group '{group}' is of another kind than {kind}");
            if (i > 0 && groups[i - 1].Group == group) throw Wrong($"the group '{group}' stands twice");
            if (!within.Names(group) && !within.TakesNew) throw Wrong($"the group '{group}' is outside of {within}");
        }

        ArgumentException Wrong(string what) => new($"{Subject.Entity} can't be cut so: {what}.");
    }

    /// <summary>The edges between known groups as pairs of their indexes, the smaller first, in order.</summary>
    private static (int First, int Second, GroupRelation Relation, double Share)[] EdgesOf(GroupLoad[] groups, IReadOnlyList<GroupEdge> edges)
    {
        if (edges.Count == 0) return [];
        var indexes = new Dictionary<GroupKey, int>(groups.Length);
        for (var i = 0; i < groups.Length; i++) indexes.Add(groups[i].Group, i);
        var found = new List<(int First, int Second, GroupRelation Relation, double Share)>(edges.Count);
        foreach (var edge in edges)
        {
            if (edge.First == edge.Second || !indexes.TryGetValue(edge.First, out var one) || !indexes.TryGetValue(edge.Second, out var other)) continue;
            found.Add((Math.Min(one, other), Math.Max(one, other), edge.Relation, edge.Share));
        }

        return [.. found.Order()];
    }

    /// <summary>Per group, the first group that it stays together with.</summary>
    private int[] Unite(int count, (int First, int Second, GroupRelation Relation, double Share)[] edges)
    {
        var first = Enumerable.Range(0, count).ToArray();
        foreach (var (one, other, relation, _) in edges)
        {
            if (relation == GroupRelation.ReadTogether) continue;

            // On a line, what lies between two groups that stay together stays with them.
            for (var between = IsLine ? one + 1 : other; between <= other; between++) Join(one, between);
        }

        for (var i = 0; i < count; i++) first[i] = Find(i);
        return first;

        void Join(int one, int other)
        {
            (one, other) = (Find(one), Find(other));
            first[Math.Max(one, other)] = Math.Min(one, other);
        }

        int Find(int index)
        {
            while (first[index] != index) index = first[index] = first[first[index]];
            return index;
        }
    }

    private ImmutableArray<(int Node, double Share)[]> TiesOf(GroupLoad[] groups, (int First, int Second, GroupRelation Relation, double Share)[] edges)
    {
        var nodeOf = new Dictionary<GroupKey, int>(groups.Length);
        for (var node = 0; node < Nodes.Length; node++)
        {
            foreach (var load in Nodes[node].Groups) nodeOf.Add(load.Group, node);
        }

        var ties = TableOfTies(Nodes.Length);
        foreach (var edge in edges)
        {
            var (one, other) = (nodeOf[groups[edge.First].Group], nodeOf[groups[edge.Second].Group]);
            if (edge.Relation != GroupRelation.ReadTogether || one == other) continue;
            ties[one][other] = ties[other][one] = ties[one].GetValueOrDefault(other) + edge.Share;
        }

        return Listed(ties);
    }

    private static SortedDictionary<int, double>[] TableOfTies(int nodes) => [.. Enumerable.Range(0, nodes).Select(_ => new SortedDictionary<int, double>())];

    private static ImmutableArray<(int Node, double Share)[]> Listed(SortedDictionary<int, double>[] ties) =>
        [.. ties.Select(one => one.Select(tie => (tie.Key, tie.Value)).ToArray())];

    private double[] RegionFigures(int regions)
    {
        var sums = new double[regions];
        foreach (var node in Nodes.Append(Rest))
        {
            for (var region = 0; region < regions; region++) sums[region] += node.Figures[CutNode.FirstRegion + region];
        }

        return sums;
    }
}
