using System.Threading.Channels;
using Foreshard.Simulation.Cluster;

namespace Foreshard.Cli.Demo;

/// <summary>One partition as clients see it: the accesses that wait for it, what it can do, and what it was asked for.</summary>
internal sealed class DemoLane
{
    private readonly Channel<QueuedAccess> queue = Channel.CreateUnbounded<QueuedAccess>();
    private readonly float[] asked;
    private int moves;

    /// <param name="name">Name of the partition.</param>
    /// <param name="bucket">What it can do.</param>
    /// <param name="intervals">Intervals of the replay.</param>
    public DemoLane(string name, TokenBucket bucket, int intervals)
    {
        Name = name;
        Bucket = bucket;
        asked = new float[intervals];
    }

    public string Name { get; }

    public TokenBucket Bucket { get; }

    public ChannelReader<QueuedAccess> Waiting => queue.Reader;

    /// <summary>How many accesses wait.</summary>
    public int WaitingCount => queue.Reader.Count;

    /// <summary>Whether it takes part in a move.</summary>
    public bool IsMoving => Volatile.Read(ref moves) > 0;

    /// <summary>Cost units that clients asked for in each interval. The present one isn't over.</summary>
    public IReadOnlyList<float> Asked => asked;

    /// <summary>Takes an access.</summary>
    public void Add(QueuedAccess access) => queue.Writer.TryWrite(access);

    /// <summary>Counts what an access asks for. For one thread.</summary>
    public void Ask(int interval, double cost) => asked[Math.Min(interval, asked.Length - 1)] += (float)cost;

    /// <summary>Mean of what was asked for in the intervals before one, cost units in an interval.</summary>
    public double Recent(int interval, int count)
    {
        var from = Math.Clamp(interval - count, 0, asked.Length - 1);
        var to = Math.Clamp(interval, from + 1, asked.Length);
        var sum = 0.0;
        for (var at = from; at < to; at++) sum += asked[at];
        return sum / (to - from);
    }

    /// <summary>A move of it begins.</summary>
    public void BeginMove()
    {
        if (Interlocked.Increment(ref moves) == 1) Bucket.Take(DemoPlan.MoveShare);
    }

    /// <summary>A move of it is over.</summary>
    public void EndMove()
    {
        if (Interlocked.Decrement(ref moves) == 0) Bucket.Take(0);
    }
}

/// <summary>An access whose time has come.</summary>
/// <param name="Access">Which one.</param>
/// <param name="Due">When it should have begun, on the real clock since the start.</param>
/// <param name="IsInSurge">Whether a partition was overloaded at that time.</param>
internal readonly record struct QueuedAccess(DemoAccess Access, TimeSpan Due, bool IsInSurge);

/// <summary>Answer times as clients see them; safe for concurrent use.</summary>
internal sealed class DemoLatency
{
    private readonly Lock gate = new();
    private readonly LatencyHistogram all = new(double.PositiveInfinity);
    private readonly LatencyHistogram calm = new(double.PositiveInfinity);

    /// <summary>Adds one.</summary>
    public void Add(TimeSpan time, bool isInSurge)
    {
        lock (gate)
        {
            all.Add(1, time.TotalMilliseconds);
            if (!isInSurge) calm.Add(1, time.TotalMilliseconds);
        }
    }

    /// <summary>Of all accesses, in milliseconds: half were faster, and 99 %; and 99 % of those that came while no partition was overloaded.</summary>
    public (double P50, double P99, double CalmP99, long Count) Look()
    {
        lock (gate) return (all.Quantile(0.5), all.Quantile(0.99), calm.Quantile(0.99), (long)all.Count);
    }
}
