using System.Collections.Concurrent;
using Foreshard.Profiling;

namespace Foreshard.Benchmarks;

/// <summary>What it costs a session to be taken down: entities by Zipf, each access with a group and a segment.</summary>
/// <remarks>
/// Beside it, in turn, what one would write by hand: a dictionary for concurrent use with a counter per entity, group and segment that is
/// added to without a lock. Time is that of the processors, not of the clock, so that what else runs on the machine and threads that
/// wait for their turn don't count. Every round begins with a drained recorder, as an interval does; draining isn't in the time, refilling the rows is.
/// </remarks>
internal static class RecorderBench
{
    private const int Records = 1 << 21;
    private const int Rounds = 9;

    private static readonly EntityType Customer = EntityType.Of("customer", KeyKind.Integer);
    private static readonly GroupKey[] Groups = [default, "eu", "us", "asia"];
    private static readonly string?[] Segments = [null, "free", "business"];
    private static readonly SessionUsage Usage = new(Reads: 12, Writes: 1, Cost: 14.5);
    private static readonly DateTime Time = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);

    public static void Run()
    {
        Bars.Say($"entities by Zipf (exponent 1), {Groups.Length} groups, {Segments.Length} segments; {Records} records a round; processor time");
        foreach (var (name, entities) in (ReadOnlySpan<(string, int)>)[("recorder-ns-1k-entities", 1_000), ("recorder-ns-100k-entities", 100_000)])
        {
            var sequence = ZipfSequence(entities);
            Bars.Print(name, Math.Max(Compare(entities, 1, sequence), Compare(entities, 8, sequence)), 50);
        }

        Bars.Print("recorder-alloc", Allocated(ZipfSequence(100_000)), 0);
    }

    /// <returns>The median of what a record costs, in nanoseconds.</returns>
    private static double Compare(int entities, int threads, int[] sequence)
    {
        var recorder = new AccessRecorder("eu-west", Environment.ProcessorCount, AccessLimits.Default);
        var interval = new AccessInterval(AccessLimits.Default);
        var counters = new ConcurrentDictionary<(EntityKey, GroupKey, string?), Counter>();
        var (ours, theirs) = (new List<double>(), new List<double>());
        for (var round = -8; round < Rounds; round++)
        {
            recorder.Drain(interval);
            var time = TimeOf(threads, sequence, part => Record(recorder, part));
            var reference = TimeOf(threads, sequence, part => Count(counters, part));
            if (round < 0) continue;
            ours.Add(time);
            theirs.Add(reference);
        }

        var (median, other, ratio) = (Bars.Median(ours), Bars.Median(theirs), Bars.Ratio(ours, theirs));
        Bars.Say($"{entities,7} entities, {threads} threads: {median,6:0.0} ns a record, dictionary {other,6:0.0} ns, ratio {ratio:0.00}");
        return median;
    }

    /// <summary>Bytes a record, recording and draining, once all tables have grown.</summary>
    private static double Allocated(int[] sequence)
    {
        var recorder = new AccessRecorder("eu-west", Environment.ProcessorCount, AccessLimits.Default);
        var interval = new AccessInterval(AccessLimits.Default);
        var before = 0L;
        for (var round = 0; round <= Environment.ProcessorCount * 4; round++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            Record(recorder, sequence);
            recorder.Drain(interval);
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Records;
    }

    /// <returns>Nanoseconds of processor time for each record.</returns>
    private static double TimeOf(int threads, int[] sequence, Action<ArraySegment<int>> work)
    {
        var each = sequence.Length / threads;
        using var start = new Barrier(threads + 1);
        var workers = Enumerable.Range(0, threads).Select(thread => new Thread(() =>
        {
            start.SignalAndWait();
            work(new ArraySegment<int>(sequence, thread * each, each));
        })).ToArray();
        foreach (var worker in workers) worker.Start();
        var from = Environment.CpuUsage.TotalTime;
        start.SignalAndWait();
        foreach (var worker in workers) worker.Join();
        return (Environment.CpuUsage.TotalTime - from).TotalNanoseconds / sequence.Length;
    }

    private static void Record(AccessRecorder recorder, ArraySegment<int> ids)
    {
        foreach (var id in ids.AsSpan())
            recorder.Record(Customer.Key(id), Groups[id & 3], Segments[id % 3], Usage, 2000, Time);
    }

    private static void Count(ConcurrentDictionary<(EntityKey, GroupKey, string?), Counter> counters, ArraySegment<int> ids)
    {
        foreach (var id in ids.AsSpan())
        {
            var counter = counters.GetOrAdd((Customer.Key(id), Groups[id & 3], Segments[id % 3]), static _ => new Counter());
            Interlocked.Increment(ref counter.Accesses);
            Interlocked.Add(ref counter.Reads, Usage.Reads);
            Interlocked.Add(ref counter.Writes, Usage.Writes);
            Interlocked.Add(ref counter.Bytes, 2000);
        }
    }

    private static int[] ZipfSequence(int entities)
    {
        var cumulated = new double[entities];
        var sum = 0.0;
        for (var rank = 0; rank < entities; rank++) cumulated[rank] = sum += 1.0 / (rank + 1);
        var random = new Random(20260302);
        var sequence = new int[Records];
        for (var i = 0; i < Records; i++)
        {
            var rank = Array.BinarySearch(cumulated, random.NextDouble() * sum);
            sequence[i] = (int)((rank < 0 ? ~rank : rank) * 2654435761L % 1_000_003);
        }

        return sequence;
    }

    private sealed class Counter
    {
        public long Accesses;
        public long Reads;
        public long Writes;
        public long Bytes;
    }
}
