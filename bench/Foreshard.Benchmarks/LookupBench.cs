using System.Collections.Immutable;
using Foreshard.Mapping;

namespace Foreshard.Benchmarks;

/// <summary>Lookups in the mapping table against a bare open-addressing probe over the same keys, and what a change costs.</summary>
/// <remarks>
/// Measured twice: in a plain loop, where the processor overlaps lookups as it does with an application's other work, and chained, where
/// each waits for the answer of the one before, so that every cache miss is paid in full. The bars for time go by the plain loop, the
/// ratio by the worse of both. Zipf mix: twice as many entities as entries; the upper half by rank have one.
/// </remarks>
internal static class LookupBench
{
    private const int Lookups = 1 << 20;
    private const int Rounds = 9;

    private static readonly EntityType Customer = EntityType.Of("customer", KeyKind.Integer);

    public static void Run()
    {
        var (worstZipf, worstUniform, worstRatio, allocated, change) = (0.0, 0.0, 0.0, 0L, 0.0);
        foreach (var size in (int[])[1_000, 10_000, 100_000, 1_000_000])
        {
            var keys = Keys(size * 2);
            var snapshot = Snapshot(keys.AsSpan(0, size));
            var bare = new BareTable(snapshot);
            var (zipf, zipfRatio) = Compare("zipf", size, snapshot, bare, ZipfMix(keys), ref allocated);
            var (uniform, uniformRatio) = Compare("uniform", size, snapshot, bare, Uniform(keys.AsSpan(0, size)), ref allocated);
            worstZipf = Math.Max(worstZipf, zipf);
            worstUniform = Math.Max(worstUniform, uniform);
            worstRatio = Math.Max(worstRatio, Math.Max(zipfRatio, uniformRatio));
            change = ChangeBench.Run(snapshot);
        }

        Bars.Print("lookup-zipf-ns", worstZipf, 30);
        Bars.Print("lookup-uniform-ns", worstUniform, 150);
        Bars.Print("lookup-ratio", worstRatio, 1.5);
        Bars.Print("lookup-alloc", allocated, 0);
        Bars.Print("change-ms", change, 1);
    }

    /// <summary>A table in which each of the entities is one shard on one of 16 partitions.</summary>
    private static MappingSnapshot Snapshot(ReadOnlySpan<long> ids)
    {
        var partitions = Enumerable.Range(1, 16)
            .Select(id => new PartitionInfo(new PartitionId(id), $"part{id}", "", 0, 0, "", PartitionState.Active))
            .ToImmutableArray();
        var empty = MappingSnapshot.Create(MappingSnapshot.DefaultBucketCount, partitions);
        var entries = ImmutableArray.CreateBuilder<EntityEntry>(ids.Length);
        foreach (var id in ids)
        {
            var unit = new UnitId(empty.BucketCount + entries.Count);
            var placement = new Placement(unit, new PartitionId(1 + (entries.Count % 16)), unit.Value + 1);
            entries.Add(new EntityEntry(Customer.Key(id), [new Shard(placement, ShardScope.Whole)], unit));
        }

        return empty.With(new MappingChange { Entries = entries.MoveToImmutable() }, version: 2);
    }

    private static (double Nanoseconds, double Ratio) Compare(
        string mix, int size, MappingSnapshot snapshot, BareTable bare, long[] sequence, ref long allocated)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Plain(snapshot, sequence);
        allocated += GC.GetAllocatedBytesForCurrentThread() - before;

        var times = Bars.Measure(
            Rounds,
            Lookups,
            () => Plain(snapshot, sequence),
            () => Plain(bare, sequence),
            () => Chained(snapshot, sequence),
            () => Chained(bare, sequence));
        var (plain, chained) = (Bars.Ratio(times[0], times[1]), Bars.Ratio(times[2], times[3]));
        var medians = times.Select(Bars.Median).ToArray();
        Bars.Say($"{mix,-8} {size,9} entries: {medians[0],6:0.0} ns, bare probe {medians[1],6:0.0} ns, ratio {plain:0.00}");
        Bars.Say($"{mix,-8} {size,9}  chained: {medians[2],6:0.0} ns, bare probe {medians[3],6:0.0} ns, ratio {chained:0.00}");
        return (medians[0], Math.Max(plain, chained));
    }

    private static long Plain(MappingSnapshot snapshot, long[] sequence)
    {
        var sum = 0L;
        foreach (var id in sequence) sum += snapshot.Find(Customer.Key(id)).Partition.Value;
        return sum;
    }

    private static long Plain(BareTable bare, long[] sequence)
    {
        var sum = 0L;
        foreach (var id in sequence) sum += bare.Find(Customer.Key(id)).Partition.Value;
        return sum;
    }

    private static void Chained(MappingSnapshot snapshot, long[] sequence)
    {
        for (var i = 0; i < sequence.Length;) i += 1 + (int)(snapshot.Find(Customer.Key(sequence[i])).Epoch >>> 63);
    }

    private static void Chained(BareTable bare, long[] sequence)
    {
        for (var i = 0; i < sequence.Length;) i += 1 + (int)(bare.Find(Customer.Key(sequence[i])).Epoch >>> 63);
    }

    private static long[] Keys(int count)
    {
        var random = new Random(42);
        var ids = new HashSet<long>(count);
        while (ids.Count < count) ids.Add(random.NextInt64(1L << 40));
        return [.. ids];
    }

    private static long[] Uniform(ReadOnlySpan<long> keys) => new Random(1).GetItems(keys, Lookups);

    private static long[] ZipfMix(long[] keys)
    {
        var cumulative = new double[keys.Length];
        var sum = 0.0;
        for (var rank = 0; rank < keys.Length; rank++) cumulative[rank] = sum += 1 / Math.Pow(rank + 1, 0.99);
        var random = new Random(2);
        var sequence = new long[Lookups];
        for (var i = 0; i < Lookups; i++)
        {
            var rank = Array.BinarySearch(cumulative, random.NextDouble() * sum);
            sequence[i] = keys[Math.Min(rank < 0 ? ~rank : rank, keys.Length - 1)];
        }

        return sequence;
    }
}
