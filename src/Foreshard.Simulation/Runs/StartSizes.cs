using Foreshard.Simulation.Cluster;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Simulation.Runs;

/// <summary>How large entities are when a simulation begins.</summary>
internal static class StartSizes
{
    /// <summary>Share of its size budget that a partition holds at the start if it works at its capacity all day.</summary>
    private const double BusyShare = 0.5;

    /// <summary>Bytes of each node: as told of its entity, or a part of the whole by its load in the warm-up.</summary>
    /// <remarks>An entity that comes later begins empty, unless its size is told; then its groups have equal parts.</remarks>
    public static double[] Of(TrafficTrace trace, NodeTable nodes, SimulationOptions options)
    {
        var load = WarmUpLoad(trace, nodes, options);
        var all = load.Sum();
        var budget = options.SizeBudgetBytes > 0 ? options.SizeBudgetBytes : SimulationOptions.DefaultSizeBudgetBytes;
        var total = options.StartBytes ?? (all / options.Capacity * budget * BusyShare);
        var bytes = new double[nodes.Count];
        for (var entity = 0; entity < nodes.Entities.Length; entity++)
        {
            var (from, to) = nodes.NodesOf(entity);
            var told = options.StartBytesOf?.Invoke(nodes.Entities[entity]) ?? trace.StartBytesOf(nodes.Entities[entity]);
            var ofEntity = load.AsSpan(from, to - from);
            var sum = 0.0;
            foreach (var one in ofEntity) sum += one;
            for (var node = from; node < to; node++)
            {
                var part = sum > 0 ? load[node] / sum : 1.0 / (to - from);
                bytes[node] = told is { } size ? size * part : all > 0 ? total * load[node] / all : 0;
            }
        }

        return bytes;
    }

    /// <summary>Mean load of each node in the warm-up, or in all of the trace if there is none, cost units per second.</summary>
    private static double[] WarmUpLoad(TrafficTrace trace, NodeTable nodes, SimulationOptions options)
    {
        var slots = options.WarmUp > TimeSpan.Zero ? Math.Min(trace.SlotCount, (int)Math.Ceiling(options.WarmUp / TrafficTrace.SlotLength)) : trace.SlotCount;
        var rates = new double[trace.Keys.Length];
        for (var slot = 0; slot < slots; slot++) trace.AddRates(slot, 1.0 / slots, rates);
        var load = new double[nodes.Count];
        for (var key = 0; key < rates.Length; key++) load[nodes.NodeOfKey[key]] += rates[key];
        return load;
    }
}
