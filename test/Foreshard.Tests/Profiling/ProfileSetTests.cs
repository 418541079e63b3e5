using CsCheck;
using Foreshard.Profiling;
using static Foreshard.Tests.Profiling.Accesses;

namespace Foreshard.Tests.Profiling;

public sealed class ProfileSetTests
{
    private static readonly Gen<Access[]> Stream = AnyAccess(Gen.Int[0, 99]).Array[1, 200];

    [Fact]
    public void Averages_are_the_integral_of_the_load_weighted_by_its_age() => Gen.Select(Stream, Gen.Bool).Sample((accesses, isDetailed) =>
    {
        var profiles = new ProfileSet(Hourly, isDetailed ? ProfileOptions.Default : Budget(0, 0));
        profiles.Apply(Interval(Ones(accesses)), MondaySlot - 1);
        profiles.Retier(MondaySlot - 1);
        profiles.ApplyAll(accesses);

        foreach (var entity in accesses.Select(access => access.Entity).Distinct())
        {
            var found = profiles.Find(entity, MondaySlot + 120)!;
            AssertAverage(found.Cost.Fast, CostOf, ProfileOptions.Default.FastTime, entity);
            AssertAverage(found.Cost.Slow, CostOf, ProfileOptions.Default.SlowTime, entity);
            Assert.Equal(isDetailed, found.Reads is not null);
            if (found is not { Reads: { } reads, Writes: { } writes }) continue;
            AssertAverage(reads.Fast, access => access.Reads, ProfileOptions.Default.FastTime, entity);
            AssertAverage(reads.Slow, access => access.Reads, ProfileOptions.Default.SlowTime, entity);
            AssertAverage(writes.Slow, access => access.Writes, ProfileOptions.Default.SlowTime, entity);
        }

        void AssertAverage(double found, Func<Access, double> what, TimeSpan time, EntityKey entity)
        {
            var expected = accesses.Where(access => access.Entity == entity).Sum(access =>
            {
                var age = (MondaySlot + 120 - Hourly.SlotOf(access.TimeUtc)) / time.TotalHours;
                return what(access) / 3600 * (Math.Exp(-age) - Math.Exp(-age - (1 / time.TotalHours)));
            });
            Assert.Equal(expected, found, (expected * 1e-4) + 1e-30);
        }
    });

    [Fact]
    public void Slots_that_come_late_change_nothing_but_the_order() => Stream.Sample(accesses =>
    {
        var (inOrder, reversed) = (new ProfileSet(Hourly, Budget(0, 0)), new ProfileSet(Hourly, Budget(0, 0)));
        inOrder.ApplyAll(accesses);
        foreach (var slot in accesses.GroupBy(access => Hourly.SlotOf(access.TimeUtc)).OrderByDescending(slot => slot.Key))
            reversed.Apply(Interval(slot), slot.Key);

        foreach (var expected in inOrder.Summaries(MondaySlot + 100))
        {
            var found = reversed.Find(expected.Entity, MondaySlot + 100)!;
            Assert.Equal(expected.Cost.Slow, found.Cost.Slow, (expected.Cost.Slow * 1e-4) + 1e-30);
            Assert.Equal((expected.FirstSeenUtc, expected.LastAccessUtc), (found.FirstSeenUtc, found.LastAccessUtc));
            Assert.Equal(inOrder.Find(expected.Entity, MondaySlot)!.Totals, found.Totals);
        }
    });

    [Fact]
    public void First_and_last_access_are_known_to_the_slot_and_to_a_256th_of_it() => Stream.Sample(accesses =>
    {
        var profiles = new ProfileSet(Hourly, ProfileOptions.Default);
        profiles.ApplyAll(accesses);

        foreach (var entity in accesses.GroupBy(access => access.Entity))
        {
            var found = profiles.Find(entity.Key, MondaySlot)!;
            Assert.Equal(Hourly.StartOf(Hourly.SlotOf(entity.Min(access => access.TimeUtc))), found.FirstSeenUtc);
            var age = entity.Max(access => access.TimeUtc) - found.LastAccessUtc;
            Assert.InRange(age, TimeSpan.Zero, TimeSpan.FromHours(1 / 256.0));
        }
    });

    [Fact]
    public void Any_change_of_tiers_keeps_totals_averages_and_ages() => Gen.Select(Stream, Gen.Int[0, 3].Array[1, 6]).Sample((accesses, budgets) =>
    {
        var (kept, plain) = (new ProfileSet(Hourly, Budget(3, 5)), new ProfileSet(Hourly, Budget(0, 0)));
        var parts = accesses.Chunk(Math.Max(1, accesses.Length / budgets.Length)).ToArray();
        for (var i = 0; i < parts.Length; i++)
        {
            kept.ApplyAll(parts[i]);
            plain.ApplyAll(parts[i]);
            var busy = budgets[i % budgets.Length];
            kept.Classify(1e9, MondaySlot + 100, entity => ((entity.GetHashCode() & 3) == busy) ? 2 : 1e-9);
        }

        Assert.Equal(Math.Min(3, kept.Count), kept.CountOf(ProfileTier.Hot));
        foreach (var expected in plain.Summaries(MondaySlot + 100))
        {
            var found = kept.Find(expected.Entity, MondaySlot + 100)!;
            Assert.Equal(plain.Find(expected.Entity, MondaySlot)!.Totals, found.Totals);
            Assert.Equal((expected.Cost, expected.FirstSeenUtc, expected.LastAccessUtc), (found.Cost, found.FirstSeenUtc, found.LastAccessUtc));
        }
    });

    [Fact]
    public void Details_go_to_the_higher_class_then_to_the_higher_load_then_to_the_lower_key()
    {
        var profiles = new ProfileSet(Hourly, Budget(2, 2));
        profiles.Apply(Interval(Enumerable.Range(1, 8).Select(key => Of(key, 0, 1))), MondaySlot);
        for (var i = 0; i < ClassState.IntervalsToEnter; i++) profiles.Classify(100, MondaySlot, Load);

        Assert.Equal("2 H, 7 H, 4 W, 5 W, 1 C, 3 C, 6 C, 8 C", string.Join(", ", profiles.Summaries(MondaySlot)
            .OrderByDescending(one => one.Tier).ThenBy(one => one.Entity).Select(one => $"{one.Entity.Integer} {one.Tier.ToString()[0]}")));
        Assert.Equal((2, 2, 4), (profiles.CountOf(ProfileTier.Hot), profiles.CountOf(ProfileTier.Warm), profiles.CountOf(ProfileTier.Cold)));

        // 7 is warm by class; 2, 4 and 5 are cold and equally busy.
        static double Load(EntityKey entity) => entity.Integer switch { 7 => 0.5, 2 => 0.015, 4 or 5 or 6 => 0.012, _ => 0.001 };
    }

    [Fact]
    public void Whoever_has_details_keeps_them_until_another_is_a_quarter_busier()
    {
        var profiles = new ProfileSet(Hourly, Budget(0, 1));
        profiles.Apply(Interval(Of(1, 0, 1), Of(2, 0, 1)), MondaySlot);

        Assert.Equal(1, Owner(1, 0.5));
        Assert.Equal(1, Owner(1, 1.24));
        Assert.Equal(2, Owner(1, 1.26));
        Assert.Equal(2, Owner(1.2, 1));

        long Owner(double first, double second)
        {
            profiles.Classify(1e9, MondaySlot, entity => entity.Integer == 1 ? first : second);
            return profiles.Summaries(MondaySlot).Single(one => one.Tier == ProfileTier.Warm).Entity.Integer;
        }
    }

    [Fact]
    public void Changes_of_class_are_told_in_the_order_of_the_keys()
    {
        var profiles = new ProfileSet(Hourly, ProfileOptions.Default);
        profiles.Apply(Interval(Of(2, 0, 1), Of(1, 0, 1), Of(3, 0, 1)), MondaySlot);
        profiles.Classify(100, MondaySlot, Load);
        profiles.Classify(100, MondaySlot, Load);

        Assert.Equal(
            [new(Customer.Key(1), ProfileClass.Cold, ProfileClass.Hot), new(Customer.Key(2), ProfileClass.Cold, ProfileClass.Warm)],
            profiles.Classify(100, MondaySlot, Load));

        static double Load(EntityKey entity) => entity.Integer switch { 1 => 5, 2 => 0.1, _ => 0 };
    }

    [Fact]
    public void Without_forecasts_the_larger_average_decides()
    {
        var profiles = new ProfileSet(Hourly, ProfileOptions.Default);
        profiles.Apply(Interval(Of(1, 0, 3600 * 5), Of(2, 0, 1)), MondaySlot);
        for (var i = 0; i < ClassState.IntervalsToEnter; i++) profiles.Classify(100, MondaySlot);

        Assert.Equal(ProfileClass.Hot, profiles.Find(Customer.Key(1), MondaySlot)!.Class);
        Assert.Equal(ProfileClass.Cold, profiles.Find(Customer.Key(2), MondaySlot)!.Class);
        Assert.Equal([1L], profiles.Top(1, MondaySlot).Select(one => one.Entity.Integer));
    }

    [Fact]
    public void Cold_entities_are_forgotten_after_their_time_and_others_are_not()
    {
        var profiles = new ProfileSet(Hourly, Budget(0, 1));
        profiles.Apply(Interval(Of(1, 0, 9), Of(2, 0, 1), Of(3, 0, 1)), MondaySlot);
        profiles.Apply(Interval(Of(3, 24, 1)), MondaySlot + 24);
        profiles.Classify(1e9, MondaySlot, entity => entity.Integer == 1 ? 1 : 0);

        Assert.Equal(0, profiles.Age(Monday.AddDays(90).AddHours(0.5)));
        Assert.Equal(1, profiles.Age(Monday.AddDays(90).AddHours(1)));
        Assert.Equal([1L, 3L], profiles.Summaries(MondaySlot).Select(one => one.Entity.Integer).Order());
        Assert.Equal(1, profiles.Forgotten);
    }

    [Fact]
    public void Beyond_the_limit_the_cold_ones_used_longest_ago_leave()
    {
        var profiles = new ProfileSet(Hourly, Budget(0, 1) with { MaxEntities = 100 });
        profiles.Apply(Interval(Of(-1, 0, 1)), MondaySlot);
        profiles.Retier(MondaySlot);
        for (var key = 0; key < 120; key++) profiles.Apply(Interval(Of(key, key, 1)), MondaySlot + key);

        Assert.InRange(profiles.Count, 99, 100);
        Assert.Equal(121 - profiles.Count, profiles.CrowdedOut);
        Assert.True(profiles.Contains(Customer.Key(-1)) && profiles.Contains(Customer.Key(119)) && !profiles.Contains(Customer.Key(0)));
    }

    [Fact]
    public void Options_out_of_range_are_named_together()
    {
        var wrong = ProfileOptions.Default with { FastTime = TimeSpan.FromDays(2), WarmShare = 0.5, MaxHot = -1 };

        var message = Assert.Throws<ArgumentException>(() => new ProfileSet(Hourly, wrong)).Message;

        Assert.All(["FastTime", "SlowTime", "HotShare", "MaxHot"], name => Assert.Contains(name, message, StringComparison.Ordinal));
    }

    private static double CostOf(Access access) => CostScale.ToCost(CostScale.ToParts(access.Cost));

    private static IEnumerable<Access> Ones(Access[] accesses) =>
        accesses.Select(access => access.Entity).Distinct().Select(entity => new Access { Entity = entity, TimeUtc = Monday.AddHours(-1) });
}
