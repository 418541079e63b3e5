using Foreshard.Simulation.Workloads;

namespace Foreshard.Simulation.Cluster;

/// <summary>How large nodes are; the same in all clusters of a run, since rows grow by what is written, wherever they are.</summary>
internal sealed class NodeSizes
{
    private readonly NodeTable nodes;
    private readonly double bytesPerWrite;
    private readonly double[] bytes;
    private readonly double[] dayBefore;
    private readonly double[] growth;
    private readonly bool[] hasCome;
    private int slotsOfDay;

    /// <param name="nodes">Which nodes.</param>
    /// <param name="startBytes">Size of each at the start.</param>
    /// <param name="bytesPerWrite">What a write adds.</param>
    public NodeSizes(NodeTable nodes, double[] startBytes, double bytesPerWrite)
    {
        this.nodes = nodes;
        this.bytesPerWrite = bytesPerWrite;
        bytes = startBytes;
        dayBefore = [.. startBytes];
        growth = new double[startBytes.Length];
        hasCome = [.. startBytes.Select(size => size > 0)];
    }

    /// <summary>Of each node.</summary>
    public ReadOnlySpan<double> Bytes => bytes;

    /// <summary>What each node grew by on the last whole day of the run, bytes; 0 on the first.</summary>
    public ReadOnlySpan<double> GrowthPerDay => growth;

    /// <summary>Whether a node has rows, or was used.</summary>
    public bool HasCome(int node) => hasCome[node];

    /// <summary>An entity's size, or what it grows by a day.</summary>
    /// <param name="entity">Its place in the table of nodes.</param>
    /// <param name="ofNode">One of the properties above.</param>
    public double Sum(int entity, ReadOnlySpan<double> ofNode)
    {
        var (from, to) = nodes.NodesOf(entity);
        var sum = 0.0;
        for (var node = from; node < to; node++) sum += ofNode[node];
        return sum;
    }

    /// <summary>Takes what was written in a slot.</summary>
    public void Close(SlotDemand demand)
    {
        foreach (ref readonly var row in demand.Rows)
        {
            var node = nodes.NodeOfKey[row.Key];
            hasCome[node] = true;
            bytes[node] += row.Writes * bytesPerWrite;
        }

        if (++slotsOfDay < TrafficTrace.Grid.SlotsPerDay) return;
        slotsOfDay = 0;
        for (var node = 0; node < bytes.Length; node++)
        {
            growth[node] = bytes[node] - dayBefore[node];
            dayBefore[node] = bytes[node];
        }
    }
}
