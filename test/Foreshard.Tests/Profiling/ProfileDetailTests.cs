using CsCheck;
using Foreshard.Profiling;
using static Foreshard.Tests.Profiling.Accesses;

namespace Foreshard.Tests.Profiling;

public sealed class ProfileDetailTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(0)]
    public void A_working_week_is_found_again(int hotBudget)
    {
        var profiles = Started(Budget(hotBudget, 10));
        for (var hour = 0; hour < 24 * 7 * 5; hour++)
        {
            var load = LoadAt(hour);
            if (load > 0) profiles.Apply(Interval(Of(1, hour, load * 3600)), MondaySlot + hour);
        }

        var found = profiles.Find(Customer.Key(1), MondaySlot + (24 * 7 * 5) - 1)!;

        Assert.Equal(24 * 7 * 5, found.WeekSlotsSeen);
        for (var hour = 0; hour < 168; hour++) Assert.InRange(found.Week[hour], LoadAt(hour) * 0.85, (LoadAt(hour) * 1.15) + 1e-3);
        Assert.Equal((10, 10 + 24), (found.PeakOfDay, found.PeakOfWeek));

        // Busiest at ten, on Tuesdays twice as busy, nothing on Sundays.
        static double LoadAt(int hour)
        {
            var (day, of) = (hour / 24 % 7, hour % 24);
            return (day == 1 ? 2 : day == 6 ? 0 : 1) * (of == 10 ? 8 : of is >= 8 and < 18 ? 4 : 0.5);
        }
    }

    [Fact]
    public void A_week_survives_the_way_down_to_warm_and_up_again_as_product_of_day_and_hour()
    {
        var profiles = Started(Budget(1, 1));
        for (var hour = 0; hour < 24 * 14; hour++) profiles.Apply(Interval(Of(1, hour, hour % 24 == 9 ? 7200 : 360)), MondaySlot + hour);
        profiles.Apply(Interval(Of(2, 24 * 14, 1)), MondaySlot + (24 * 14));

        profiles.Classify(1e9, MondaySlot + (24 * 14), entity => entity.Integer);
        Assert.Equal(ProfileTier.Warm, profiles.Find(Customer.Key(1), MondaySlot)!.Tier);
        profiles.Classify(1e9, MondaySlot + (24 * 14), entity => 3 - entity.Integer);
        var found = profiles.Find(Customer.Key(1), MondaySlot + (24 * 14) - 1)!;

        Assert.Equal(ProfileTier.Hot, found.Tier);
        Assert.All(Enumerable.Range(0, 168), hour => Assert.Equal(hour % 24 == 9 ? 2 : 0.1, found.Week[hour], hour % 24 == 9 ? 0.3 : 0.015));
    }

    [Fact]
    public void Shares_of_labels_are_those_of_the_accesses()
    {
        var profiles = Started(Budget(0, 1));
        var accesses = Enumerable.Range(0, 100).Select(i => Of(1, 0, 1) with { Segment = i < 70 ? "free" : null, Region = i < 25 ? "us" : "eu" });
        profiles.Apply(Interval(accesses), MondaySlot);

        var found = profiles.Find(Customer.Key(1), MondaySlot)!;

        // One access without labels made the entity known, when it had no details yet.
        Assert.Equal(["free 0.70", " 0.30"], found.Segments.Select(Shown));
        Assert.Equal(["eu 0.75", "us 0.25"], found.Regions.Select(Shown));

        static string Shown(LabelShare share) => FormattableString.Invariant($"{share.Label} {share.Share:0.00}");
    }

    [Fact]
    public void A_label_that_is_used_no_more_fades()
    {
        var profiles = Started(Budget(0, 1));
        profiles.Apply(Interval(Enumerable.Repeat(Of(1, 0, 1) with { Region = "us" }, 100)), MondaySlot);
        profiles.Apply(Interval(Enumerable.Repeat(Of(1, 24 * 7, 1) with { Region = "eu" }, 100)), MondaySlot + (24 * 7));

        var shares = profiles.Find(Customer.Key(1), MondaySlot)!.Regions;

        Assert.Equal("eu", shares[0].Label);
        Assert.Equal(1 / (1 + Math.Exp(-1)), shares[0].Share, 1e-4);
    }

    [Fact]
    public void Groups_are_within_their_bounds_and_in_their_order() => Gen.Select(Gen.Int[0, 30], Gen.Int[0, 49], Gen.Int[1, 100]).Array[1, 300]
        .Sample(parts =>
        {
            var profiles = Started(Budget(1, 0));
            profiles.ApplyAll(parts.Select(part => Of(1, part.Item2, part.Item3) with { Group = GroupKey.Of(new DateOnly(2026, 1, 1).AddDays(part.Item1)) }));
            var exact = parts.GroupBy(part => part.Item1).ToDictionary(
                group => GroupKey.Of(new DateOnly(2026, 1, 1).AddDays(group.Key)), group => group.Sum(part => Rate(part.Item3, 50 - part.Item2)));

            var found = profiles.Find(Customer.Key(1), MondaySlot + 50)!.Groups;

            Assert.Equal(found.Select(group => group.Group).Order(), found.Select(group => group.Group));
            Assert.Equal(exact.Values.Sum(), found.Sum(group => group.Load), exact.Values.Sum() * 1e-3);
            Assert.All(found, group => Assert.InRange(exact[group.Group], (group.Load - group.LoadError) * 0.999, group.Load * 1.001));
        });

    [Fact]
    public void Groups_that_are_segments_keep_their_names()
    {
        var profiles = Started(Budget(1, 0));
        profiles.Apply(Interval(Part("north", 1), Part("eu", 2), Part("south", 3)), MondaySlot);

        var groups = profiles.Find(Customer.Key(1), MondaySlot)!.Groups;

        Assert.Equal(["eu", "north", "south"], groups.Select(group => group.Group.Segment));
        Assert.Equal([Rate(2, 0), Rate(1, 0), Rate(3, 0)], groups.Select(group => group.Load), (expected, found) => Math.Abs(expected - found) < 1e-6);
        Assert.All(groups, group => Assert.Equal(Rate(3600, 0), group.BytesRate, 1e-4));

        static Access Part(string name, double cost) => Of(1, 0, cost) with { Group = name, Bytes = 3600 };
    }

    [Fact]
    public void Partners_are_counted_unless_they_are_well_placed()
    {
        var profiles = Started(Budget(1, 0));
        var access = Of(1, 0, 1) with { Partners = new[] { Customer.Key(2), Customer.Key(3), Customer.Key(2), Customer.Key(1), Tenant.Key("a") } };

        profiles.Apply(Interval(access, access, access with { Partners = new[] { Tenant.Key("a") } }), MondaySlot, (_, partner) => partner == Customer.Key(3));

        Assert.Equal(
            [new(Tenant.Key("a"), 3, 0), new(Customer.Key(2), 2, 0)],
            profiles.Find(Customer.Key(1), MondaySlot)!.Partners);
    }

    [Fact]
    public void Sizes_are_kept_in_every_tier_and_growth_from_warm_on()
    {
        foreach (var warm in new[] { 0, 1 })
        {
            var profiles = Started(Budget(0, warm));
            for (var day = 0; day < 30; day++) Assert.True(profiles.ObserveSize(Customer.Key(1), Monday.AddDays(day), 1_000_000 + (day * 1000), 500 + day));

            var found = profiles.Find(Customer.Key(1), MondaySlot)!;

            Assert.Equal(1_029_000, found.SizeBytes!.Value, warm == 1 ? 0 : 1029.0);
            Assert.Equal(warm == 1 ? (529L, Monday.AddDays(29)) : (null, null), (found.SizeRows, found.SizeTimeUtc));
            if (warm == 1) Assert.Equal(1000, found.GrowthPerDay!.Value, 1.0);
            else Assert.Null(found.GrowthPerDay);
            Assert.False(profiles.ObserveSize(Customer.Key(99), Monday, 1, 1));
        }
    }

    [Fact]
    public void Names_that_nobody_uses_any_more_make_room()
    {
        var names = new NameTable(4);
        Assert.Equal([2, 3, NameTable.Other, NameTable.None], new[] { names.Of("a"), names.Of("b"), names.Of("c"), names.Of(null) });

        names.Sweep(new HashSet<int> { 3 });

        Assert.Equal([2, 3], new[] { names.Of("c"), names.Of("b") });
        Assert.Equal(("c", "b"), (names[2], names[3]));
    }

    /// <summary>Customer 1, known and with the details that the budget allows.</summary>
    private static ProfileSet Started(ProfileOptions options)
    {
        var profiles = new ProfileSet(Hourly, options);
        profiles.Apply(Interval(Of(1, -1, 0)), MondaySlot - 1);
        profiles.Retier(MondaySlot - 1);
        return profiles;
    }

    /// <summary>What a cost in one slot is as a rate, averaged with the time constant of mixes, some slots later.</summary>
    private static double Rate(double cost, int slots)
    {
        var hours = ProfileOptions.Default.MixTime.TotalHours;
        return cost / 3600 * (1 - Math.Exp(-1 / hours)) * Math.Exp(-slots / hours);
    }
}
