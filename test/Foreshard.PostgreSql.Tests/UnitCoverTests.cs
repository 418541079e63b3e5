using System.Collections.Immutable;
using Foreshard.Partitions;
using Npgsql;

namespace Foreshard.PostgreSql.Tests;

/// <summary>Units add up to the store, and nothing else does; and passwords are found where libpq finds them.</summary>
public sealed class UnitCoverTests
{
    private const int Buckets = 8;

    private static readonly EntityKey Ours = Trial.Customer(42);
    private static readonly EntityKey Others = Trial.Customer(43);

    [Fact]
    public void However_an_entity_is_divided_its_units_add_up()
    {
        AddsUp(true, Whole(Others));
        AddsUp(true, Whole(Ours), Whole(Others));
        AddsUp(true, Whole(Others), Named(true, "eu", "us"), Taker(false, "eu", "us"));
        AddsUp(true, Whole(Others), Named(false, "eu"), Named(false, "us"), Taker(true, "eu", "us"));
        AddsUp(true, Whole(Others), Line(null, 10, true), Line(10, 20), Line(20, null));
        AddsUp(true, Whole(Others), Line(null, -5), Line(-5, null, true));
    }

    [Fact]
    public void What_is_missing_or_answered_for_twice_does_not()
    {
        AddsUp(false, Whole(Ours), Whole(Ours));
        AddsUp(false, Whole(Others), Named(true, "eu"), Taker(false, "eu", "us"));
        AddsUp(false, Whole(Others), Named(true, "eu", "us"), Taker(false, "eu"));
        AddsUp(false, Whole(Others), Named(true, "eu"), Taker(true, "eu"));
        AddsUp(false, Whole(Others), Named(false, "eu"), Taker(false, "eu"));
        AddsUp(false, Whole(Others), Line(null, 10, true), Line(11, null));
        AddsUp(false, Whole(Others), Line(null, 10, true), Line(9, null));
    }

    [Fact]
    public void One_bucket_twice_and_another_not_at_all_are_found_though_their_number_is_right()
    {
        var covers = Enumerable.Range(0, Buckets).Select(bucket => UnitCover.Of(new BucketRows(bucket == 3 ? 4 : bucket, Buckets, []))).ToList();

        Assert.NotEqual(UnitCover.OfStore(Buckets), covers.Aggregate(0L, (sum, cover) => unchecked(sum + cover.Core)));
    }

    [Fact]
    public void A_password_is_that_of_the_first_line_that_fits()
    {
        string[] lines = ["# db1:5432:shop:app:no", "db2:5432:shop:app:no", @"db1:*:*:app:a\:b\\c", "*:*:*:*:rest"];

        Assert.Equal(@"a:b\c", ForeignPassword.Among(lines, new NpgsqlConnectionStringBuilder("Host=db1;Port=5433;Database=shop;Username=app")));
        Assert.Equal("rest", ForeignPassword.Among(lines, new NpgsqlConnectionStringBuilder("Host=db1;Database=shop;Username=reports")));
        Assert.Null(ForeignPassword.Among(lines[..3], new NpgsqlConnectionStringBuilder("Host=db1;Database=shop;Username=reports")));
    }

    /// <summary>Both entities left their buckets, unless the units say nothing of one of them.</summary>
    private static void AddsUp(bool isWhole, params UnitRows[] shards)
    {
        var left = shards.Cast<ShardRows>().Select(shard => shard.Entity).Distinct().ToList();
        var buckets = Enumerable.Range(0, Buckets).Select(bucket => new BucketRows(
            bucket, Buckets, [.. left.Where(entity => Mapping.KeyHash.BucketOf(entity, Buckets) == bucket)]));
        var covers = buckets.Concat(shards).Select(UnitCover.Of).ToList();
        var core = covers.Aggregate(0L, (sum, cover) => unchecked(sum + cover.Core));
        var grouped = covers.Aggregate(0L, (sum, cover) => unchecked(sum + cover.Grouped));
        Assert.Equal(isWhole, core == UnitCover.OfStore(Buckets) && grouped == UnitCover.OfStore(Buckets));
    }

    private static ShardRows Whole(EntityKey entity) => new(entity, ShardScope.Whole, [], WithCore: true);

    private static ShardRows Named(bool isHome, params string[] segments) => new(Ours, ShardScope.OfSegments(segments, takesNew: false), [], isHome);

    private static ShardRows Taker(bool isHome, params ImmutableArray<string> others) =>
        new(Ours, ShardScope.OfSegments([], takesNew: true), others, isHome);

    private static ShardRows Line(long? from, long? to, bool isHome = false) => new(Ours, ShardScope.OfInterval(GroupKind.Integer, from, to), [], isHome);
}
