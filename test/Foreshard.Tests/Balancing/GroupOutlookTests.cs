using CsCheck;
using Foreshard.Balancing;
using Foreshard.Forecasting;
using Foreshard.Profiling;
using Foreshard.Tests.Forecasting;
using Foreshard.Tests.Profiling;

namespace Foreshard.Tests.Balancing;

public sealed class GroupOutlookTests
{
    private const int Weeks = 14 * 96;

    [Fact]
    public void Groups_with_opposite_shapes_are_told_apart()
    {
        var run = new OutlookRun(15);
        run.Add(1, run.Daily, "day").Add(1, slot => 20 - run.Daily(slot), "night");
        run.Begin().RunTo(Weeks).Look();
        var (day, night) = (run.Of(1).Groups[0], run.Of(1).Groups[1]);

        Assert.Equal(("day", "night"), (day.Group.Segment, night.Group.Segment));
        Assert.InRange(day.Curve.PeakSlot, 33, 38);
        Assert.InRange(night.Curve.PeakSlot, 9, 14);
        for (var slot = 0; slot < 48; slot++) Assert.Equal(run.MeanOf(run.Daily, slot, 2), day.Curve.Mean[slot], 2.0);
    }

    [Fact]
    public void Groups_that_have_not_shown_skill_are_shares_of_the_entity()
    {
        var run = new OutlookRun(15);
        run.Add(1, slot => slot < Weeks - 48 ? run.Daily(slot) : 0.75 * run.Daily(slot), 1);
        run.Add(1, slot => slot < Weeks - 48 ? 0 : 0.25 * run.Daily(slot), 2);
        run.Add(1, _ => 0.5, 3);
        run.Begin().RunTo(Weeks - 4).Look();
        run.RunTo(Weeks).Look();
        var (young, all) = (run.Of(1).Groups[1].Curve, run.Of(1).Curve);

        // For twelve hours it has been a quarter, and loads fade within a day; that it is one now counts for the next hours.
        for (var slot = 0; slot < 48; slot++) Assert.InRange(young.Mean[slot] / all.Mean[slot], 0.06, slot < 8 ? 0.27 : 0.2);
    }

    [Fact]
    public void A_surge_goes_to_the_group_that_surges()
    {
        var run = new OutlookRun(15);
        run.Add(1, run.Daily, "calm").Add(1, slot => run.Daily(slot) * (slot < Weeks ? 1 : 5), "wild");
        run.Begin().RunTo(Weeks).Look();
        var before = run.Of(1).Groups[0].Curve.Mean.ToArray();
        run.RunTo(Weeks + 2).Look();

        Assert.True(run.Of(1).IsSurging);
        Assert.Equal(before[1], run.Of(1).Groups[0].Curve.Mean[0], 0.3 * before[1]);
        Assert.Equal(5 * run.Daily(Weeks + 1), run.Of(1).Groups[1].Curve.Mean[0], 10.0);
    }

    [Fact]
    public void More_groups_are_known_than_a_profile_has_counters_for()
    {
        var run = new OutlookRun(60);
        for (var group = 0; group < 35; group++) run.Add(1, _ => 1, group);
        run.RunTo(30).Look();
        run.RunTo(60).Look();

        Assert.Equal(16, run.Outlook.Profiles.Find(Accesses.Customer.Key(1), run.Outlook.Open - 1)!.Groups.Count);
        Assert.Equal(Enumerable.Range(0, 35).Select(group => (long)group), run.Of(1).Groups.Select(group => group.Group.Position));
        Assert.All(run.Of(1).Groups, group => Assert.Equal(1, group.Curve.MeanLoad, 0.1));
    }

    [Fact]
    public void Groups_and_what_is_left_sum_to_the_entity_in_every_slot() =>
        Gen.Select(Gen.Int[0, 1000], Gen.Int[0, 5], Gen.Int[100, 400], Gen.Int[1, 4]).Sample(
            (seed, groups, until, most) =>
            {
                var run = new OutlookRun(60, OutlookOptions.Default with { GroupsPerEntity = most });
                run.Add(1, slot => 5 * Shapes.PartAt(seed, slot));
                for (var group = 0; group < groups; group++)
                {
                    var which = group;
                    run.Add(1, slot => (slot > until - 3 ? 60 : 20) * Shapes.PartAt(seed + which, slot / 3), which);
                }

                run.RunTo(until / 2).Look();
                run.RunTo(until).Look();
                AssertSums(run.Of(1));
                Assert.Equal(groups < 2 ? 0 : Math.Min(groups, most), run.Of(1).Groups.Count);
            },
            iter: 60);

    [Fact]
    public void Groups_of_what_stays_light_are_forgotten_and_those_of_split_entities_are_not()
    {
        var run = new OutlookRun(60);
        for (var entity = 1; entity <= 2; entity++)
        {
            for (var group = 0; group < 3; group++) run.Add(entity, slot => slot < 48 ? 10 : 0.1, group);
        }

        run.RunTo(24).Look();
        run.RunTo(48);
        Looks(run, 51);
        Assert.Equal(6, run.Outlook.GroupSeries);
        Looks(run, 48 + (24 * 6));

        Assert.Equal(3, run.Outlook.GroupSeries);
        Assert.Equal((0, 3), (run.Of(1).Groups.Count, run.Of(2).Groups.Count));

        static void Looks(OutlookRun run, int until)
        {
            while (run.Now < until) run.RunTo(run.Now + 1).Look(isSplit: entity => entity.Integer == 2);
        }
    }

    [Fact]
    public void Series_of_groups_are_within_their_budget_and_go_to_the_heaviest()
    {
        var options = OutlookOptions.Default with { GroupsPerEntity = 3, GroupsMax = 5, IsSplittable = entity => entity.Integer != 9 };
        var run = new OutlookRun(60, options);
        foreach (var entity in new[] { 1, 2, 9 })
        {
            for (var group = 0; group < 4; group++)
            {
                var load = entity * (group + 1);
                run.Add(entity, _ => 5 * load, group);
            }
        }

        run.RunTo(24).Look();
        run.RunTo(48).Look();

        Assert.Equal(5, run.Outlook.GroupSeries);
        Assert.Equal([2, 3], run.Of(1).Groups.Select(group => group.Group.Position));
        Assert.Equal([1, 2, 3], run.Of(2).Groups.Select(group => group.Group.Position));
        Assert.Empty(run.Of(9).Groups);
    }

    [Fact]
    public void Regions_are_those_of_the_group_and_bytes_its_part_of_the_entity()
    {
        var sources = new OutlookSources { EntityBytes = _ => 1000, GroupBytes = (_, group) => group.Position == 3 ? 700 : null };
        var run = new OutlookRun(60, sources: sources);
        run.Add(1, _ => 6, 1, "eu").Add(1, _ => 2, 1, "us").Add(1, _ => 8, 2, "us").Add(1, _ => 4, 3).Add(1, _ => 5);
        run.RunTo(24).Look();
        run.RunTo(240).Look();
        var groups = run.Of(1).Groups;

        Assert.Equal(("eu", "us"), (groups[0].Regions[0].Label, groups[0].Regions[1].Label));
        Assert.Equal(0.75, groups[0].Regions[0].Share, 1e-6);
        Assert.Equal(new LabelShare("us", 1), Assert.Single(groups[1].Regions));
        Assert.Equal(run.Of(1).Regions, groups[2].Regions);
        Assert.Equal([320, 320, 700], groups.Select(group => Math.Round(group.Bytes)));
        Assert.Equal(1340, run.Of(1).Bytes, 1);
        Assert.Equal(5, run.Of(1).WithoutGroup!.MeanLoad, 0.1);
    }

    [Fact]
    public void What_is_announced_for_an_entity_is_no_news_of_its_groups()
    {
        var run = new OutlookRun(60);
        for (var group = 0; group < 2; group++) run.Add(1, slot => slot is >= 400 and < 424 ? 50 : 10, group);
        run.Begin().RunTo(390);
        var zero = run.Grid.SlotOf(Accesses.Monday);
        run.Outlook.Announce(Accesses.Customer.Key(1), zero + 400, zero + 424, 5);
        run.RunTo(424).Look();
        var forecast = new Forecast();

        // Series 0 is the entity's, 1 and 2 are its groups'.
        foreach (var series in new[] { 0, 1, 2 })
        {
            run.Outlook.Forecaster.Predict(series, 24, forecast);
            Assert.Equal(series == 0 ? 20 : 10, forecast.Mean[0] / 3600, 1);
        }
    }

    private static void AssertSums(EntityOutlook outlook)
    {
        for (var slot = 0; slot < outlook.Curve.Count; slot++)
        {
            var parts = outlook.Groups.Sum(group => group.Curve.Mean[slot]) + (outlook.WithoutGroup?.Mean[slot] ?? 0);
            var variance = outlook.Groups.Sum(group => group.Curve.Variance[slot]) + (outlook.WithoutGroup?.Variance[slot] ?? 0);
            Assert.InRange(parts, 0, outlook.Curve.Mean[slot] * 1.00001);
            Assert.InRange(variance, 0, (outlook.Curve.Variance[slot] * 1.00001) + 1e-6);
            if (outlook.Groups.Count < 4 && outlook.Groups.Count > 1) Assert.True(parts > 0 || outlook.Curve.Mean[slot] == 0);
        }
    }
}
