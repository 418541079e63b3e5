using Foreshard.Simulation.Cluster;

namespace Foreshard.Simulation.Runs;

/// <summary>Demand of nodes in the last intervals, as whoever looks every interval sees it.</summary>
/// <param name="nodes">How many nodes.</param>
/// <param name="interval">Length of an interval.</param>
/// <param name="kept">How many intervals are kept.</param>
internal sealed class RecentDemand(int nodes, TimeSpan interval, int kept)
{
    private readonly double[][] past = [.. Enumerable.Range(0, kept).Select(_ => new double[nodes])];
    private double[] open = new double[nodes];

    /// <summary>Intervals that are over.</summary>
    public int Ended { get; private set; }

    /// <summary>Takes a part of a slot's demand into the interval that is open.</summary>
    public void Take(SlotDemand demand, double share)
    {
        var costs = demand.CostOfNode;
        for (var node = 0; node < open.Length; node++) open[node] += costs[node] * share;
    }

    /// <summary>The open interval is over.</summary>
    public void End()
    {
        var oldest = past[^1];
        for (var i = past.Length - 1; i > 0; i--) past[i] = past[i - 1];
        past[0] = open;
        open = oldest;
        Array.Clear(open);
        Ended++;
    }

    /// <summary>Mean load of a node in the last intervals, cost units per second.</summary>
    /// <param name="node">Which one.</param>
    /// <param name="intervals">How many; at most as many as are kept. Those before the begin count as none.</param>
    public double MeanOf(int node, int intervals)
    {
        var count = Math.Min(intervals, Ended);
        if (count == 0) return 0;
        var sum = 0.0;
        for (var i = 0; i < count; i++) sum += past[i][node];
        return sum / (count * interval.TotalSeconds);
    }
}
