using System.Diagnostics;
using Foreshard.Mapping;

namespace Foreshard.Benchmarks;

/// <summary>What changes cost: isolating entities one by one (pages split on the way), and moving 32 at once.</summary>
internal static class ChangeBench
{
    private const int Changes = 2_000;

    private static readonly EntityType Order = EntityType.Of("order", KeyKind.Integer);

    /// <returns>The median of the slower kind of change, in milliseconds.</returns>
    public static double Run(MappingSnapshot snapshot) => Math.Max(
        Time("isolate one", snapshot, Isolate), Time("move 32", snapshot, MoveMany(snapshot)));

    private static double Time(string name, MappingSnapshot snapshot, Func<MappingSnapshot, int, MappingChange> change)
    {
        var times = new List<double>(Changes);
        var current = snapshot;
        for (var i = 0; i < Changes; i++)
        {
            var next = change(current, i);
            var start = Stopwatch.GetTimestamp();
            if (current.Conflict(next) is { } conflict) throw new InvalidOperationException(conflict);
            current = current.With(next, current.Version + 1);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        times.Sort();
        var (median, percentile) = (times[Changes / 2], times[Changes / 100 * 99]);
        Bars.Say($"change   {snapshot.EntryCount,9} entries: {name,-11} p50 {median:0.000} ms, p99 {percentile:0.000} ms, worst {times[^1]:0.000} ms");
        return median;
    }

    private static MappingChange Isolate(MappingSnapshot snapshot, int step)
    {
        var entity = Order.Key(step);
        var bucket = snapshot.PlacementOf(snapshot.BucketOf(entity));
        var unit = new UnitId(snapshot.BucketCount + (2 * snapshot.EntryCount) + Changes);
        return new MappingChange
        {
            Expected = [bucket],
            Buckets = [bucket with { Epoch = 100_000_000 + step }],
            Entries = [new EntityEntry(entity, [new Shard(new Placement(unit, bucket.Partition, 1), ShardScope.Whole)], unit)],
        };
    }

    private static Func<MappingSnapshot, int, MappingChange> MoveMany(MappingSnapshot snapshot)
    {
        var units = snapshot.Entries().Take(Changes).Select(entry => entry.Home).ToArray();
        return (current, step) =>
        {
            var entries = Enumerable.Range(0, MappingChange.MaxUnits)
                .Select(i => current.EntryOf(units[((step * 37) + (i * 11)) % units.Length])!).Distinct().ToArray();
            return new MappingChange
            {
                Expected = [.. entries.Select(entry => entry.HomeShard.Placement)],
                Entries = [.. entries.Select(entry => Moved(entry, 100_000_000 + step))],
            };
        };
    }

    private static EntityEntry Moved(EntityEntry entry, long epoch)
    {
        var shard = entry.HomeShard;
        var placement = shard.Placement with { Partition = new PartitionId(1 + (shard.Placement.Partition.Value % 16)), Epoch = epoch };
        return new EntityEntry(entry.Entity, [shard with { Placement = placement }], entry.Home);
    }
}
