using Foreshard.Balancing;
using Foreshard.Mapping;
using Foreshard.Simulation.Cluster;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Simulation.Runs;

/// <summary>Lives a trace through on virtual fleets, one for each policy and each cell of the sensitivity grid, all in step.</summary>
/// <remarks>
/// Deterministic to the byte. The profiler and the forecaster run once, and once for the grid: what they know doesn't depend on where entities are.
/// </remarks>
internal sealed class SimulationRun
{
    private readonly TrafficTrace trace;
    private readonly SimulationOptions options;
    private readonly BalancerOptions balancer;
    private readonly NodeTable nodes;
    private readonly NodeSizes sizes;
    private readonly SlotDemand demand;
    private readonly RegionMix regions;
    private readonly LookAhead outlooks;
    private readonly ForecastForesight? forecasts;
    private readonly ForecastForesight? gridForecasts;
    private readonly List<IntervalGroup> groups = [];
    private readonly List<(PolicyKind Kind, Contest Contest)> policies = [];
    private readonly List<(double Bandwidth, TimeSpan Interval, List<Contest> Contests)> cells = [];
    private readonly RunSummary summary;
    private readonly int scoredFrom;

    private SimulationRun(TrafficTrace trace, SimulationOptions options)
    {
        this.trace = trace;
        this.options = options;
        balancer = options.Balancer with { PartitionsToAskFor = 0 }; // nobody is there to buy them
        scoredFrom = (int)Math.Ceiling(options.WarmUp / TrafficTrace.SlotLength);
        nodes = new NodeTable(trace.Keys, MappingSnapshot.DefaultBucketCount);
        sizes = new NodeSizes(nodes, StartSizes.Of(trace, nodes, options), options.BytesPerWrite);
        demand = new SlotDemand(nodes);
        regions = new RegionMix(nodes, !options.RoundTrips.IsUniform);
        outlooks = new LookAhead(nodes, sizes, regions, options);
        summary = new RunSummary(trace, options, nodes, scoredFrom);
        if (options.Policies.Contains(PolicyKind.Predictive))
        {
            forecasts = Forecasts(isInGrid: false);
            if (options.GridBandwidths.Count > 0) gridForecasts = Forecasts(isInGrid: true);
        }

        foreach (var kind in options.Policies) policies.Add((kind, Add(kind, options.Interval, 1, isDrawn: true)));
        AddGrid();
    }

    /// <summary>Runs a simulation.</summary>
    /// <param name="trace">What comes.</param>
    /// <param name="options">The fleet, and how it is run.</param>
    /// <param name="progress">Told after each slot how many of how many are over.</param>
    /// <param name="cancellationToken">Ends it before.</param>
    /// <exception cref="ArgumentException">The options don't hold, or the trace is over before the warm-up is.</exception>
    public static SimulationResult Run(TrafficTrace trace, SimulationOptions options, Action<int, int>? progress, CancellationToken cancellationToken)
    {
        options.Validate();
        if (options.WarmUp > TrafficTrace.SlotLength * (trace.SlotCount - 1))
        {
            throw new ArgumentException(
                $"The warm-up of {options.WarmUp} leaves nothing to score of a trace of {trace.EndUtc - trace.StartUtc}.", nameof(options));
        }

        var run = new SimulationRun(trace, options);
        for (var slot = 0; slot < trace.SlotCount; slot++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            run.Live(slot);
            progress?.Invoke(slot + 1, trace.SlotCount);
        }

        return run.Result();
    }

    private void Live(int slot)
    {
        if (slot == scoredFrom)
        {
            foreach (var contest in groups.SelectMany(group => group.Contests)) contest.StartScoring();
        }

        var start = trace.StartOf(slot);
        demand.Read(trace, slot);
        if (slot >= scoredFrom) summary.Take(start, demand);
        foreach (var group in groups) group.Advance(start, demand);

        sizes.Close(demand);
        regions.Close(demand);
        forecasts?.Close(demand, start);
        gridForecasts?.Close(demand, start);
        foreach (var group in groups) group.Decide(start + TrafficTrace.SlotLength);
    }

    private SimulationResult Result() => summary.Result(
        [
            .. policies.Select(policy => new PolicyRun
            {
                Score = policy.Contest.Winner.Score(),
                Steps = [.. policy.Contest.Winner.Steps.OrderBy(step => step.StartUtc)],
                Demand = policy.Contest.Winner.Drawn!.Demand,
                Forecast = policy.Contest.Winner.Drawn!.Forecast,
                ForecastHigh = policy.Contest.Winner.Drawn!.ForecastHigh,
            }),
        ],
        [.. cells.Select(cell => new GridCell(cell.Bandwidth, cell.Interval, [.. cell.Contests.Select(contest => contest.Winner.Score())]))]);

    private void AddGrid()
    {
        PolicyKind[] acting = [.. new[] { PolicyKind.Reactive, PolicyKind.Predictive }.Where(kind => options.Policies.Contains(kind))];
        if (acting.Length == 0) return; // the others don't care
        foreach (var bandwidth in options.GridBandwidths)
        {
            foreach (var interval in options.GridIntervals)
            {
                var isMain = bandwidth == 1 && interval == options.Interval;
                cells.Add((bandwidth, interval, [.. acting.Select(kind => isMain ? ContestOf(kind) : Add(kind, interval, bandwidth, isDrawn: false))]));
            }
        }

        Contest ContestOf(PolicyKind kind) => policies.First(policy => policy.Kind == kind).Contest;
    }

    private Contest Add(PolicyKind kind, TimeSpan interval, double bandwidth, bool isDrawn)
    {
        var group = groups.Find(group => group.Interval == interval);
        if (group is null) groups.Add(group = new IntervalGroup(interval, nodes.Count, options.ReactiveLookBacks.Max()));
        var settings = SettingsOf(kind, bandwidth);
        var runs = PoliciesOf(kind, group.Recent, isDrawn ? forecasts : gridForecasts).Select(policy => new ClusterRun(policy, options, settings, nodes, sizes)
        {
            Drawn = isDrawn ? summary.Drawn(settings.Partitions, hasForecast: kind == PolicyKind.Predictive) : null,
        });
        var contest = new Contest([.. runs]);
        group.Contests.Add(contest);
        return contest;
    }

    private IEnumerable<Policy> PoliciesOf(PolicyKind kind, RecentDemand recent, ForecastForesight? foresight)
    {
        switch (kind)
        {
            case PolicyKind.Reactive:
                return
                    from threshold in options.ReactiveThresholds
                    from lookBack in options.ReactiveLookBacks
                    select new Policy
                    {
                        Kind = kind,
                        Foresight = new PresentForesight(nodes, recent, lookBack, outlooks),
                        Balancer = balancer with { Cost = balancer.Cost with { TargetShare = ReactiveTarget * threshold } },
                        Horizon = options.ReactiveHorizon,
                        Threshold = threshold,
                        LookBack = lookBack,
                    };
            case PolicyKind.Predictive:
                return [Foreseeing(kind, foresight!)];
            case PolicyKind.Oracle:
                return [Foreseeing(kind, new TrueForesight(trace, nodes, outlooks))];
            default:
                return [new Policy { Kind = kind }];
        }
    }

    private Policy Foreseeing(PolicyKind kind, IForesight foresight) => new()
    {
        Kind = kind,
        Foresight = foresight,
        Balancer = balancer,
        Horizon = options.Horizon,
        Every = options.PlanEvery,
        Alarm = options.Balancer.Cost.TargetShare,
    };

    /// <summary>Share of its threshold that the reactive policy plans partitions up to: what it moved shall not be over it again at once.</summary>
    private const double ReactiveTarget = 0.95;

    private FleetSettings SettingsOf(PolicyKind kind, double bandwidth) => new()
    {
        Partitions = options.Elastic?.Max ?? options.Partitions,

        // Who never decides can't wake anybody either, so it has all.
        Awake = options.Elastic is { } fleet && kind == PolicyKind.Static ? fleet.Max : options.Partitions,
        Capacity = options.Capacity,
        SizeBudgetBytes = options.SizeBudgetBytes,
        MoveBytesPerSecond = options.MoveBytesPerSecond * bandwidth,
        Regions = options.Regions,
        RoundTrips = options.RoundTrips,
        ServiceMs = options.ServiceMs,
        LatencyTargetMs = options.LatencyTargetMs,
        StallMs = options.StallMs,
        MoveOverhead = options.Balancer.Cost.MoveOverhead,
        MoveShare = options.Balancer.Cost.MoveShare,
        MovesPerPartition = options.Balancer.MovesPerPartition,
    };

    /// <summary>
    /// A forecaster remembers what it was asked for, so cells of the grid ask one of their own: the policies do the same with a grid as without.
    /// </summary>
    private ForecastForesight Forecasts(bool isInGrid) => new(trace, nodes, sizes, options, entity => groups.SelectMany(group => group.Contests)
        .SelectMany(contest => contest.Runs)
        .Any(run => run.Policy.Kind == PolicyKind.Predictive && run.Drawn is null == isInGrid && run.Cluster.Map.Snapshot.EntryOf(entity)?.IsSplit == true));
}
