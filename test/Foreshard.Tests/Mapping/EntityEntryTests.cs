using Foreshard.Mapping;

namespace Foreshard.Tests.Mapping;

public sealed class EntityEntryTests
{
    private static readonly EntityKey Customer = EntityType.Of("customer", KeyKind.Integer).Key(42);

    [Fact]
    public void A_segment_belongs_to_the_shard_that_names_it_and_any_other_to_the_taker()
    {
        var entry = Entry(Segments(false, "eu", "us"), Segments(true, "asia"), Segments(false, "africa"));

        Assert.Equal(1, entry.ShardOf("us").Placement.Unit.Value);
        Assert.Equal(2, entry.ShardOf("asia").Placement.Unit.Value);
        Assert.Equal(2, entry.ShardOf("mars").Placement.Unit.Value);
        Assert.Equal(["africa", "eu", "us"], entry.OtherSegments(new UnitId(2)));
        Assert.Equal(3, entry.ShardOf(new UnitId(3))!.Value.Placement.Unit.Value);
        Assert.Null(entry.ShardOf(new UnitId(4)));
    }

    [Theory]
    [InlineData(long.MinValue, 2)]
    [InlineData(-1, 2)]
    [InlineData(0, 3)]
    [InlineData(9, 3)]
    [InlineData(10, 1)]
    [InlineData(long.MaxValue, 1)]
    public void A_position_belongs_to_the_interval_around_it(long position, int unit)
    {
        var entry = Entry(Interval(10, null), Interval(null, 0), Interval(0, 10));

        Assert.Equal(unit, entry.ShardOf(position).Placement.Unit.Value);
    }

    [Fact]
    public void Whoever_asks_a_split_entity_must_say_which_group_in_the_kind_it_is_split_by()
    {
        var entry = Entry(Interval(null, 0), Interval(0, null));

        Assert.Contains("is split", Assert.Throws<ArgumentException>(() => entry.ShardOf(default(GroupKey))).Message, StringComparison.Ordinal);
        Assert.Contains("kind Segment", Assert.Throws<ArgumentException>(() => entry.ShardOf("eu")).Message, StringComparison.Ordinal);
        Assert.Equal(1, Entry(ShardScope.Whole).ShardOf(default(GroupKey)).Placement.Unit.Value);
        Assert.Equal(1, Entry(ShardScope.Whole).ShardOf("eu").Placement.Unit.Value);
    }

    [Fact]
    public void Shards_that_do_not_cover_each_group_exactly_once_are_refused_with_the_reason()
    {
        Refused("at least one shard");
        Refused("so there can't be other shards", ShardScope.Whole, ShardScope.Whole);
        Refused("so there can't be other shards", Interval(null, null), ShardScope.Whole);
        Refused("of kind Integer", Segments(true), Interval(null, null));
        Refused("of kind Date", Interval(null, 0), ShardScope.OfInterval(GroupKind.Date, 0, null));
        Refused("no shard takes new segments", Segments(false, "eu"), Segments(false, "us"));
        Refused("new segments would go to u1 and to u2", Segments(true), Segments(true, "eu"));
        Refused("'eu' is in u1 and in u2", Segments(true, "eu"), Segments(false, "eu"));
        Refused("before [5", Interval(5, null));
        Refused("after […, 5)", Interval(null, 5));
        Refused("overlap or leave a gap", Interval(null, 5), Interval(6, null));
        Refused("overlap or leave a gap", Interval(null, 5), Interval(4, null));
        Refused("overlap or leave a gap", Interval(null, null), Interval(4, null));
        Refused("overlap or leave a gap", Interval(null, 4), Interval(4, 6), Interval(4, 6), Interval(6, null));
        Refused("at most 24", [.. Enumerable.Range(0, 25).Select(i => Segments(i == 0, $"s{i}"))]);
    }

    [Fact]
    public void Units_are_sorted_and_the_home_is_one_of_them()
    {
        var shard = new Shard(new Placement(new UnitId(7), new PartitionId(1), 1), Segments(true));
        var other = new Shard(new Placement(new UnitId(6), new PartitionId(1), 1), Segments(false, "eu"));

        Assert.Contains("u6 follows u7", Refusal(() => new EntityEntry(Customer, [shard, other], new UnitId(7))), StringComparison.Ordinal);
        Assert.Contains("home u5", Refusal(() => new EntityEntry(Customer, [other, shard], new UnitId(5))), StringComparison.Ordinal);
        Assert.Contains("no entity", Refusal(() => new EntityEntry(default, [shard], new UnitId(7))), StringComparison.Ordinal);
    }

    [Fact]
    public void Scopes_and_changes_come_back_from_JSON_as_they_were()
    {
        foreach (var scope in (ShardScope[])[
            ShardScope.Whole, Segments(true), Segments(true, "eu", "a \"b\" 'c' ü"), Interval(-5, 9), Interval(null, long.MaxValue),
            ShardScope.OfInterval(GroupKind.Date, 0, 739_000), ShardScope.OfInterval(GroupKind.Date, long.MinValue, long.MaxValue),
            ShardScope.OfInterval(GroupKind.Time, 638_000_000_000_000_001, null)])
        {
            Assert.Equal(scope, MappingJson.ReadScope(MappingJson.Write(scope)));
        }

        Assert.Equal("""{"line":"Date","from":"2026-01-01"}""", MappingJson.Write(ShardScope.OfInterval(GroupKind.Date, 739_616, null)));
        Assert.Throws<FormatException>(() => MappingJson.ReadScope("""{"line":"Circle"}"""));
        Assert.Throws<FormatException>(() => MappingJson.ReadChange("null"));
    }

    private static void Refused(string reason, params ShardScope[] scopes) =>
        Assert.Contains(reason, Refusal(() => Entry(scopes)), StringComparison.Ordinal);

    private static string Refusal(Func<object> make) => Assert.Throws<ArgumentException>(make).Message;

    private static EntityEntry Entry(params ShardScope[] scopes) => new(
        Customer, [.. scopes.Select((scope, i) => new Shard(new Placement(new UnitId(i + 1), new PartitionId(1), i + 1), scope))], new UnitId(1));

    private static ShardScope Segments(bool takesNew, params string[] segments) => ShardScope.OfSegments(segments, takesNew);

    private static ShardScope Interval(long? from, long? to) => ShardScope.OfInterval(GroupKind.Integer, from, to);
}
