using Foreshard.Autopilot;
using Foreshard.Balancing;

namespace Foreshard.Cli.Demo;

/// <summary>The autopilot of one run: how it is set, what it does, and what it expects.</summary>
internal sealed class DemoPilot
{
    private static readonly TimeSpan Ahead = TimeSpan.FromHours(1);
    private static readonly TimeSpan LeasePause = TimeSpan.FromMilliseconds(50);

    private readonly Lock gate = new();
    private readonly List<DemoStep> steps = [];
    private readonly IReadOnlyList<DemoLane> lanes;
    private readonly Dictionary<string, DemoLane> byName;
    private readonly float[][]? forecast;
    private readonly Dictionary<long, Decision> running = [];
    private StoreAutopilot? autopilot;
    private Plan? seen;

    /// <param name="policy">Who decides.</param>
    /// <param name="lanes">The partitions; their capacity is less while they take part in moves.</param>
    /// <param name="intervals">Intervals of the replay.</param>
    public DemoPilot(DemoPolicy policy, IReadOnlyList<DemoLane> lanes, int intervals)
    {
        this.lanes = lanes;
        byName = lanes.ToDictionary(lane => lane.Name);
        if (policy == DemoPolicy.Predictive) forecast = [.. lanes.Select(_ => Enumerable.Repeat(float.NaN, intervals).ToArray())];
    }

    /// <summary>What was done, in the order of its end.</summary>
    public IReadOnlyList<DemoStep> Steps
    {
        get
        {
            lock (gate) return [.. steps];
        }
    }

    /// <summary>Why its last round failed; null if it didn't.</summary>
    public string? LastError => autopilot?.Status.LastError;

    /// <summary>How it is set; all that is per second is per second of fleet time, since it lives in that.</summary>
    /// <param name="options">Where to.</param>
    /// <param name="policy">Who decides.</param>
    /// <param name="scene">On what.</param>
    /// <param name="capacity">Cost units per fleet second of a partition.</param>
    /// <param name="moveTime">What a move takes beside its bytes; real.</param>
    /// <param name="clock">Its clock.</param>
    public static void Set(AutopilotOptions options, DemoPolicy policy, DemoScene scene, double capacity, TimeSpan moveTime, TimeProvider clock)
    {
        if (policy is not (DemoPolicy.Reactive or DemoPolicy.Predictive)) return;
        options.Mode = AutopilotMode.Act;
        options.Interval = DemoPlan.Interval;
        options.UseForecasts = policy == DemoPolicy.Predictive;
        options.ReactAbove = DemoPlan.ReactAbove;
        options.AssumedCapacity = capacity;
        options.MoveBytesPerSecond = scene.LargestBytes / DemoPlan.WholeMove.TotalSeconds;
        options.MoveOverhead = moveTime * scene.Plan.Factor;
        options.TimeProvider = clock;

        // Both read or write much for a clock of which an hour passes in a second; sizes hardly change here.
        options.SizesEvery = options.SaveEvery = DemoPlan.HousekeepingEvery;
    }

    /// <summary>Looks on from now on.</summary>
    public void Follow(StoreAutopilot autopilot)
    {
        this.autopilot = autopilot;
        autopilot.Told = Take;
    }

    /// <summary>Waits until it runs: on a fleet that begins with a lease.</summary>
    public async Task BegunAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        while (autopilot!.Status is { Mode: not AutopilotMode.Off, IsRunning: false }) await Task.Delay(LeasePause, time, cancellationToken);
    }

    /// <summary>Takes what the last plan expects of the hour after the next one, until a later plan knows better.</summary>
    public void Look()
    {
        if (forecast is null || autopilot?.LastPlan is not { } plan || plan == seen) return;
        seen = plan;
        var from = plan.Horizon.StartUtc + Ahead;
        for (var at = (int)Math.Ceiling((from - DemoPlan.Begin) / DemoPlan.Interval); at < forecast[0].Length; at++)
        {
            var time = DemoPlan.Begin + (at * DemoPlan.Interval);
            var slot = (int)plan.Horizon.PositionOf(time - plan.Horizon.StartUtc);
            if (time >= from + Ahead || slot >= plan.Horizon.SlotCount) return;
            foreach (var partition in plan.Partitions)
            {
                if (byName.TryGetValue(partition.Partition.Name, out var lane)) forecast[IndexOf(lane)][at] = partition.After.Mean[slot];
            }
        }
    }

    /// <summary>The largest load that is expected of a partition with the plan, as a share of its capacity; null if nothing is.</summary>
    public double? PeakOf(DemoLane lane) =>
        forecast is null ? null : autopilot?.Status.Partitions.FirstOrDefault(one => one.Name == lane.Name) is { } seen ? seen.PlannedPeak : null;

    /// <summary>What was expected of a partition an hour before, by intervals; null if nothing was.</summary>
    public IReadOnlyList<float>? ForecastOf(DemoLane lane) => forecast?[IndexOf(lane)];

    private int IndexOf(DemoLane lane)
    {
        for (var index = 0; index < lanes.Count; index++)
        {
            if (lanes[index] == lane) return index;
        }

        throw new ArgumentOutOfRangeException(nameof(lane));
    }

    private void Take(Decision decision)
    {
        var isMove = decision.Kind == "move";
        lock (gate)
        {
            if (decision.State == DecisionState.Running)
            {
                running[decision.Id] = decision;
                if (!isMove) return;
                byName[decision.From].BeginMove();
                byName[decision.To].BeginMove();
                return;
            }

            if (running.Remove(decision.Id) && isMove)
            {
                byName[decision.From].EndMove();
                byName[decision.To].EndMove();
            }

            if (decision.State == DecisionState.Done) steps.Add(StepOf(decision, isMove));
        }
    }

    private static DemoStep StepOf(Decision decision, bool isMove) => new(
        isMove,
        decision.Kind == "split",
        decision.Parts.Count == 0 ? $"{decision.Kind} {decision.Subject}" : $"{decision.Kind} {decision.Subject} into {string.Join(" and ", decision.Parts)}",
        decision.From,
        decision.To,
        decision.StartsAt.UtcDateTime,
        decision.EndsAt.UtcDateTime,
        isMove ? (long)decision.Bytes : 0,
        decision.Because);
}
