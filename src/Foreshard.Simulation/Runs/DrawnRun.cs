using Foreshard.Balancing;
using Foreshard.Simulation.Cluster;

namespace Foreshard.Simulation.Runs;

/// <summary>What is drawn of a run: each partition's demand, and what was forecast for it about an hour before.</summary>
internal sealed class DrawnRun
{
    private static readonly TimeSpan Ahead = TimeSpan.FromHours(1);

    private readonly DateTime startUtc;
    private readonly TimeSpan interval;
    private readonly double[][] demand;
    private readonly double[][] awakeSeconds;
    private readonly float[][]? forecast;
    private readonly float[][]? high;

    /// <param name="partitions">How many.</param>
    /// <param name="startUtc">Begin of the first interval.</param>
    /// <param name="interval">Length of one.</param>
    /// <param name="count">How many.</param>
    /// <param name="hasForecast">Whether forecasts are drawn.</param>
    public DrawnRun(int partitions, DateTime startUtc, TimeSpan interval, int count, bool hasForecast)
    {
        this.startUtc = startUtc;
        this.interval = interval;
        demand = [.. Enumerable.Range(0, partitions).Select(_ => new double[count])];
        awakeSeconds = [.. Enumerable.Range(0, partitions).Select(_ => new double[count])];
        if (!hasForecast) return;
        forecast = Unknown(partitions, count);
        high = Unknown(partitions, count);
    }

    /// <summary>Of each partition: mean demand; NaN while it slept.</summary>
    public IReadOnlyList<float[]> Demand =>
        [.. demand.Select((sums, partition) => sums.Select((sum, at) => (float)(sum / awakeSeconds[partition][at])).ToArray())];

    /// <summary>Of each partition: what was forecast; null if nothing was.</summary>
    public IReadOnlyList<float[]>? Forecast => forecast;

    /// <summary>Of each partition: what plans kept room for.</summary>
    public IReadOnlyList<float[]>? ForecastHigh => high;

    /// <summary>Takes time that has passed.</summary>
    public void Take(VirtualCluster cluster, DateTime timeUtc, double seconds)
    {
        if (timeUtc < startUtc) return;
        var at = (int)((timeUtc - startUtc) / interval);
        if (at >= demand[0].Length) return;
        for (var partition = 0; partition < demand.Length; partition++)
        {
            if (cluster.Members[partition] == MemberState.Asleep) continue;
            demand[partition][at] += cluster.Demand[partition] * seconds;
            awakeSeconds[partition][at] += seconds;
        }
    }

    /// <summary>Takes a plan: its second hour, until a later plan knows better.</summary>
    public void Take(Plan plan)
    {
        if (forecast is null || high is null) return;
        var from = plan.Horizon.StartUtc + Ahead;
        for (var at = (int)Math.Max(0, Math.Ceiling((from - startUtc) / interval)); at < forecast[0].Length; at++)
        {
            var time = startUtc + (at * interval);
            if (time >= from + Ahead) return;
            var slot = (int)plan.Horizon.PositionOf(time - plan.Horizon.StartUtc);
            if (slot >= plan.Horizon.SlotCount) return;
            foreach (var partition in plan.Partitions)
            {
                var number = partition.Partition.Id.Value - 1;
                forecast[number][at] = partition.After.Mean[slot];
                high[number][at] = (float)partition.After.Planned(slot);
            }
        }
    }

    private static float[][] Unknown(int partitions, int count)
    {
        var values = new float[partitions][];
        for (var partition = 0; partition < partitions; partition++) Array.Fill(values[partition] = new float[count], float.NaN);
        return values;
    }
}
