using Foreshard.Simulation.Cluster;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Simulation.Runs;

/// <summary>The runs that look at load equally often.</summary>
internal sealed class IntervalGroup
{
    private readonly TimeSpan interval;
    private readonly TimeSpan step;

    /// <param name="interval">How often load is looked at.</param>
    /// <param name="nodes">How many nodes there are.</param>
    /// <param name="kept">Intervals that are kept.</param>
    public IntervalGroup(TimeSpan interval, int nodes, int kept)
    {
        this.interval = interval;
        var (left, right) = (interval.Ticks, TrafficTrace.SlotLength.Ticks);
        while (right != 0) (left, right) = (right, left % right);
        step = TimeSpan.FromTicks(left);
        Recent = new RecentDemand(nodes, interval, kept);
    }

    /// <summary>How often load is looked at.</summary>
    public TimeSpan Interval => interval;

    /// <summary>What those who react see.</summary>
    public RecentDemand Recent { get; }

    /// <summary>The runs.</summary>
    public List<Contest> Contests { get; } = [];

    /// <summary>A slot passes; at the end of each interval in it that isn't the slot's end, decisions are taken.</summary>
    public void Advance(DateTime slotUtc, SlotDemand demand)
    {
        var share = step / TrafficTrace.SlotLength;
        var end = slotUtc + TrafficTrace.SlotLength;
        for (var now = slotUtc; now < end; now += step)
        {
            Recent.Take(demand, share);
            foreach (var run in Contests.SelectMany(contest => contest.Runs)) run.Advance(now, step.TotalSeconds, demand, share);
            if (now + step < end) Decide(now + step);
        }
    }

    /// <summary>Decisions are taken, if an interval ends now.</summary>
    public void Decide(DateTime nowUtc)
    {
        if (nowUtc.Ticks % interval.Ticks != 0) return;
        Recent.End();
        foreach (var run in Contests.SelectMany(contest => contest.Runs)) run.Decide(nowUtc, interval);
    }
}
