using System.Collections.Concurrent;
using System.Diagnostics;
using Foreshard.Profiling;

namespace Foreshard.Benchmarks;

/// <summary>What it costs a session to be taken down: entities by Zipf, each access with a group and a segment.</summary>
/// <remarks>
/// Beside it, in turn, what one would write by hand: a dictionary for concurrent use with a counter per entity, group and segment that is
/// added to without a lock. With more threads than processors, time is that of a processor, not of the clock: elapsed × processors in
/// use / records. Every round begins with a drained recorder, as an interval does; draining isn't in the time, refilling the rows is.
/// </remarks>
internal static class RecorderBench
{
    private const int Entities = 100_000;
    private const int Records = 1 << 21;
    private const int Rounds = 9;

    private static readonly EntityType Customer = EntityType.Of("customer", KeyKind.Integer);
    private static readonly GroupKey[] Groups = [default, "eu", "us", "asia"];
    private static readonly string?[] Segments = [null, "free", "business"];
    private static readonly SessionUsage Usage = new(Reads: 12, Writes: 1, Cost: 14.5);
    private static readonly DateTime Time = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);

    public static void Run()
    {
        var recorder = new AccessRecorder("eu-west", Environment.ProcessorCount, AccessLimits.Default);
        var interval = new AccessInterval(AccessLimits.Default);
        var counters = new ConcurrentDictionary<(EntityKey, GroupKey, string?), Counter>();
        var (sequence, worst) = (ZipfSequence(), 0.0);
        Bars.Say($"{Entities} entities by Zipf (exponent 1), {Groups.Length} groups, {Segments.Length} segments; {Records} records a round");
        foreach (var threads in (int[])[1, 8])
        {
            var processors = Math.Min(threads, Environment.ProcessorCount);
            var (ours, theirs) = (new List<double>(), new List<double>());
            for (var round = -3; round < Rounds; round++)
            {
                recorder.Drain(interval);
                var time = TimeOf(threads, sequence, part => Record(recorder, part)) * processors;
                var reference = TimeOf(threads, sequence, part => Count(counters, part)) * processors;
                if (round < 0) continue;
                ours.Add(time);
                theirs.Add(reference);
            }

            worst = Math.Max(worst, Bars.Median(ours));
            Bars.Say($"{threads} threads: {Bars.Median(ours),6:0.0} ns a record, dictionary {Bars.Median(theirs),6:0.0} ns, ratio {Bars.Ratio(ours, theirs):0.00}");
        }

        Bars.Print("recorder-ns", worst, 50);
        Bars.Print("recorder-alloc", Allocated(recorder, interval, sequence), 0);
    }

    /// <summary>Bytes a record, recording and draining, once all tables have grown.</summary>
    private static double Allocated(AccessRecorder recorder, AccessInterval interval, int[] sequence)
    {
        var before = 0L;
        for (var round = 0; round <= Environment.ProcessorCount * 4; round++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            Record(recorder, sequence);
            recorder.Drain(interval);
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Records;
    }

    /// <returns>Nanoseconds by the clock for each record.</returns>
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
        start.SignalAndWait();
        var from = Stopwatch.GetTimestamp();
        foreach (var worker in workers) worker.Join();
        return Stopwatch.GetElapsedTime(from).TotalNanoseconds / sequence.Length;
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

    private static int[] ZipfSequence()
    {
        var cumulated = new double[Entities];
        var sum = 0.0;
        for (var rank = 0; rank < Entities; rank++) cumulated[rank] = sum += 1.0 / (rank + 1);
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
