using Foreshard.Balancing;
using Foreshard.Mapping;
using Foreshard.Sharding;
using Foreshard.Simulation.Cluster;

namespace Foreshard.Simulation.Runs;

/// <summary>The reactive policy's: everything stays as it was in the last intervals.</summary>
internal sealed class PresentForesight(NodeTable nodes, RecentDemand recent, int lookBack, LookAhead outlooks) : IForesight
{
    /// <inheritdoc/>
    public bool SeesSurge => false;

    /// <inheritdoc/>
    public IReadOnlyList<EntityOutlook> Look(PlanHorizon horizon)
    {
        var curves = new float[nodes.Count][];
        for (var node = 0; node < nodes.Count; node++)
        {
            var load = recent.MeanOf(node, lookBack);
            if (load <= 0) continue;
            curves[node] = new float[horizon.SlotCount];
            Array.Fill(curves[node], (float)load);
        }

        return outlooks.Of(curves, horizon.SlotCount);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ColdLoad> ColdOf(MappingSnapshot mapping) => [];
}
