using System.Runtime.InteropServices;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Simulation.Cluster;

/// <summary>What came in the slot that is simulated, by key and by node; shared by all clusters of a run.</summary>
internal sealed class SlotDemand(NodeTable nodes)
{
    private readonly List<DemandRow> rows = [];
    private readonly float[] costOfNode = new float[nodes.Count];
    private readonly List<int>[] keysOfNode = KeysByNode(nodes);
    private readonly int[] rowOfKey = new int[nodes.NodeOfKey.Length];

    /// <summary>In the order of keys.</summary>
    public ReadOnlySpan<DemandRow> Rows => CollectionsMarshal.AsSpan(rows);

    /// <summary>Cost units of each node in the slot.</summary>
    public ReadOnlySpan<float> CostOfNode => costOfNode;

    /// <summary>Takes a slot.</summary>
    public void Read(TrafficTrace trace, int slot)
    {
        foreach (ref readonly var row in Rows)
        {
            costOfNode[nodes.NodeOfKey[row.Key]] = 0;
            rowOfKey[row.Key] = 0;
        }

        trace.Read(slot, rows);
        for (var i = 0; i < rows.Count; i++)
        {
            costOfNode[nodes.NodeOfKey[rows[i].Key]] += rows[i].Cost;
            rowOfKey[rows[i].Key] = i + 1;
        }
    }

    /// <summary>The rows of a node.</summary>
    public IEnumerable<DemandRow> RowsOf(int node) => keysOfNode[node].Where(key => rowOfKey[key] > 0).Select(key => rows[rowOfKey[key] - 1]);

    private static List<int>[] KeysByNode(NodeTable nodes)
    {
        var keys = new List<int>[nodes.Count];
        for (var node = 0; node < keys.Length; node++) keys[node] = [];
        for (var key = 0; key < nodes.NodeOfKey.Length; key++) keys[nodes.NodeOfKey[key]].Add(key);
        return keys;
    }
}
