using CsCheck;
using Foreshard.Profiling;

namespace Foreshard.Tests.Profiling;

public sealed class SpaceSavingTests
{
    private const int Counters = 6;

    /// <summary>Items with weights; a weight of 0 stands for a moment at which everything fades by a quarter.</summary>
    private static readonly Gen<(int Item, int Weight)[]> Stream = Gen.Select(Gen.Int[0, 20], Gen.Int[0, 9]).Array[0, 300];

    [Fact]
    public void True_weights_lie_within_the_bounds() => Stream.Sample(stream =>
    {
        var (counters, exact) = Count(stream);

        AssertBounds(counters, exact);
        Assert.Equal(exact.Values.Sum(), counters.Sum(counter => (double)counter.Load), 1e-4 * (1 + exact.Values.Sum()));
    });

    [Fact]
    public void Merged_counters_keep_their_bounds() => Gen.Select(Stream, Stream).Sample((left, right) =>
    {
        var (ours, theirs) = (Count(left), Count(right));
        var both = ours.Exact.Concat(theirs.Exact).GroupBy(item => item.Key).ToDictionary(item => item.Key, item => item.Sum(one => one.Value));
        var other = (GroupCounter[])theirs.Counters.Clone();

        SpaceSaving.Merge<GroupCounter>(other, ours.Counters);
        SpaceSaving.Merge<GroupCounter>(ours.Counters, theirs.Counters);

        AssertBounds(ours.Counters, both);
        Assert.Equal(
            ours.Counters.Where(counter => counter.Load > 0).Select(counter => (counter.Position, counter.Load, counter.LoadError)),
            other.Where(counter => counter.Load > 0).Select(counter => (counter.Position, counter.Load, counter.LoadError)));
    });

    [Fact]
    public void An_item_of_more_than_the_counters_share_is_always_found()
    {
        var heavy = Enumerable.Range(0, 700).Select(i => (i % 5 == 0 ? 99 : i % 20, 1)).ToArray();

        Assert.Contains(Count(heavy).Counters, counter => counter.Position == 99 && counter.Load >= 140);
    }

    [Fact]
    public void Of_equal_weights_the_last_in_order_leaves()
    {
        var (counters, _) = Count([.. Enumerable.Range(0, Counters + 1).Select(item => (item, 1))]);

        Assert.DoesNotContain(counters, counter => counter.Position == Counters - 1);
        Assert.Contains(counters, counter => counter.Position == Counters && counter is { Load: 2, LoadError: 1 });
    }

    private static (GroupCounter[] Counters, Dictionary<long, double> Exact) Count((int Item, int Weight)[] stream)
    {
        var counters = new GroupCounter[Counters];
        var exact = new Dictionary<long, double>();
        foreach (var (item, weight) in stream)
        {
            if (weight == 0)
            {
                SpaceSaving.Scale<GroupCounter>(counters, 0.75f);
                foreach (var key in exact.Keys) exact[key] *= 0.75;
                continue;
            }

            SpaceSaving.Add<GroupCounter>(counters, new GroupCounter { Position = item, Load = weight, BytesRate = weight });
            exact[item] = exact.GetValueOrDefault(item) + weight;
        }

        return (counters, exact);
    }

    private static void AssertBounds(GroupCounter[] counters, Dictionary<long, double> exact)
    {
        var least = counters.Min(counter => counter.Load);
        foreach (var (item, weight) in exact)
        {
            var counter = counters.FirstOrDefault(one => one.Load > 0 && one.Position == item);
            var slack = 1e-4 * (1 + weight);
            Assert.InRange(weight, counter.Load - counter.LoadError - slack, (counter.Load > 0 ? counter.Load : least) + slack);
            Assert.True(counter.BytesRate <= weight + slack);
        }
    }
}
