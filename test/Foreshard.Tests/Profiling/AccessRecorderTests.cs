using CsCheck;
using Foreshard.Profiling;

namespace Foreshard.Tests.Profiling;

public sealed class AccessRecorderTests
{
    private const int Threads = 8;
    private const int PerThread = 60_000;

    [Fact]
    public void Eight_threads_lose_and_double_nothing_while_the_recorder_is_drained()
    {
        var recorder = new AccessRecorder("eu", processors: 2, AccessLimits.Default);
        var (interval, drained) = (new AccessInterval(AccessLimits.Default), new AccessInterval(AccessLimits.Default));
        var (running, drains) = (Threads, 0);
        var writers = Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            for (var i = 0; i < PerThread; i++)
            {
                if (i == PerThread / 2) SpinWait.SpinUntil(() => Volatile.Read(ref drains) > 2);
                Record(recorder, thread, i);
            }

            Interlocked.Decrement(ref running);
        })).ToArray();
        foreach (var writer in writers) writer.Start();

        for (var isLast = false; !isLast; Interlocked.Increment(ref drains))
        {
            isLast = Volatile.Read(ref running) == 0;
            recorder.Drain(interval);
            AddTo(drained, interval);
        }

        Assert.Equal(Threads * PerThread, drained.Sum().Accesses);
        Assert.Equal(Threads * PerThread * 3L, drained.Sum().Reads);
        Assert.All(drained.Entities(), entity => Assert.Equal(Threads * PerThread / 100, entity.Sum.Accesses));
        foreach (var writer in writers) writer.Join();
    }

    [Fact]
    public void The_same_accesses_give_the_same_rows_whatever_the_threads() => Gen.Int[0, 1000].Sample(
        seed =>
        {
            var rows = Enumerable.Range(0, 2).Select(i => 1 + (i * 3)).Select(threads =>
            {
                var recorder = new AccessRecorder(null, processors: 4, AccessLimits.Default);
                var random = new Random(seed);
                var accesses = Enumerable.Range(0, 400).Select(_ => Accesses.Of(random.Next(9), 0, random.NextDouble() / 3)).ToArray();
                Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread =>
                {
                    for (var i = thread; i < accesses.Length; i += threads) recorder.Record(accesses[i]);
                });
                var interval = new AccessInterval(AccessLimits.Default);
                recorder.Drain(interval);
                return interval.Entities().Select(entity => (entity.Entity, entity.Sum.CostParts, entity.Sum.Accesses)).ToList();
            }).ToList();

            Assert.Equal(rows[0], rows[1]);
        },
        iter: 50);

    [Fact]
    public void Nothing_is_allocated_once_the_tables_have_grown()
    {
        var recorder = new AccessRecorder("eu", processors: 2, AccessLimits.Default);
        var interval = new AccessInterval(AccessLimits.Default);
        for (var round = 0; round < 10; round++) RecordAndDrain(); // tables go round the stripes

        var before = GC.GetAllocatedBytesForCurrentThread();
        RecordAndDrain();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void RecordAndDrain()
        {
            for (var i = 0; i < 5_000; i++) Record(recorder, 0, i);
            recorder.Drain(interval);
            Assert.True(interval.Row(0).Tally.Accesses > 0);
        }
    }

    [Fact]
    public void Accesses_are_in_the_recorders_region_unless_they_say_otherwise()
    {
        var recorder = new AccessRecorder("eu", processors: 1, AccessLimits.Default);
        var interval = new AccessInterval(AccessLimits.Default);
        recorder.Record(Accesses.Of(1, 0, 1));
        recorder.Record(Accesses.Of(1, 0, 1) with { Region = "us" });

        recorder.Drain(interval);

        Assert.Equal(["eu", "us"], Enumerable.Range(0, interval.RowCount).Select(i => interval.Row(i).Key.Region));
    }

    [Fact]
    public void A_drained_recorder_is_empty()
    {
        var recorder = new AccessRecorder(null, processors: 1, AccessLimits.Default);
        var interval = new AccessInterval(AccessLimits.Default);
        recorder.Record(Accesses.Of(1, 0, 1));
        recorder.Drain(interval);

        recorder.Drain(interval);

        Assert.Equal(0, interval.RowCount);
    }

    private static void Record(AccessRecorder recorder, int thread, int i) => recorder.Record(
        Accesses.Customer.Key(i % 100),
        (i / 100 % 3) switch { 0 => default, 1 => GroupKey.Of("north"), _ => GroupKey.Of("a rather long name of a group") },
        (thread & 1) == 0 ? "free" : null,
        new SessionUsage(3, 1, 1.5),
        100,
        Accesses.Monday.AddTicks(i));

    private static void AddTo(AccessInterval sum, AccessInterval interval)
    {
        var table = new AccessTable(AccessLimits.Default);
        for (var i = 0; i < interval.RowCount; i++) table.Add(interval.Row(i).Key, interval.Row(i).Tally);
        sum.Add(table);
    }
}
