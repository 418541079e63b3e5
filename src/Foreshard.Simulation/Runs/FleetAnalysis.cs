using Foreshard.Balancing;
using Foreshard.Mapping;
using Foreshard.Profiling;
using Foreshard.Sharding;
using Foreshard.Simulation.Cluster;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Simulation.Runs;

/// <summary>
/// Traffic lived through to its end by the profiler and the forecaster, and what they and the balancer say then of a fleet on which entities
/// are where the hash puts them.
/// </summary>
internal sealed class FleetAnalysis
{
    /// <summary>How often it is looked ahead on the way: groups of heavy entities are forecast one by one from a look on.</summary>
    private static readonly TimeSpan LooksEvery = TimeSpan.FromHours(6);

    private FleetAnalysis(LoadOutlook outlook, MappingSnapshot mapping, PlanInput input, SimulationOptions options)
    {
        Outlook = outlook;
        Mapping = mapping;
        Input = input;
        Options = options;
        Plan = new Balancer(options.Balancer).Plan(input);
    }

    /// <summary>Profiles and forecasts at the end.</summary>
    public LoadOutlook Outlook { get; }

    /// <summary>Where entities are.</summary>
    public MappingSnapshot Mapping { get; }

    /// <summary>What the plan is made from.</summary>
    public PlanInput Input { get; }

    /// <summary>What is to be done from the end on.</summary>
    public Plan Plan { get; }

    /// <summary>The fleet.</summary>
    public SimulationOptions Options { get; }

    /// <summary>Lives a trace through.</summary>
    /// <param name="trace">What came.</param>
    /// <param name="options">The fleet; policies and grid don't matter.</param>
    /// <param name="progress">Told after each slot how many of how many are over.</param>
    /// <param name="cancellationToken">Ends it before.</param>
    /// <exception cref="ArgumentException">The options don't hold.</exception>
    public static FleetAnalysis Of(TrafficTrace trace, SimulationOptions options, Action<int, int>? progress, CancellationToken cancellationToken)
    {
        options.Validate();
        var nodes = new NodeTable(trace.Keys, MappingSnapshot.DefaultBucketCount);
        var sizes = new NodeSizes(nodes, StartSizes.Of(trace, nodes, options), options.BytesPerWrite);
        var demand = new SlotDemand(nodes);
        var foresight = new ForecastForesight(trace, nodes, sizes, options, _ => false);
        for (var slot = 0; slot < trace.SlotCount; slot++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            demand.Read(trace, slot);
            sizes.Close(demand);
            foresight.Close(demand, trace.StartOf(slot));
            if ((slot + 1) % (int)(LooksEvery / TrafficTrace.SlotLength) == 0) foresight.Look(HorizonAt(trace.StartOf(slot + 1), options));
            progress?.Invoke(slot + 1, trace.SlotCount);
        }

        var members = new FleetMembers(new FleetSettings
        {
            Partitions = options.Partitions,
            Awake = options.Partitions,
            Capacity = options.Capacity,
            SizeBudgetBytes = options.SizeBudgetBytes,
            MoveBytesPerSecond = options.MoveBytesPerSecond,
            Regions = options.Regions,
        });
        var mapping = new ClusterMap(nodes, members.Infos()).Snapshot;
        var horizon = HorizonAt(trace.EndUtc, options);

        // Classes are what they would be if the forecast had held for as long as it takes to enter any.
        for (var look = 0; look < ClassState.IntervalsToEnter; look++) foresight.Outlook.Look(options.Capacity, horizon);
        var outlooks = foresight.Look(horizon);
        var input = new PlanInput
        {
            Horizon = horizon,
            Partitions = members.ForPlans(),
            Units = PlanUnits.Of(
                mapping, outlooks, horizon.SlotCount, _ => null, ClusterRun.MemberShare * options.Capacity, foresight.ColdOf(mapping)),
            RoundTrips = options.RoundTrips,
        };
        return new FleetAnalysis(foresight.Outlook, mapping, input, options);
    }

    /// <summary>What is expected of an entity; null if nothing is, or there is none.</summary>
    public EntityOutlook? OutlookOf(EntityKey entity) => Outlook.Entities.FirstOrDefault(outlook => outlook.Entity == entity);

    private static PlanHorizon HorizonAt(DateTime now, SimulationOptions options) => options.HorizonFrom(now, options.Horizon);
}
