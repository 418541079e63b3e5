using Foreshard.Balancing;
using Foreshard.Mapping;
using Foreshard.Profiling;
using Foreshard.Sharding;
using Foreshard.Simulation.Cluster;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Simulation.Runs;

/// <summary>The product's: the profiler and the forecaster, run once for all clusters, since what they know doesn't depend on placement.</summary>
internal sealed class ForecastForesight : IForesight
{
    private readonly LoadOutlook outlook;
    private readonly AccessInterval interval = new(AccessLimits.Default);
    private readonly AccessTable table = new(AccessLimits.Default);
    private readonly TrafficTrace trace;
    private readonly SimulationOptions options;
    private readonly Func<EntityKey, bool> isSplit;
    private PlanHorizon? looked;

    /// <param name="trace">What comes.</param>
    /// <param name="nodes">Its nodes.</param>
    /// <param name="sizes">Their sizes, which partitions know.</param>
    /// <param name="options">How it is run.</param>
    /// <param name="isSplit">Whether an entity is split in any of the clusters.</param>
    public ForecastForesight(TrafficTrace trace, NodeTable nodes, NodeSizes sizes, SimulationOptions options, Func<EntityKey, bool> isSplit)
    {
        this.trace = trace;
        this.options = options;
        this.isSplit = isSplit;
        outlook = new LoadOutlook(TrafficTrace.Grid, options.Outlook, new OutlookSources
        {
            EntityBytes = entity => nodes.NumberOf(entity) is >= 0 and var number ? sizes.Sum(number, sizes.Bytes) : null,
            GrowthPerDay = entity => nodes.NumberOf(entity) is >= 0 and var number ? sizes.Sum(number, sizes.GrowthPerDay) : null,
            GroupBytes = (entity, group) => nodes.Find(entity, group) is >= 0 and var node ? sizes.Bytes[node] : null,
        });
        outlook.Begin(trace.FirstSlot);
    }

    /// <summary>Profiles, forecasts, and what they were last asked for.</summary>
    public LoadOutlook Outlook => outlook;

    /// <inheritdoc/>
    public bool SeesSurge => outlook.SeesSurge(options.Capacity);

    /// <summary>A slot is over.</summary>
    public void Close(SlotDemand demand, DateTime startUtc)
    {
        foreach (ref readonly var row in demand.Rows)
        {
            var accesses = Math.Max(1, CostScale.Whole(row.Accesses));
            var writes = Math.Min(accesses, CostScale.Whole(row.Writes));
            table.Add(trace.Keys[row.Key], new AccessTally
            {
                Accesses = accesses,
                Reads = accesses - writes,
                Writes = writes,
                CostParts = CostScale.ToParts(row.Cost),
                Bytes = CostScale.Whole(row.Bytes),
                LastTicks = startUtc.Ticks,
            });
        }

        interval.Add(table);
        outlook.Close(interval);
        interval.Clear();
        table.Clear();
        looked = null;
    }

    /// <inheritdoc/>
    /// <remarks>Clusters that plan at the same time share the look.</remarks>
    public IReadOnlyList<EntityOutlook> Look(PlanHorizon horizon)
    {
        if (looked != horizon) outlook.Look(options.Capacity, horizon, isSplit);
        looked = horizon;
        return outlook.Entities;
    }

    /// <inheritdoc/>
    public IReadOnlyList<ColdLoad> ColdOf(MappingSnapshot mapping) => outlook.ColdOf(mapping);
}
