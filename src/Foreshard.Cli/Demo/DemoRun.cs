using Foreshard.Sessions;

namespace Foreshard.Cli.Demo;

/// <summary>One policy lived through: the same accesses, on a copy of the same store.</summary>
internal sealed class DemoRun
{
    private const int MovesMeasured = 5;

    private readonly DemoScene scene;
    private readonly DemoPolicy policy;
    private readonly DemoMeasure measure;
    private readonly SessionUsage usage;
    private readonly AcceleratedClock clock;
    private readonly List<DemoLane> lanes;
    private readonly DemoPilot pilot;
    private DemoDriver? driver;
    private TimeSpan moveTime;

    /// <param name="scene">What comes, and to what.</param>
    /// <param name="policy">Who decides.</param>
    /// <param name="measure">What was measured on this machine; not asked for without a limit.</param>
    public DemoRun(DemoScene scene, DemoPolicy policy, DemoMeasure measure)
    {
        usage = measure.Usage;
        this.measure = measure;
        this.scene = scene;
        this.policy = policy;
        clock = new AcceleratedClock(scene.Time, DemoPlan.Begin, scene.Plan.Factor);
        Length = policy == DemoPolicy.Unlimited ? scene.Plan.UnlimitedLength : scene.Plan.Length;
        var intervals = (int)(Length / DemoPlan.Interval);
        var rate = policy == DemoPolicy.Unlimited ? double.PositiveInfinity : CapacityPerFleetSecond * scene.Plan.Factor;
        var depth = policy == DemoPolicy.Unlimited ? 0 : CapacityPerFleetSecond * DemoPlan.BucketDepth.TotalSeconds;
        lanes = [.. Enumerable.Range(1, DemoPlan.Partitions).Select(number => new DemoLane($"p{number}", new TokenBucket(scene.Time, rate, depth), intervals))];
        pilot = new DemoPilot(policy, lanes, intervals);
    }

    /// <summary>How much is replayed; fleet time.</summary>
    public TimeSpan Length { get; }

    /// <summary>Who decides.</summary>
    public DemoPolicy Policy => policy;

    /// <summary>Cost units that a partition serves in a second of fleet time; 0: no limit.</summary>
    public double CapacityPerFleetSecond => policy == DemoPolicy.Unlimited ? 0 : CapacityFor(usage);

    /// <summary>Cost units per fleet second of a partition, if an access costs that.</summary>
    public static double CapacityFor(SessionUsage usage) => DemoPlan.AccessesPerHour * usage.Cost / 3600;

    /// <summary>Runs it.</summary>
    public async Task<DemoOutcome> RunAsync(CancellationToken cancellationToken)
    {
        var ledger = scene.Ledger.Copy();
        var accesses = scene.Accesses.TakeWhile(access => access.At < Length).ToList();
        await scene.Ground.CopyAsync(policy, cancellationToken);
        await using (var store = await scene.Ground.OpenAsync(policy, Set, cancellationToken))
        {
            pilot.Follow(store.Autopilot);
            await pilot.BegunAsync(scene.Time, cancellationToken);
            driver = new DemoDriver(store, scene.Plan, lanes, ledger, usage.Cost, scene.Time);
            clock.Start();
            await driver.RunAsync(accesses, cancellationToken);
            if (policy == DemoPolicy.Unlimited) moveTime = await MeasureMoveAsync(store, scene, cancellationToken);
        }

        // Opened again, so that it is looked at without an autopilot, and after whatever that had to undo.
        await using (var store = await scene.Ground.OpenAsync(policy, null, cancellationToken))
            return OutcomeOf(await ledger.CheckAsync(store, scene.Traffic.Stations, cancellationToken));
    }

    private void Set(StoreOptions options)
    {
        options.Moves.BlockingRows = 0; // a blocking copy would be done in a moment, whatever the bandwidth
        DemoPilot.Set(options.Autopilot, policy, scene, CapacityPerFleetSecond, measure.MoveTime, clock);
    }

    /// <summary>How it is now.</summary>
    public DemoLook Look()
    {
        pilot.Look();
        var interval = (int)(clock.Elapsed / DemoPlan.Interval);
        var latency = driver?.Latency.Look() ?? default;
        return new DemoLook(
            policy,
            DemoPlan.Begin + clock.Elapsed,
            [.. lanes.Select(lane => new PartitionLook(
                lane.Name,
                lane.Recent(interval, 3) / DemoPlan.Interval.TotalSeconds / CapacityPerFleetSecond,
                pilot.PeakOf(lane),
                lane.WaitingCount,
                lane.IsMoving,
                lane.Bucket.Overloaded * scene.Plan.Factor))],
            latency.P50,
            latency.P99,
            latency.Count,
            driver?.Failed ?? 0,
            pilot.Steps,
            pilot.LastError);
    }

    /// <summary>What a move of hardly any rows takes here: the slowest of some. In accelerated time that counts, and plans have to know of it.</summary>
    private static async Task<TimeSpan> MeasureMoveAsync(EntityStore store, DemoScene scene, CancellationToken cancellationToken)
    {
        var smallest = scene.Traffic.Past.GroupBy(one => one.Station.City).MinBy(city => city.Count())!.Key;
        await store.IsolateAsync(smallest, cancellationToken);
        var times = new List<TimeSpan>();
        for (var move = 0; move < MovesMeasured; move++)
        {
            var target = store.Where(smallest).Shards[0].Partition == "p1" ? "p2" : "p1";
            var begun = scene.Time.GetTimestamp();
            await store.MoveAsync(smallest, target, cancellationToken: cancellationToken);
            times.Add(scene.Time.GetElapsedTime(begun));
        }

        return times.Max();
    }

    /// <summary>What was asked of a partition in each interval, by clients and by moves.</summary>
    private float[] LoadOf(DemoLane lane, IReadOnlyList<DemoStep> steps)
    {
        var loads = lane.Asked.Select(cost => cost / (float)DemoPlan.Interval.TotalSeconds).ToArray();
        foreach (var step in steps.Where(step => step.IsMove && (step.From == lane.Name || step.To == lane.Name)))
        {
            for (var at = (int)((step.StartUtc - DemoPlan.Begin) / DemoPlan.Interval); at >= 0 && at < loads.Length; at++)
            {
                var from = DemoPlan.Begin + (at * DemoPlan.Interval);
                if (from >= step.EndUtc) break;
                var (begin, end) = (Math.Max(from.Ticks, step.StartUtc.Ticks), Math.Min((from + DemoPlan.Interval).Ticks, step.EndUtc.Ticks));
                loads[at] += (float)(DemoPlan.MoveShare * CapacityPerFleetSecond * (end - begin) / DemoPlan.Interval.Ticks);
            }
        }

        return loads;
    }

    private DemoOutcome OutcomeOf(DemoCheck check)
    {
        var latency = driver!.Latency.Look();
        var steps = pilot.Steps;
        return new DemoOutcome
        {
            Policy = policy,
            Partitions =
            [
                .. lanes.Select(lane => new PartitionOutcome(
                    lane.Name,
                    lane.Bucket.Overloaded * scene.Plan.Factor,
                    LoadOf(lane, steps),
                    pilot.ForecastOf(lane))),
            ],
            Failed = driver.Failed,
            Failure = driver.Failure,
            Answered = latency.Count,
            P50Ms = latency.P50,
            P99Ms = latency.P99,
            CalmP99Ms = latency.CalmP99,
            Usage = driver.MeanUsage,
            MoveTime = moveTime,
            Steps = steps,
            Check = check,
        };
    }
}

/// <summary>What the run without a limit measures on this machine.</summary>
/// <param name="Usage">What an access asks for, in the mean.</param>
/// <param name="MoveTime">What a move takes beside its bytes; real.</param>
internal readonly record struct DemoMeasure(SessionUsage Usage, TimeSpan MoveTime);

/// <summary>A look at a run.</summary>
/// <param name="Policy">Who decides.</param>
/// <param name="TimeUtc">When; fleet time.</param>
/// <param name="Partitions">In the order of their numbers.</param>
/// <param name="P50Ms">Half of the answers so far were faster; milliseconds.</param>
/// <param name="P99Ms">99 % were.</param>
/// <param name="Answered">How many there were.</param>
/// <param name="Failed">How many failed.</param>
/// <param name="Steps">What was moved and split so far.</param>
/// <param name="Trouble">Why the autopilot's last round failed; null if it didn't.</param>
internal sealed record DemoLook(
    DemoPolicy Policy,
    DateTime TimeUtc,
    IReadOnlyList<PartitionLook> Partitions,
    double P50Ms,
    double P99Ms,
    long Answered,
    long Failed,
    IReadOnlyList<DemoStep> Steps,
    string? Trouble);

/// <summary>A look at a partition.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Load">Of the last 15 minutes, as a share of its capacity; infinite or no number without a limit.</param>
/// <param name="Forecast">The largest of the next day that is forecast with what is planned, likewise; null if nothing is.</param>
/// <param name="Waiting">Accesses that wait.</param>
/// <param name="IsMoving">Whether it takes part in a move.</param>
/// <param name="Overloaded">Time in which it was overloaded so far; fleet time.</param>
internal sealed record PartitionLook(string Name, double Load, double? Forecast, int Waiting, bool IsMoving, TimeSpan Overloaded);
