using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>When moves run: how many at a partition at a time, how many bytes in an hour, never while nothing may.</summary>
internal sealed class MoveTimeline
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly PlanHorizon horizon;
    private readonly IReadOnlyList<FreezeWindow> freezes;
    private readonly BalancerOptions options;
    private readonly List<(DateTime From, DateTime To)>[] busy;
    private readonly List<(DateTime Start, double Bytes)> carried = [];

    public MoveTimeline(PlanInput input, int partitions, BalancerOptions options)
    {
        horizon = input.Horizon;
        freezes = input.Freezes;
        this.options = options;
        busy = [.. Enumerable.Range(0, partitions).Select(_ => new List<(DateTime, DateTime)>())];
        if (input.BytesMovedLastHour > 0) carried.Add((horizon.StartUtc, input.BytesMovedLastHour));
    }

    /// <summary>Takes the time of a move.</summary>
    public void Take(int from, int to, DateTime start, DateTime end, double bytes)
    {
        busy[from].Add((start, end));
        busy[to].Add((start, end));
        carried.Add((start, bytes));
    }

    /// <summary>Gives back the time that was taken last.</summary>
    public void Release(int from, int to)
    {
        busy[from].RemoveAt(busy[from].Count - 1);
        busy[to].RemoveAt(busy[to].Count - 1);
        carried.RemoveAt(carried.Count - 1);
    }

    /// <summary>The first time from a moment on at which a move could run; null if there is none in the horizon.</summary>
    /// <param name="from">One end.</param>
    /// <param name="to">The other one.</param>
    /// <param name="duration">How long it takes.</param>
    /// <param name="bytes">What it carries.</param>
    /// <param name="earliest">Not before.</param>
    /// <param name="hindrance">What was in the way last.</param>
    public DateTime? FirstFree(int from, int to, TimeSpan duration, double bytes, DateTime earliest, out RefusalReason hindrance)
    {
        hindrance = RefusalReason.TooLate;
        if (bytes > options.BytesPerHour)
        {
            hindrance = RefusalReason.BudgetSpent;
            return null;
        }

        var start = earliest < horizon.StartUtc ? horizon.StartUtc : earliest;
        while (start + duration <= horizon.EndUtc)
        {
            if (NextAfter(from, to, start, duration, bytes, ref hindrance) is not { } next) return start;
            start = next;
        }

        return null;
    }

    /// <summary>Null if a move can run; otherwise the next moment to try.</summary>
    private DateTime? NextAfter(int from, int to, DateTime start, TimeSpan duration, double bytes, ref RefusalReason hindrance)
    {
        var end = start + duration;
        foreach (var freeze in freezes)
        {
            if (freeze.FromUtc >= end || freeze.ToUtc <= start) continue;
            hindrance = RefusalReason.FreezeWindow;
            return freeze.ToUtc;
        }

        if ((FullUntil(from, start, end) ?? FullUntil(to, start, end)) is { } full)
        {
            hindrance = RefusalReason.TooLate;
            return full;
        }

        if (BudgetUntil(start, bytes) is { } spent)
        {
            hindrance = RefusalReason.BudgetSpent;
            return spent;
        }

        return null;
    }

    /// <summary>Null if a partition has a move free all the time; otherwise when the first of those in the way ends.</summary>
    private DateTime? FullUntil(int partition, DateTime start, DateTime end)
    {
        DateTime? first = null;
        var overlapping = 0;
        foreach (var (from, to) in busy[partition])
        {
            if (from >= end || to <= start) continue;
            overlapping++;
            if (first is null || to < first) first = to;
        }

        return overlapping < options.MovesPerPartition ? null : first;
    }

    /// <summary>Null if no hour gets more bytes than it may; otherwise when the first of those in the way is an hour old.</summary>
    private DateTime? BudgetUntil(DateTime start, double bytes)
    {
        if (double.IsPositiveInfinity(options.BytesPerHour)) return null;

        // The fullest hour with the new move in it begins with one of the moves of the hour before it, or with itself.
        foreach (var begin in carried.Select(one => one.Start).Where(one => one <= start && start - one < Hour).Append(start).Order())
        {
            var sum = bytes + carried.Where(one => one.Start >= begin && one.Start - begin < Hour).Sum(one => one.Bytes);
            if (sum > options.BytesPerHour) return carried.Where(one => one.Start + Hour > start).Min(one => one.Start) + Hour;
        }

        return null;
    }
}
