using CsCheck;
using Foreshard.Profiling;

namespace Foreshard.Tests.Profiling;

public sealed class AccessIntervalTests
{
    private static readonly Gen<Access[]> Stream = Accesses.AnyAccess(Gen.Const(0)).Array[0, 300];

    [Fact]
    public void Rows_are_the_sums_by_key_in_the_order_of_the_keys() => Stream.Sample(accesses =>
    {
        var interval = Accesses.Interval(accesses);
        var expected = accesses.GroupBy(access => (access.Entity, access.Group, access.Segment, access.Region))
            .ToDictionary(row => row.Key, row => (row.LongCount(), row.Sum(access => access.Reads), row.Max(access => access.TimeUtc.Ticks)));

        Assert.Equal(expected.Count, interval.RowCount);
        for (var i = 0; i < interval.RowCount; i++)
        {
            var (key, tally) = (interval.Row(i).Key, interval.Row(i).Tally);
            Assert.Equal(expected[(key.Entity, key.Group, key.Segment, key.Region)], (tally.Accesses, tally.Reads, tally.LastTicks));
            if (i > 0) Assert.True(interval.Row(i - 1).Key.CompareTo(key) < 0);
        }

        Assert.Equal(accesses.Sum(access => access.Bytes), interval.Sum().Bytes);
        Assert.Equal(accesses.Sum(access => CostScale.ToParts(access.Cost)), interval.Sum().CostParts);
    });

    [Fact]
    public void Edges_are_the_distinct_partners_of_each_access() => Stream.Sample(accesses =>
    {
        var interval = Accesses.Interval(accesses);
        var expected = accesses
            .SelectMany(access => access.Partners.ToArray().Distinct().Where(partner => partner != access.Entity)
                .Select(partner => (access.Entity, Partner: partner)))
            .CountBy(edge => edge)
            .OrderBy(edge => edge.Key)
            .Select(edge => (edge.Key.Entity, edge.Key.Partner, (long)edge.Value));

        Assert.Equal(expected, Enumerable.Range(0, interval.EdgeCount)
            .Select(i => (interval.Edge(i).Key.Entity, interval.Edge(i).Key.Partner, interval.Edge(i).Tally)));
    });

    [Fact]
    public void Parts_are_even_and_add_up_to_the_whole() => Gen.Select(Stream, Gen.Int[1, 12]).Sample((accesses, of) =>
    {
        var interval = Accesses.Interval(accesses);
        var parts = Enumerable.Range(0, of).Select(part => interval.Part(part, of)).ToList();

        Assert.Equal(Sums([interval]), Sums(parts));
        Assert.Equal(interval.EdgeCount, parts.Sum(part => part.EdgeCount));
        foreach (var (_, counts) in parts.SelectMany(Rows).GroupBy(row => row.Key, row => row.Tally.Accesses).Select(row => (row.Key, row.ToList())))
            Assert.InRange(counts.Max() - (counts.Count < of ? 0 : counts.Min()), 0, 1);
    });

    [Fact]
    public void Entities_sum_their_rows() => Stream.Sample(accesses =>
    {
        var expected = accesses.GroupBy(access => access.Entity).OrderBy(entity => entity.Key)
            .Select(entity => (entity.Key, entity.Sum(access => access.Writes)));

        Assert.Equal(expected, Accesses.Interval(accesses).Entities().Select(entity => (entity.Entity, entity.Sum.Writes)));
    });

    [Theory]
    [InlineData(2, 100)]
    [InlineData(2, 4)]
    public void Beyond_the_limits_details_are_lost_and_sums_are_not(int detailRows, int rows) => Stream.Sample(accesses =>
    {
        var interval = new AccessInterval(new AccessLimits(detailRows, rows, Edges: 3));
        foreach (var access in accesses) interval.Add(access);

        Assert.True(interval.RowCount <= rows && interval.EdgeCount <= 3);
        Assert.Equal(accesses.Sum(access => access.Reads), interval.Sum().Reads);
        Assert.Equal(accesses.Length, interval.Sum().Accesses);
        var edges = Enumerable.Range(0, interval.EdgeCount).Sum(i => interval.Edge(i).Tally);
        var all = Accesses.Interval(accesses);
        Assert.Equal(Enumerable.Range(0, all.EdgeCount).Sum(i => all.Edge(i).Tally), edges + interval.Folded.CoAccesses);
        if (all.RowCount <= detailRows) Assert.True(interval.Folded.WithoutDetails == 0);
    });

    [Theory]
    [InlineData(1.5, 98304)]
    [InlineData(-1, 0)]
    [InlineData(double.NaN, 0)]
    [InlineData(double.PositiveInfinity, long.MaxValue)]
    public void Costs_are_whole_parts(double cost, long parts) => Assert.Equal(parts, CostScale.ToParts(cost));

    [Fact]
    public void A_sum_stops_at_the_largest_number()
    {
        var interval = Accesses.Interval(Enumerable.Repeat(Accesses.Of(1, 0, 1) with { Bytes = long.MaxValue / 2 }, 5));

        Assert.Equal(long.MaxValue, interval.Sum().Bytes);
    }

    private static IEnumerable<((EntityKey, GroupKey, string?, string?) Key, AccessTally Tally)> Rows(AccessInterval interval)
    {
        for (var i = 0; i < interval.RowCount; i++)
        {
            var key = interval.Row(i).Key;
            yield return ((key.Entity, key.Group, key.Segment, key.Region), interval.Row(i).Tally);
        }
    }

    private static List<(object Key, long Accesses, long Reads, long Writes, long CostParts, long Bytes)> Sums(IEnumerable<AccessInterval> intervals) =>
    [
        .. intervals.SelectMany(Rows).GroupBy(row => row.Key, row => row.Tally).OrderBy(row => row.Key.ToString(), StringComparer.Ordinal).Select(row => (
            (object)row.Key,
            row.Sum(tally => tally.Accesses),
            row.Sum(tally => tally.Reads),
            row.Sum(tally => tally.Writes),
            row.Sum(tally => tally.CostParts),
            row.Sum(tally => tally.Bytes))),
    ];
}
