using CsCheck;
using Foreshard.Profiling;
using static Foreshard.Tests.Profiling.Accesses;

namespace Foreshard.Tests.Profiling;

public sealed class ProfileMergeTests
{
    private static readonly Gen<Access[]> Stream = AnyAccess(Gen.Int[0, 200]).Array[0, 120];

    private static readonly Gen<(Access[] Left, Access[] Right, int HotLeft, int HotRight)> Two =
        Gen.Select(Stream, Stream, Gen.Int[0, 9], Gen.Int[0, 9]);

    [Fact]
    public void Merging_is_commutative() => Two.Sample(two =>
    {
        var (left, right) = (Known(two.Left, two.HotLeft), Known(two.Right, two.HotRight));
        var (other, another) = (Known(two.Left, two.HotLeft), Known(two.Right, two.HotRight));

        left.Merge(right);
        another.Merge(other);

        Assert.Equal(left.Count, another.Count);
        foreach (var summary in left.Summaries(MondaySlot + 300)) AssertAlike(left, another, summary.Entity, 1e-4);
    });

    [Fact]
    public void Merging_is_associative() => Gen.Select(Two, Stream).Sample((two, third) =>
    {
        var first = Known(two.Left, two.HotLeft);
        first.Merge(Known(two.Right, two.HotRight));
        first.Merge(Known(third, 4));
        var last = Known(two.Right, two.HotRight);
        last.Merge(Known(third, 4));
        var second = Known(two.Left, two.HotLeft);
        second.Merge(last);

        foreach (var summary in first.Summaries(MondaySlot + 300)) AssertAlike(first, second, summary.Entity, 1e-4);
    });

    [Fact]
    public void Halves_of_a_stream_merge_to_the_profile_of_the_whole() => Gen.Select(Stream, Gen.Int[0, 9]).Sample((accesses, tier) =>
    {
        var (whole, left, right) = (Known(accesses, tier), Known(Half(0), tier), Known(Half(1), tier));

        left.Merge(right);

        foreach (var entity in accesses.Select(access => access.Entity).Distinct()) AssertAlike(whole, left, entity, 1e-3);

        Access[] Half(int which) => [.. accesses.Where((_, i) => i % 2 == which)];
    });

    [Fact]
    public void Two_routers_see_the_week_that_one_would_have_seen()
    {
        var (whole, left, right) = (Known([Of(1, 0, 0)], 1), Known([Of(1, 0, 0)], 1), Known([Of(1, 0, 0)], 1));
        for (var hour = 1; hour < 24 * 21; hour++)
        {
            var load = hour % 24 == 8 ? 7200 : 900;
            whole.Apply(Interval(Of(1, hour, load)), MondaySlot + hour);
            left.Apply(Interval(Of(1, hour, load * 0.25)), MondaySlot + hour);
            right.Apply(Interval(Of(1, hour, load * 0.75)), MondaySlot + hour);
        }

        left.Merge(right);
        var (expected, found) = (Find(whole, Customer.Key(1)), Find(left, Customer.Key(1)));

        Assert.Equal(expected.WeekSlotsSeen, found.WeekSlotsSeen);
        Assert.All(expected.Week.Zip(found.Week), pair => Assert.Equal(pair.First, pair.Second, pair.First * 0.1));
    }

    [Fact]
    public void The_newer_size_counts()
    {
        var (left, right) = (Known([Of(1, 0, 1)], 1), Known([Of(1, 0, 1)], 1));
        left.ObserveSize(Customer.Key(1), Monday.AddDays(2), 100, 1);
        right.ObserveSize(Customer.Key(1), Monday.AddDays(1), 900, 9);

        right.Merge(left);

        Assert.Equal((100L, 1L), (Find(right, Customer.Key(1)).SizeBytes, Find(right, Customer.Key(1)).SizeRows));
    }

    [Fact]
    public void Other_slots_or_time_constants_do_not_merge()
    {
        var profiles = new ProfileSet(Hourly, ProfileOptions.Default);

        Assert.Throws<ArgumentException>(() => profiles.Merge(new ProfileSet(new SlotGrid(TimeSpan.FromMinutes(5)), ProfileOptions.Default)));
        Assert.Throws<ArgumentException>(() =>
            profiles.Merge(new ProfileSet(Hourly, ProfileOptions.Default with { FastTime = TimeSpan.FromMinutes(10) })));
    }

    /// <summary>The profiles after all accesses, with details from their middle on.</summary>
    private static ProfileSet Known(Access[] accesses, int hot)
    {
        var profiles = new ProfileSet(Hourly, Budget(hot, hot));
        profiles.ApplyAll(accesses.Where(access => access.TimeUtc < Monday.AddHours(100)));
        profiles.Retier(MondaySlot + 100);
        profiles.ApplyAll(accesses.Where(access => access.TimeUtc >= Monday.AddHours(100)));
        return profiles;
    }

    private static EntityProfile Find(ProfileSet profiles, EntityKey entity) => profiles.Find(entity, MondaySlot + 600)!;

    private static void AssertAlike(ProfileSet left, ProfileSet right, EntityKey entity, double tolerance)
    {
        var (expected, found) = (Find(left, entity), Find(right, entity));
        Assert.Equal(expected.Totals, found.Totals);
        Assert.Equal((expected.FirstSeenUtc, expected.LastAccessUtc, expected.Class), (found.FirstSeenUtc, found.LastAccessUtc, found.Class));
        Assert.Equal(expected.Cost.Slow, found.Cost.Slow, (expected.Cost.Slow * tolerance) + 1e-30);
        Assert.Equal(expected.Cost.Fast, found.Cost.Fast, (expected.Cost.Fast * tolerance) + 1e-30);
    }
}
