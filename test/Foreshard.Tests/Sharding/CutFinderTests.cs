using Foreshard.Sharding;

namespace Foreshard.Tests.Sharding;

public sealed class CutFinderTests
{
    [Fact]
    public void Without_any_load_bytes_are_divided_and_without_bytes_groups()
    {
        var byBytes = CutFinder.Find(Segments(("a", 0, 30), ("b", 0, 10), ("c", 0, 20)), 2, CutOptions.Default);
        var byNumber = CutFinder.Find(Segments(("a", 0, 0), ("b", 0, 0), ("c", 0, 0), ("d", 0, 0)), 2, CutOptions.Default);

        Assert.Equal(0.5, byBytes.Best!.LargestShare, 1e-9);
        Assert.Equal(["a"], Assert.Single(byBytes.Best.Parts, part => part.Groups.Length == 1).Groups.Select(load => load.Group.ToString()));
        Assert.All(byNumber.Best!.Parts, part => Assert.Equal(2, part.Groups.Length));
    }

    [Fact]
    public void The_lighter_part_takes_new_segments_unless_the_rest_weighs_something()
    {
        var subject = Segments(("a", 60, 0), ("b", 40, 0));

        Assert.Equal("b", Taker(subject));
        Assert.Equal("b", Taker(subject with { Rest = LoadCurve.Flat(3, 15) }));
        Assert.Equal("a", Taker(Segments(("a", 40, 0), ("b", 60, 0)) with { Rest = LoadCurve.Flat(3, 15) }));

        static string Taker(SplitSubject subject) =>
            CutFinder.Find(subject, 2, CutOptions.Default).Best!.Parts.Single(part => part.TakesNew).Groups.Single().Group.ToString();
    }

    [Fact]
    public void More_segments_than_a_shard_may_name_are_with_the_taker()
    {
        var many = Enumerable.Range(0, 1500).Select(index => ($"s{index:0000}", 1.0, 0.0));
        var tied = Enumerable.Range(1, 1199).Select(index => new GroupEdge("s0000", $"s{index:0000}", GroupRelation.ForeignKey));
        var subject = Segments([.. many]);

        var cut = CutFinder.Find(subject with { Edges = [.. tied] }, 2, CutOptions.Default with { LargestShare = 1 }).Best!;
        Assert.Equal([1200, 300], cut.Parts.Select(part => part.Groups.Length));
        Assert.Equal([0, 300], cut.Parts.Select(part => part.Scope.Segments.Length));
        Assert.True(cut.Parts[0].TakesNew);

        var named = CutFinder.Find(subject with { Edges = [.. tied], Within = NamesAThousand }, 2, CutOptions.Default with { LargestShare = 1 });
        Assert.Equal(1200, named.Best!.Parts.Single(part => part.TakesNew).Groups.Length);
    }

    [Fact]
    public void Even_cuts_of_many_equal_groups_are_found()
    {
        var subject = Segments([.. Enumerable.Range(0, 64).Select(index => ($"s{index:00}", 1.0 + index, 1.0))]);

        for (var parts = 2; parts <= 6; parts++)
        {
            var cut = CutFinder.Find(subject, parts, CutOptions.Default with { Bytes = 0 }).Best!;
            Assert.InRange(cut.LargestShare, (1.0 / parts) - 1e-9, (1.0 / parts) + 0.005);
        }
    }

    [Fact]
    public void Clusters_that_are_read_together_are_parted_from_each_other()
    {
        // Two clusters of 20 in which neighbours are read together, and one tie between them.
        var subject = Segments([.. Enumerable.Range(0, 40).Select(index => ($"s{index:00}", 10.0 - (index % 7), 1.0))]);
        GroupEdge[] edges =
        [
            .. Enumerable.Range(0, 40).Select(index => new GroupEdge(
                $"s{index:00}", $"s{(index + 2) % 40:00}", GroupRelation.ReadTogether, 0.02)),
            new GroupEdge("s00", "s01", GroupRelation.ReadTogether, 0.01),
        ];

        var cut = CutFinder.Find(subject with { Edges = edges }, 2, CutOptions.Default).Best!;

        Assert.Equal(0.01, cut.StraddlingShare, 1e-9);
    }

    [Fact]
    public void Groups_that_cannot_be_are_refused_with_the_reason()
    {
        var subject = Segments(("a", 1, 0), ("b", 1, 0));

        Wrong("'a' stands twice", Segments(("a", 1, 0), ("a", 1, 0)));
        Wrong("'a' is of another kind than Date", subject with { Kind = GroupKind.Date });
        Wrong("groups of kind Date, not Segment", subject with { Within = ShardScope.OfInterval(GroupKind.Date, 1, 2) });
        Wrong("'b' is outside of {a}", subject with { Within = ShardScope.OfSegments(["a"], takesNew: false) });
        Wrong("slots", subject with { Rest = LoadCurve.Zero(7) });
        Assert.Throws<ArgumentOutOfRangeException>(() => CutFinder.Find(subject, 1, CutOptions.Default));

        static void Wrong(string why, SplitSubject subject) => Assert.Contains(
            why, Assert.Throws<ArgumentException>(() => CutFinder.Find(subject, 2, CutOptions.Default)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_limit_for_more_parts_is_as_far_from_even_as_that_for_two()
    {
        Assert.Equal(0.75, CutOptions.Default.LargestShareOf(2), 1e-12);
        Assert.Equal(2.0 / 3, CutOptions.Default.LargestShareOf(3), 1e-12);
        Assert.Equal(1, (CutOptions.Default with { LargestShare = 1 }).LargestShareOf(5), 1e-12);
        Assert.Equal(0.2, (CutOptions.Default with { LargestShare = 0.5 }).LargestShareOf(5), 1e-12);
    }

    [Fact]
    public void All_options_that_are_out_of_range_are_named_at_once()
    {
        CutOptions.Default.Validate();
        ShardabilityOptions.Default.Validate();
        CostOptions.Default.Validate();

        var cuts = new CutOptions { LargestShare = 0.4, StraddlingShare = 2, Balance = -1, Straddling = -1, Bytes = double.NaN, Regions = -1 };
        var problem = Assert.Throws<ArgumentException>(cuts.Validate).Message;
        foreach (var name in new[] { "LargestShare", "StraddlingShare", "Balance", "Straddling has", "Bytes", "Regions" })
            Assert.Contains(name, problem, StringComparison.Ordinal);

        var scores = new ShardabilityOptions { LoadWeight = 0.5, SizeWeight = 0.5, PartitionWeight = 0.5, Threshold = 101, SizeDays = -1 };
        var other = Assert.Throws<ArgumentException>(scores.Validate).Message;
        Assert.Contains("add up to 1, not 1.5", other, StringComparison.Ordinal);
        Assert.Contains("Threshold has to be from 0 to 100, is 101", other, StringComparison.Ordinal);
        Assert.Contains("SizeDays", other, StringComparison.Ordinal);
    }

    private static ShardScope NamesAThousand { get; } = ShardScope.OfSegments(Enumerable.Range(0, 1000).Select(index => $"s{index:0000}"), takesNew: true);

    private static SplitSubject Segments(params (string Name, double Load, double Bytes)[] groups) => new()
    {
        Entity = AnyCuts.Customer,
        Kind = GroupKind.Segment,
        Groups = [.. groups.Select(group => new GroupLoad(group.Name, LoadCurve.Flat(3, group.Load), group.Bytes, []))],
        Rest = LoadCurve.Zero(3),
    };
}
