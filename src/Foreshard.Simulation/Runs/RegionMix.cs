using Foreshard.Profiling;
using Foreshard.Simulation.Cluster;

namespace Foreshard.Simulation.Runs;

/// <summary>Where the users of nodes have been so far, by accesses; nothing if all partitions are equally near.</summary>
internal sealed class RegionMix(NodeTable nodes, bool isNeeded)
{
    private readonly double[,] accesses = new double[isNeeded ? nodes.Count : 0, nodes.Regions.Length];

    /// <summary>Takes a slot.</summary>
    public void Close(SlotDemand demand)
    {
        if (!isNeeded) return;
        foreach (ref readonly var row in demand.Rows) accesses[nodes.NodeOfKey[row.Key], nodes.RegionOfKey[row.Key]] += row.Accesses;
    }

    /// <summary>Of one node.</summary>
    public IReadOnlyList<LabelShare> OfNode(int node) => Shares(node, node + 1);

    /// <summary>Of an entity.</summary>
    public IReadOnlyList<LabelShare> OfEntity(int entity)
    {
        var (from, to) = nodes.NodesOf(entity);
        return Shares(from, to);
    }

    private List<LabelShare> Shares(int from, int to)
    {
        var shares = new List<LabelShare>();
        if (!isNeeded) return shares;
        var sums = new double[nodes.Regions.Length];
        for (var node = from; node < to; node++)
        {
            for (var region = 0; region < sums.Length; region++) sums[region] += accesses[node, region];
        }

        var all = sums.Sum();
        for (var region = 0; region < sums.Length && all > 0; region++)
        {
            if (sums[region] > 0) shares.Add(new LabelShare(nodes.Regions[region], sums[region] / all));
        }

        return shares;
    }
}
