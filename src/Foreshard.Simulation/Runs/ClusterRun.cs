using Foreshard.Balancing;
using Foreshard.Simulation.Cluster;

namespace Foreshard.Simulation.Runs;

/// <summary>One cluster under one policy, from the begin of the trace to its end.</summary>
internal sealed class ClusterRun
{
    /// <summary>Share of a partition's capacity from which an entity may leave its bucket: below, the bucket moves as a whole.</summary>
    public const double MemberShare = 0.02;

    private readonly SimulationOptions options;
    private readonly NodeSizes sizes;
    private readonly ScoreKeeper score;
    private readonly MoveLedger ledger;
    private readonly Balancer balancer;
    private readonly FleetSizer sizer;
    private readonly double[] served;
    private readonly PlanPace pace;
    private readonly List<DoneStep> steps = [];
    private readonly ResizeWatch resizes = new();
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
        pace = new PlanPace(policy.Every ?? options.PlanEvery, policy.Threshold ?? policy.Alarm, looksAhead: policy.Every is not null);
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
        EndInterval(interval);
        if (Policy.Foresight is not { } foresight) return;
        var isDraining = Enumerable.Range(0, Cluster.Members.Count).Any(partition => Cluster.Members[partition] == MemberState.Draining);
        var isDue = pace.IsDue(nowUtc, foresight.SeesSurge, isDraining);
        if (!isDue && (options.Elastic is null || Policy.Every is not null)) return;

        var input = InputAt(nowUtc, foresight);
        isDue |= Resize(nowUtc, ref input);
        if (!isDue) return;
        var plan = balancer.Plan(input);
        Cluster.Executor.Replace(plan.Steps);
        pace.Planned(nowUtc, plan.Steps.IsEmpty);
        Drawn?.Take(plan);
    }

    private void EndInterval(TimeSpan interval)
    {
        pace.EndInterval(served.Select((load, partition) => (new PartitionId(partition + 1), load / interval.TotalSeconds / Cluster.Settings.Capacity)));
        Array.Clear(served);
    }

    private PlanInput InputAt(DateTime nowUtc, IForesight foresight)
    {
        var horizon = options.HorizonFrom(nowUtc, Policy.Horizon);
        var mapping = Cluster.Map.Snapshot;
        var outlooks = foresight.Look(horizon);
        var fleet = Cluster.Members.ForPlans();
        return new PlanInput
        {
            Horizon = horizon,
            Partitions = fleet,
            ResizedUtc = resizes.Look(nowUtc, fleet),
            Units = PlanUnits.Of(
                mapping,
                outlooks,
                horizon.SlotCount,
                ledger.LastChangeOf,
                MemberShare * Cluster.Settings.Capacity,
                foresight.ColdOf(mapping),
                unit => mapping.EntryOf(unit) is null ? null : Cluster.BytesOf(unit),
                ledger.IsNew),
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
        var resized = Cluster.Members.ForPlans();
        input = input.First(size.Slots) with { Partitions = resized, ResizedUtc = resizes.Look(nowUtc, resized) };
        return Cluster.Members.ServingCount != before;
    }

    private static double LoadOf(CompletedStep done, SlotDemand demand, double slotSeconds)
    {
        var cost = 0.0;
        foreach (var node in done.Nodes) cost += demand.CostOfNode[node];
        return cost / slotSeconds;
    }
}
