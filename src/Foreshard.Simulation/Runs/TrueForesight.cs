using Foreshard.Balancing;
using Foreshard.Mapping;
using Foreshard.Sharding;
using Foreshard.Simulation.Cluster;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Simulation.Runs;

/// <summary>The oracle's: the true rate of each slot to come, but not the noise around it. Beyond the trace's end, the last slot's.</summary>
/// <remarks>A trace that was recorded has no rates; of it the oracle knows what will come, noise included.</remarks>
internal sealed class TrueForesight(TrafficTrace trace, NodeTable nodes, LookAhead outlooks) : IForesight
{
    private readonly double[] rates = new double[trace.Keys.Length];

    /// <inheritdoc/>
    public bool SeesSurge => false;

    /// <inheritdoc/>
    public IReadOnlyList<EntityOutlook> Look(PlanHorizon horizon)
    {
        var curves = new float[nodes.Count][];
        var first = (int)(TrafficTrace.Grid.SlotOf(horizon.StartUtc) - trace.FirstSlot);
        for (var step = 0; step < horizon.SlotCount; step++)
        {
            Array.Clear(rates);
            var from = first + (int)((horizon.StartOf(step) - horizon.StartUtc) / TrafficTrace.SlotLength);
            var slotsPerStep = (int)(horizon.LengthOf(step) / TrafficTrace.SlotLength);
            for (var slot = 0; slot < slotsPerStep; slot++)
                trace.AddRates(Math.Min(from + slot, trace.SlotCount - 1), 1.0 / slotsPerStep, rates);
            for (var key = 0; key < rates.Length; key++)
            {
                if (rates[key] <= 0) continue;
                var node = nodes.NodeOfKey[key];
                curves[node] ??= new float[horizon.SlotCount];
                curves[node][step] += (float)rates[key];
            }
        }

        return outlooks.Of(curves, horizon.SlotCount);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ColdLoad> ColdOf(MappingSnapshot mapping) => [];
}
