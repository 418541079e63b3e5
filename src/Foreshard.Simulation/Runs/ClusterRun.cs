using Foreshard.Balancing;
using Foreshard.Simulation.Cluster;

namespace Foreshard.Simulation.Runs;

/// <summary>One cluster under one policy, from the begin of the trace to its end.</summary>
internal sealed class ClusterRun
{
    /// <summary>Share of a partition's capacity from which an entity may leave its bucket: below, the bucket moves as a whole.</summary>
    public const double MemberShare = 0.02;

    /// <summary>Least time between plans because a partition is too high: what the last one began has to be given time to help.</summary>
    private static readonly TimeSpan AlarmEvery = TimeSpan.FromMinutes(10);

    /// <summary>Share of capacity by which a partition's load has to be higher for a plan that found nothing to be tried again.</summary>
    private const double WorthAsking = 0.02;

    private readonly SimulationOptions options;
    private readonly NodeSizes sizes;
    private readonly ScoreKeeper score;
    private readonly MoveLedger ledger;
    private readonly Balancer balancer;
    private readonly FleetSizer sizer;
    private readonly double[] served;
    private readonly int[] intervalsAbove;
    private readonly double[] loads;
    private readonly double[] hopeless;
    private readonly List<DoneStep> steps = [];
    private DateTime? plannedUtc;
    private bool isHopeless;
    private bool isScored;

    public ClusterRun(Policy policy, SimulationOptions options, FleetSettings settings, NodeTable nodes, NodeSizes sizes)
    {
        Policy = policy;
        this.options = options;
        this.sizes = sizes;
        Cluster = new VirtualCluster(settings, nodes, sizes);
        score = new ScoreKeeper(Cluster);
        ledger = new MoveLedger(nodes.Count, policy.Balancer.Cooldown);
        balancer = new Balancer(policy.Balancer);
        sizer = new FleetSizer(policy.Balancer);
        served = new double[settings.Partitions];
        intervalsAbove = new int[settings.Partitions];
        loads = new double[settings.Partitions];
        hopeless = new double[settings.Partitions];
    }

    public Policy Policy { get; }

    public VirtualCluster Cluster { get; }

    /// <summary>What is drawn; null if nothing is.</summary>
    public DrawnRun? Drawn { get; init; }

    /// <summary>Steps done since scoring began, in the order of their ends.</summary>
    public IReadOnlyList<DoneStep> Steps => steps;

    /// <summary>Fewer overloaded minutes, then fewer late accesses, then fewer bytes.</summary>
    public (double Overloaded, double Late, double Bytes) Badness => (score.OverloadedMinutes, score.LateShare, ledger.BytesMoved);

    /// <summary>What came of it.</summary>
    public PolicyScore Score() => score.Score(Policy.Kind, ledger) with { Threshold = Policy.Threshold, LookBack = Policy.LookBack };

    /// <summary>What was before doesn't count.</summary>
    public void StartScoring()
    {
        isScored = true;
        score.StartScoring();
        ledger.StartScoring();
    }

    /// <summary>Time passes.</summary>
    public void Advance(DateTime startUtc, double seconds, SlotDemand demand, double share)
    {
        Cluster.Advance(startUtc, seconds, demand, share, score.Latency);
        score.Look(seconds);
        for (var partition = 0; partition < served.Length; partition++) served[partition] += Cluster.Served(partition);
        foreach (var done in Cluster.Executor.Completed)
        {
            ledger.Add(done, Cluster.Map, sizes.Bytes);
            if (done.Step.Kind == StepKind.Move) score.Moved(done, LoadOf(done, demand, seconds / share));
            if (isScored) steps.Add(StepWords.Of(done));
        }

        Drawn?.Take(Cluster, startUtc, seconds);
    }

    /// <summary>An interval is over: the policy looks, and plans if it wants to.</summary>
    public void Decide(DateTime nowUtc, TimeSpan interval)
    {
        var isTooHigh = LookAtInterval(interval);
        if (Policy.Foresight is not { } foresight) return;
        var isDraining = Enumerable.Range(0, Cluster.Members.Count).Any(partition => Cluster.Members[partition] == MemberState.Draining);
        var isDue = Policy.Every is { } every
            ? plannedUtc is null || nowUtc - plannedUtc >= every || foresight.SeesSurge || (isTooHigh && nowUtc - plannedUtc >= AlarmEvery)
            : isDraining || (isTooHigh && IsWorthAsking(nowUtc));
        if (!isDue && (options.Elastic is null || Policy.Every is not null)) return;

        var input = InputAt(nowUtc, foresight);
        isDue |= Resize(nowUtc, ref input);
        if (!isDue) return;
        plannedUtc = nowUtc;
        var plan = balancer.Plan(input);
        Cluster.Executor.Replace(plan.Steps);
        isHopeless = plan.Steps.IsEmpty;
        loads.CopyTo(hopeless, 0);
        Drawn?.Take(plan);
    }

    /// <summary>Whether a partition was above the threshold in each of the last two intervals.</summary>
    private bool LookAtInterval(TimeSpan interval)
    {
        var isTooHigh = false;
        for (var partition = 0; partition < served.Length; partition++)
        {
            loads[partition] = served[partition] / interval.TotalSeconds / Cluster.Settings.Capacity;
            var isAbove = loads[partition] > (Policy.Threshold ?? Policy.Alarm);
            intervalsAbove[partition] = isAbove ? intervalsAbove[partition] + 1 : 0;
            isTooHigh |= intervalsAbove[partition] >= 2;
            served[partition] = 0;
        }

        return isTooHigh;
    }

    /// <summary>Where the last plan found nothing to do, the next one will too, until there is more load somewhere or some time has passed.</summary>
    private bool IsWorthAsking(DateTime nowUtc)
    {
        if (!isHopeless || nowUtc - plannedUtc >= options.PlanEvery) return true;
        for (var partition = 0; partition < loads.Length; partition++)
        {
            if (loads[partition] > hopeless[partition] + WorthAsking) return true;
        }

        return false;
    }

    private PlanInput InputAt(DateTime nowUtc, IForesight foresight)
    {
        var horizon = options.HorizonFrom(nowUtc, Policy.Horizon);
        var mapping = Cluster.Map.Snapshot;
        var outlooks = foresight.Look(horizon);
        return new PlanInput
        {
            Horizon = horizon,
            Partitions = Cluster.Members.ForPlans(),
            Units = PlanUnits.Of(
                mapping,
                outlooks,
                horizon.SlotCount,
                ledger.LastChangeOf,
                MemberShare * Cluster.Settings.Capacity,
                foresight.ColdOf(mapping),
                unit => mapping.EntryOf(unit) is null ? null : Cluster.BytesOf(unit)),
            RoundTrips = options.RoundTrips,
            Running = Cluster.Executor.ForPlans(nowUtc),
            BytesMovedLastHour = ledger.BytesMovedInHourTo(nowUtc),
        };
    }

    /// <summary>Wakes partitions or begins to drain some, if the fleet is elastic; then plans look as far as that fleet is to last.</summary>
    /// <returns>Whether something changed.</returns>
    private bool Resize(DateTime nowUtc, ref PlanInput input)
    {
        if (options.Elastic is not { } fleet) return false;
        var size = sizer.Advise(input, fleet.Min, fleet.Max, fleet.WakeDelay);
        var before = Cluster.Members.ServingCount;
        foreach (var partition in size.Drain) Cluster.Members.Drain(partition.Value - 1);
        for (var serving = Cluster.Members.ServingCount; serving < size.Partitions; serving++) Cluster.Members.Add(nowUtc, fleet.WakeDelay);
        input = input.First(size.Slots) with { Partitions = Cluster.Members.ForPlans() };
        return Cluster.Members.ServingCount != before;
    }

    private static double LoadOf(CompletedStep done, SlotDemand demand, double slotSeconds)
    {
        var cost = 0.0;
        foreach (var node in done.Nodes) cost += demand.CostOfNode[node];
        return cost / slotSeconds;
    }
}
