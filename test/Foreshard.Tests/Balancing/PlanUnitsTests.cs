using CsCheck;
using Foreshard.Balancing;
using Foreshard.Mapping;
using Foreshard.Profiling;
using Foreshard.Sharding;
using Foreshard.Tests.Profiling;

namespace Foreshard.Tests.Balancing;

public sealed class PlanUnitsTests
{
    private const int Slots = 3;
    private const int Buckets = 4;

    private static readonly string[] Regions = ["eu", "us", "ap"];

    private static readonly Gen<EntityOutlook> AnyOutlook =
        from key in Gen.Int[0, 9]
        from groups in Gen.Select(Gen.Int[0, 9], AnyCurve(), Gen.Double[0, 100]).Array[0, 5]
        from rest in AnyCurve()
        from isAlsoWhole in Gen.Bool
        from whole in AnyCurve()
        from bytes in Gen.Double[0, 1000]
        from flags in Gen.Int[0, 7]
        from region in Gen.Int[0, 3]
        from partner in Gen.Int[0, 9]
        let known = groups.DistinctBy(one => one.Item1).Select(one => new GroupLoad(one.Item1, one.Item2, one.Item3, RegionOf(flags))).ToList()
        let withoutGroup = isAlsoWhole ? whole : null
        let parts = known.Select(one => one.Curve).Append(rest).Concat(withoutGroup is null ? [] : [withoutGroup])
        select new EntityOutlook
        {
            Entity = Accesses.Customer.Key(key),
            Curve = LoadCurve.Sum(Slots, parts),
            WithoutGroup = withoutGroup,
            Groups = known,
            Bytes = bytes + known.Sum(one => one.Bytes),
            GrowthPerDay = flags - 2,
            IsAbstaining = flags % 2 == 0,
            IsSurging = flags > 5,
            Regions = RegionOf(region),
            Partners = [new PlanPartner(Accesses.Customer.Key(partner), 1 + flags)],
        };

    private static readonly Gen<EntityOutlook[]> Fleet = AnyOutlook.Array[0, 10]
        .Select(outlooks => outlooks.DistinctBy(outlook => outlook.Entity).ToArray());

    [Fact]
    public void Nothing_is_lost_and_nothing_is_doubled() => Gen.Select(Fleet, Gen.Int[0, 255]).Sample((outlooks, placed) =>
    {
        var units = Of(Mapping(placed), outlooks);

        for (var slot = 0; slot < Slots; slot++)
        {
            Assert.Equal(outlooks.Sum(outlook => outlook.Curve.Mean[slot]), units.Sum(unit => unit.Curve.Mean[slot]), 0.01);
            Assert.Equal(outlooks.Sum(outlook => outlook.Curve.Variance[slot]), units.Sum(unit => unit.Curve.Variance[slot]), 0.01);
        }

        Assert.Equal(outlooks.Sum(outlook => outlook.Bytes), units.Sum(unit => unit.Bytes), 1e-6);
        Assert.Equal(outlooks.Sum(outlook => Math.Max(0, outlook.GrowthPerDay)), units.Sum(unit => unit.GrowthPerDay), 1e-3);
        Assert.Equal(
            outlooks.Sum(outlook => outlook.Partners[0].PerSecond), units.Sum(unit => unit.Partners.Sum(partner => partner.PerSecond)), 1e-3);
        foreach (var unit in units.Where(unit => unit.Split is not null)) AssertWhole(unit.Curve, unit.Bytes, unit.Split!);
        foreach (var member in units.SelectMany(unit => unit.Members).Where(member => member.Split is not null))
            AssertWhole(member.Curve, member.Bytes, member.Split!);
    });

    [Fact]
    public void The_order_of_outlooks_changes_nothing() => Gen.Select(Fleet, Gen.Int[0, 255]).Sample((outlooks, placed) =>
    {
        var turned = outlooks.Reverse().Select(outlook => outlook with { Groups = [.. outlook.Groups.Reverse()] });
        ColdLoad[] cold = [new(new UnitId(2), LoadCurve.Flat(Slots, 0.3), 3), new(new UnitId(1), LoadCurve.Flat(Slots, 0.1), 1)];

        var units = Of(Mapping(placed), outlooks, cold);

        Assert.Equal(units.Select(OutlookText.Of), Of(Mapping(placed), turned, cold.Reverse().ToList()).Select(OutlookText.Of));
        Assert.Equal(units.Select(unit => unit.Unit).Order(), units.Select(unit => unit.Unit));
    });

    [Fact]
    public void Groups_are_with_the_shard_that_holds_them_new_ones_at_the_open_end_and_the_rest_at_home()
    {
        var mapping = WithEntry(1, 101, (100, null, 5), (101, 5, null));
        var units = Of(mapping, [Split(1, 4, 8) with { WithoutGroup = LoadCurve.Flat(Slots, 2) }]).Where(unit => !unit.Entity.IsNone).ToList();

        Assert.Equal([100, 101], units.Select(unit => unit.Unit.Value));
        Assert.Equal([4f, 8 + 2 + 6], units.Select(unit => unit.Curve.Mean[0]));
        Assert.Equal([40.0, 80 + 30], units.Select(unit => unit.Bytes));
        Assert.Equal(["[…, 5)", "[5, …)"], units.Select(unit => unit.Scope.ToString()));
        Assert.Equal([0f, 8], units.Select(unit => unit.Split!.Rest.Mean[0]));
        Assert.Equal([2, 2], units.Select(unit => unit.Split!.ShardCount));
        Assert.Equal([null, null], units.Select(unit => unit.BucketPartition));
        Assert.Equal(["ap", "eu"], units[1].Regions.Select(share => share.Label).Order());
        Assert.Equal(0.5, units[1].Regions[0].Share);
    }

    [Fact]
    public void What_comes_on_the_entity_as_a_whole_is_with_the_home_even_if_new_groups_are_not()
    {
        var mapping = WithEntry(1, 100, (100, null, 5), (101, 5, null));
        var units = Of(mapping, [Split(1, 4, 8) with { WithoutGroup = LoadCurve.Flat(Slots, 2) }]).Where(unit => !unit.Entity.IsNone);

        Assert.Equal([4f + 2, 8 + 6], units.Select(unit => unit.Curve.Mean[0]));
    }

    [Fact]
    public void Groups_of_a_column_that_was_replaced_are_at_home()
    {
        var mapping = WithEntry(1, 100, (100, null, 5), (101, 5, null));
        var outlook = Split(1, 4, 8);
        var units = Of(mapping, [outlook with { Groups = [.. outlook.Groups.Select(group => group with { Group = $"g{group.Group}" })] }]);

        Assert.Equal([12f, 8], units.Where(unit => !unit.Entity.IsNone).Select(unit => unit.Curve.Mean[0]));
    }

    [Fact]
    public void An_only_shard_knows_where_its_bucket_is_and_is_told_without_load_too()
    {
        var units = Of(WithEntry(1, 100, (100, null, null)), []);

        var shard = Assert.Single(units);
        Assert.Equal((100, Accesses.Customer.Key(1), 0.0), (shard.Unit.Value, shard.Entity, shard.Curve.Peak));
        Assert.Equal(Mapping(0).PlacementOf(Mapping(0).BucketOf(shard.Entity)).Partition, shard.BucketPartition);
    }

    [Fact]
    public void Members_are_those_that_are_heavy_and_could_leave()
    {
        var mapping = Mapping(0);
        var keys = Enumerable.Range(0, 100).GroupBy(key => mapping.BucketOf(Accesses.Customer.Key(key))).First(keys => keys.Count() > 3).ToList();
        EntityOutlook Plain(int key, double load) => new() { Entity = Accesses.Customer.Key(key), Curve = LoadCurve.Flat(Slots, load), Bytes = 1 };
        IReadOnlyList<PlanMember> Members(params EntityOutlook[] outlooks) => Assert.Single(Of(mapping, outlooks)).Members;

        Assert.Empty(Members(Plain(keys[0], 50)));
        Assert.Null(Assert.Single(Members(Plain(keys[0], 50), Plain(keys[1], 4))).Split);
        Assert.NotNull(Assert.Single(Members(Split(keys[0], 4, 8))).Split);
        var cold = new ColdLoad(mapping.BucketOf(Accesses.Customer.Key(keys[0])), LoadCurve.Flat(Slots, 1), 5);
        var unit = Assert.Single(Of(mapping, [Plain(keys[0], 50)], [cold]));
        Assert.Equal((1, 51f, 6.0), (unit.Members.Count, unit.Curve.Mean[0], unit.Bytes));
    }

    [Theory]
    [InlineData(10, 1, false, false)]
    [InlineData(10, 2, false, true)]
    [InlineData(10, 11, true, true)]
    public void The_greater_part_decides_on_abstaining_and_a_noticeable_one_on_surging(double calm, double wild, bool abstains, bool surges)
    {
        var mapping = Mapping(0);
        var keys = Enumerable.Range(0, 100).GroupBy(key => mapping.BucketOf(Accesses.Customer.Key(key))).First(keys => keys.Count() > 3).ToList();
        var unit = Assert.Single(Of(mapping,
        [
            new EntityOutlook { Entity = Accesses.Customer.Key(keys[0]), Curve = LoadCurve.Flat(Slots, calm) },
            new EntityOutlook { Entity = Accesses.Customer.Key(keys[1]), Curve = LoadCurve.Flat(Slots, wild), IsAbstaining = true, IsSurging = true },
        ]));

        Assert.Equal((abstains, surges), (unit.IsAbstaining, unit.IsSurging));
    }

    [Fact]
    public void Sizes_that_partitions_know_count_more_than_sums()
    {
        var units = PlanUnits.Of(Mapping(0), [Split(1, 4, 8)], Slots, _ => Accesses.Monday, 5, bytesOf: _ => 7);

        Assert.Equal((7.0, Accesses.Monday), (Assert.Single(units).Bytes, units[0].LastMovedUtc));
    }

    [Fact]
    public void Outlooks_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Of(Mapping(0), [Split(1, 4, 8), Split(1, 4, 8)]));
        Assert.Throws<ArgumentException>(() => Of(Mapping(0), [Split(1, 4, 8) with { Curve = LoadCurve.Zero(2) }]));
        Assert.Throws<ArgumentException>(() => Of(Mapping(0), [], [new ColdLoad(new UnitId(999), LoadCurve.Zero(Slots), 1)]));
    }

    private static List<PlanUnit> Of(MappingSnapshot mapping, IEnumerable<EntityOutlook> outlooks, IReadOnlyList<ColdLoad>? cold = null) =>
        PlanUnits.Of(mapping, outlooks, Slots, _ => null, memberLoad: 5, cold);

    private static void AssertWhole(LoadCurve curve, double bytes, SplitSubject subject)
    {
        for (var slot = 0; slot < Slots; slot++)
            Assert.Equal(curve.Mean[slot], subject.Groups.Sum(group => group.Curve.Mean[slot]) + subject.Rest.Mean[slot], 0.01);
        Assert.Equal(bytes, subject.Groups.Sum(group => group.Bytes) + subject.RestBytes, 1e-6);
        Assert.All(subject.Groups, group => Assert.True(subject.Within.Names(group.Group)));
    }

    private static Gen<LoadCurve> AnyCurve() => Gen.Select(Gen.Float[0, 20].Array[Slots], Gen.Float[0, 5].Array[Slots])
        .Select((mean, variance) => new LoadCurve(mean, variance));

    private static LabelShare[] RegionOf(int number) => number % 4 == 3 ? [] : [new LabelShare(Regions[number % 4], 1)];

    /// <summary>Groups 1 and 7 with these loads, 6 for all others, 10 bytes a load and 30 for the others.</summary>
    private static EntityOutlook Split(long key, double low, double high) => new()
    {
        Entity = Accesses.Customer.Key(key),
        Curve = LoadCurve.Flat(Slots, low + high + (key == 1 ? 8 : 6)),
        Bytes = (10 * low) + (10 * high) + 30,
        Groups =
        [
            new GroupLoad(1, LoadCurve.Flat(Slots, low), 10 * low, RegionOf(1)), new GroupLoad(7, LoadCurve.Flat(Slots, high), 10 * high, RegionOf(2)),
        ],
        Regions = RegionOf(0),
    };

    /// <summary>Four buckets on two partitions; of the first eight customers each bit says whether it has an entry, split if its key is odd.</summary>
    private static MappingSnapshot Mapping(int placed)
    {
        var entries = Enumerable.Range(0, 8).Where(key => (placed & (1 << key)) != 0).Select(key => key % 2 == 0
            ? Entry(key, 100 + (10 * key), (100 + (10 * key), null, null))
            : Entry(key, 102 + (10 * key), (100 + (10 * key), 2, 5), (101 + (10 * key), null, 2), (102 + (10 * key), 5, null)));
        return With(entries);
    }

    private static MappingSnapshot WithEntry(long key, int home, params (int Unit, long? From, long? To)[] shards) =>
        With([Entry(key, home, shards)]);

    private static MappingSnapshot With(IEnumerable<EntityEntry> entries)
    {
        var partitions = Enumerable.Range(1, 2).Select(id => new PartitionInfo(new PartitionId(id), $"p{id}", "", 0, 0, "", PartitionState.Active));
        var empty = MappingSnapshot.Create(Buckets, [.. partitions]);
        return MappingSnapshot.Restore(
            2, empty.Partitions, [.. Enumerable.Range(0, Buckets).Select(bucket => empty.PlacementOf(new UnitId(bucket)))], entries);
    }

    private static EntityEntry Entry(long key, int home, params (int Unit, long? From, long? To)[] shards)
    {
        var kind = GroupKind.Integer;
        return new EntityEntry(
            Accesses.Customer.Key(key),
            [
                .. shards.Select(shard => new Shard(
                    new Placement(new UnitId(shard.Unit), new PartitionId(1 + (shard.Unit % 2)), shard.Unit),
                    shards.Length == 1 ? ShardScope.Whole : ShardScope.OfInterval(kind, shard.From, shard.To))),
            ],
            new UnitId(home));
    }
}
