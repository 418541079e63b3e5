using Foreshard.Simulation.Cluster;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Simulation.Runs;

/// <summary>What a result tells of the demand itself, whatever the policy.</summary>
internal sealed class RunSummary
{
    private const int DrawnMax = 2000;
    private const int HeatRows = 40;

    private readonly TrafficTrace trace;
    private readonly SimulationOptions options;
    private readonly NodeTable nodes;
    private readonly DateTime scoredFromUtc;
    private readonly TimeSpan drawnInterval;
    private readonly int drawnCount;
    private readonly float[][] heat;
    private double accesses;
    private double peak;

    public RunSummary(TrafficTrace trace, SimulationOptions options, NodeTable nodes, int scoredFrom)
    {
        this.trace = trace;
        this.options = options;
        this.nodes = nodes;
        scoredFromUtc = trace.StartOf(scoredFrom);
        var shortest = options.Interval > TrafficTrace.SlotLength ? options.Interval : TrafficTrace.SlotLength;
        drawnInterval = shortest * Math.Ceiling((trace.EndUtc - scoredFromUtc) / shortest / DrawnMax);
        drawnCount = (int)Math.Ceiling((trace.EndUtc - scoredFromUtc) / drawnInterval);
        heat = [.. nodes.Entities.Select(_ => new float[drawnCount])];
    }

    /// <summary>What a cluster draws into.</summary>
    public DrawnRun Drawn(int partitions, bool hasForecast) => new(partitions, scoredFromUtc, drawnInterval, drawnCount, hasForecast);

    /// <summary>Takes a slot that is scored.</summary>
    public void Take(DateTime startUtc, SlotDemand demand)
    {
        var at = (int)((startUtc - scoredFromUtc) / drawnInterval);
        var cost = 0.0;
        foreach (ref readonly var row in demand.Rows)
        {
            cost += row.Cost;
            accesses += row.Accesses;
            heat[nodes.EntityOfNode[nodes.NodeOfKey[row.Key]]][at] += (float)(row.Cost / drawnInterval.TotalSeconds);
        }

        peak = Math.Max(peak, cost / TrafficTrace.SlotLength.TotalSeconds);
    }

    /// <summary>All of it.</summary>
    public SimulationResult Result(IReadOnlyList<PolicyRun> policies, IReadOnlyList<GridCell> grid)
    {
        var busiest = Enumerable.Range(0, heat.Length)
            .Select(entity => (Entity: entity, Sum: heat[entity].Sum(load => (double)load)))
            .Where(row => row.Sum > 0)
            .OrderByDescending(row => row.Sum)
            .ThenBy(row => row.Entity)
            .Take(HeatRows);
        return new SimulationResult
        {
            Options = options,
            StartUtc = trace.StartUtc,
            ScoredFromUtc = scoredFromUtc,
            EndUtc = trace.EndUtc,
            Entities = nodes.Entities.Length,
            Accesses = accesses,
            PeakDemand = peak,
            Policies = policies,
            Grid = grid,
            DrawnInterval = drawnInterval,
            Heat = [.. busiest.Select(row => new HeatRow(nodes.Entities[row.Entity], heat[row.Entity]))],
        };
    }
}
