using Foreshard.Sessions;

namespace Foreshard.Cli.Demo;

/// <summary>The clients: each access begins when its time has come, however long those before it take.</summary>
/// <remarks>
/// Answer times count from the moment at which an access should have begun. Those whose unit moves while they wait go to wait where it has
/// gone, as they would be sent on.
/// </remarks>
internal sealed class DemoDriver
{
    /// <summary>Sessions on a partition at a time: one writes, others are about to, or wait for a unit that moves.</summary>
    private const int WorkersPerLane = 4;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    private readonly EntityStore store;
    private readonly DemoPlan plan;
    private readonly IReadOnlyList<DemoLane> lanes;
    private readonly Dictionary<string, DemoLane> byName;
    private readonly DemoLedger ledger;
    private readonly TimeProvider time;
    private readonly double cost;
    private long begun;
    private long unserved;
    private long failed;
    private long reads;
    private long writes;
    private double costs;
    private long served;
    private volatile string? failure;

    /// <param name="store">The store.</param>
    /// <param name="plan">How fast.</param>
    /// <param name="lanes">Its partitions.</param>
    /// <param name="ledger">Where commits are noted.</param>
    /// <param name="cost">What an access is taken to ask for before it is known.</param>
    /// <param name="time">The real clock.</param>
    public DemoDriver(EntityStore store, DemoPlan plan, IReadOnlyList<DemoLane> lanes, DemoLedger ledger, double cost, TimeProvider time)
    {
        this.store = store;
        this.plan = plan;
        this.lanes = lanes;
        byName = lanes.ToDictionary(lane => lane.Name);
        this.ledger = ledger;
        this.cost = cost;
        this.time = time;
    }

    public DemoLatency Latency { get; } = new();

    /// <summary>Accesses that ended in an error.</summary>
    public long Failed => Interlocked.Read(ref failed);

    /// <summary>What the first of them said; null if there is none.</summary>
    public string? Failure => failure;

    /// <summary>What an access asked for, in the mean.</summary>
    public SessionUsage MeanUsage
    {
        get
        {
            lock (byName) return served == 0 ? default : new SessionUsage(reads / served, writes / served, costs / served);
        }
    }

    /// <summary>Replays accesses, and returns when the last one has been answered.</summary>
    /// <param name="accesses">In their order.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task RunAsync(IReadOnlyList<DemoAccess> accesses, CancellationToken cancellationToken)
    {
        begun = time.GetTimestamp();
        unserved = accesses.Count;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var workers = lanes.SelectMany(lane => Enumerable.Repeat(lane, WorkersPerLane))
            .Select(lane => Task.Run(() => WorkAsync(lane, over.Token), CancellationToken.None)).ToList();
        try
        {
            await Task.Run(() => BeginAsync(accesses, cancellationToken), cancellationToken);
            while (Interlocked.Read(ref unserved) > 0) await Task.Delay(Tick, time, cancellationToken);
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(workers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task BeginAsync(IReadOnlyList<DemoAccess> accesses, CancellationToken cancellationToken)
    {
        foreach (var access in accesses)
        {
            var due = plan.Real(access.At);
            while (due > time.GetElapsedTime(begun)) await Task.Delay(Tick, time, cancellationToken);
            var lane = LaneOf(access);
            lane.Ask((int)(access.At / DemoPlan.Interval), cost);
            lane.Bucket.Ask(cost);
            lane.Add(new QueuedAccess(access, due, lanes.Any(one => one.Bucket.IsOverloaded)));
        }
    }

    private async Task WorkAsync(DemoLane lane, CancellationToken cancellationToken)
    {
        while (true)
        {
            var queued = await lane.Waiting.ReadAsync(cancellationToken);
            if (LaneOf(queued.Access) is var now && now != lane)
            {
                lane.Bucket.Leave(cost);
                now.Bucket.Ask(cost);
                now.Add(queued);
                continue;
            }

            await lane.Bucket.EnterAsync(cost, cancellationToken);

            var id = store.Ids.Next();
            try
            {
                var usage = await DemoStore.RunAsync(store, queued.Access, id, cancellationToken);
                ledger.Note(queued.Access.Station, id, queued.Access.IsReturn);
                lane.Bucket.Correct(usage.Cost - cost);
                Count(usage);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Interlocked.Increment(ref failed);
                failure ??= exception.Message;
            }

            Latency.Add(time.GetElapsedTime(begun) - queued.Due, queued.IsInSurge);
            Interlocked.Decrement(ref unserved);
        }
    }

    private void Count(SessionUsage usage)
    {
        lock (byName)
        {
            reads += usage.Reads;
            writes += usage.Writes;
            costs += usage.Cost;
            served++;
        }
    }

    private DemoLane LaneOf(DemoAccess access) => byName[store.Where(access.Station.City, access.Station.Group).Partition];
}
