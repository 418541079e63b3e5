using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Foreshard.Partitions;

namespace Foreshard.PostgreSql;

/// <summary>What a unit answers for, as numbers that add up: all units of a store make the same sum, however entities are isolated, split and merged.</summary>
/// <remarks>
/// A bucket is a number of its own less those of the entities that left it; a shard of segments is the sum of theirs, the one that takes new ones the
/// entity's less the others'; an interval is the difference of its ends. If rows were answered for twice or by nobody, the sum would be another, but
/// for one case in 2^64. Sums wrap.
/// </remarks>
/// <param name="Core">For core rows.</param>
/// <param name="Grouped">For grouped rows.</param>
internal readonly record struct UnitCover(long Core, long Grouped)
{
    public static UnitCover Of(UnitRows rows) => rows switch
    {
        BucketRows bucket => OfBucket(bucket),
        ShardRows { WithCore: true } shard => new UnitCover(Mark("entity", shard.Entity), OfScope(shard)),
        ShardRows shard => new UnitCover(0, OfScope(shard)),
        _ => throw new ArgumentException($"{rows} are neither a bucket's nor a shard's.", nameof(rows)),
    };

    /// <summary>The sum of all units of a store, for core rows and for grouped ones alike.</summary>
    public static long OfStore(int bucketCount)
    {
        var sum = 0L;
        for (var bucket = 0; bucket < bucketCount; bucket++) sum = unchecked(sum + MarkOfBucket(bucket));
        return sum;
    }

    private static UnitCover OfBucket(BucketRows bucket)
    {
        var left = bucket.Isolated.Aggregate(MarkOfBucket(bucket.Bucket), (sum, entity) => unchecked(sum - Mark("entity", entity)));
        return new UnitCover(left, left);
    }

    private static long OfScope(ShardRows shard)
    {
        var scope = shard.Scope;
        var whole = Mark("entity", shard.Entity);
        if (scope.IsWhole) return whole;
        if (scope.Kind == GroupKind.Segment)
        {
            // Segments that the shard names and new ones alike are what the others leave of it.
            return scope.TakesNew
                ? shard.OtherSegments.Aggregate(whole, (sum, segment) => unchecked(sum - Mark("segment", shard.Entity, segment)))
                : scope.Segments.Aggregate(0L, (sum, segment) => unchecked(sum + Mark("segment", shard.Entity, segment)));
        }

        var from = scope.From is { } begin ? MarkOfEnd(shard, begin) : 0;
        var to = scope.To is { } end ? MarkOfEnd(shard, end) : whole;
        return unchecked(to - from);
    }

    private static long MarkOfEnd(ShardRows shard, long position) => Mark("end", shard.Entity, position.ToString(CultureInfo.InvariantCulture));

    private static long MarkOfBucket(int bucket) => Mark(string.Create(CultureInfo.InvariantCulture, $"bucket\0{bucket}"));

    private static long Mark(string kind, in EntityKey entity, string part = "") => Mark($"{kind}\0{entity.Type.Name}\0{entity.KeyText()}\0{part}");

    private static long Mark(string text) => BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
