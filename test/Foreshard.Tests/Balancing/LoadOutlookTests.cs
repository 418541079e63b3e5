using Foreshard.Balancing;
using Foreshard.Sharding;
using Foreshard.Tests.Profiling;

namespace Foreshard.Tests.Balancing;

public sealed class LoadOutlookTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void After_two_weeks_a_daily_cycle_is_forecast_from_within_an_hour_too(int slotsBeyond)
    {
        var run = new OutlookRun();
        run.Add(1, run.Daily).RunTo((14 * 288) + slotsBeyond).Look();
        var outlook = run.Of(1);

        Assert.False(outlook.IsAbstaining);
        Assert.False(outlook.IsSurging);
        for (var slot = 0; slot < 48; slot++)
        {
            Assert.Equal(run.MeanOf(run.Daily, slot), outlook.Curve.Mean[slot], 0.6);
            Assert.InRange(outlook.Curve.Planned(slot), outlook.Curve.Mean[slot], 20);
        }
    }

    [Fact]
    public void Room_is_kept_for_intervals_and_not_for_their_mean()
    {
        var run = new OutlookRun();
        double Noisy(int slot) => 20 * (0.5 + Forecasting.Shapes.PartAt(1, slot));
        run.Add(1, Noisy).RunDays(14).Look();
        run.Look(slotMinutes: 5, slots: 288);
        var room = run.Of(1).Curve.Planned(0) - run.Of(1).Curve.Mean[0];
        run.Look();

        // Nine tenths of the intervals are below 28, if the mean is 20; a quarter of the way is kept free.
        Assert.InRange(room, 1.5, 4);
        Assert.Equal(room, run.Of(1).Curve.Planned(0) - run.Of(1).Curve.Mean[0], 0.15 * room);
    }

    [Fact]
    public void An_entity_without_a_past_is_expected_to_stay_as_it_is()
    {
        var run = new OutlookRun();
        run.Add(1, slot => slot < 12 ? 2 : 8).RunTo(14).Look();
        var outlook = run.Of(1);

        Assert.True(outlook.IsAbstaining);
        Assert.All(outlook.Curve.Mean.ToArray(), load => Assert.Equal(8, load, 1e-3));
        Assert.InRange(outlook.Curve.Planned(0), 8.1, 20);
    }

    [Fact]
    public void What_abstains_and_falls_is_expected_to_fall_as_its_fast_average_does()
    {
        var run = new OutlookRun();
        run.Add(1, slot => slot < 100 ? 8 : 0).RunTo(103).Look();

        Assert.Equal(8 * Math.Exp(-1), run.Of(1).Curve.Mean[0], 0.05);
    }

    [Fact]
    public void Slots_of_a_plan_repeat_longer_intervals_and_join_shorter_ones()
    {
        var run = new OutlookRun(minutes: 60);
        run.Add(1, run.Daily).RunDays(14);
        var start = run.Grid.StartOf(run.Outlook.Open);
        run.Outlook.Look(OutlookRun.Capacity, new PlanHorizon(start.AddMinutes(30), TimeSpan.FromMinutes(30), 6));
        var halves = run.Of(1).Curve.Mean.ToArray();
        run.Look(slotMinutes: 60, slots: 4);
        var hours = run.Of(1).Curve.Mean.ToArray();
        run.Look(slotMinutes: 120, slots: 2);

        Assert.Equal([hours[0], hours[1], hours[1], hours[2], hours[2], hours[3]], halves);
        Assert.Equal([(hours[0] + hours[1]) / 2, (hours[2] + hours[3]) / 2], run.Of(1).Curve.Mean.ToArray(), (left, right) => Math.Abs(left - right) < 1e-3);
    }

    [Theory]
    [InlineData(-5, 30)]
    [InlineData(0, 7)]
    public void A_plan_that_does_not_fit_the_intervals_is_refused(int minutes, int slotMinutes)
    {
        var run = new OutlookRun();
        run.Add(1, run.Daily).RunTo(10);
        var horizon = new PlanHorizon(run.Grid.StartOf(run.Outlook.Open).AddMinutes(minutes), TimeSpan.FromMinutes(slotMinutes), 4);

        Assert.Throws<ArgumentException>(() => run.Outlook.Look(OutlookRun.Capacity, horizon));
    }

    [Fact]
    public void Sizes_come_from_those_who_know_them_or_else_from_profiles()
    {
        var sources = new OutlookSources { EntityBytes = entity => entity.Integer == 2 ? 5e9 : null };
        var run = new OutlookRun(sources: sources);
        run.Add(1, _ => 1).Add(2, _ => 1).RunTo(3);
        run.Look();
        foreach (var entity in new[] { 1, 2 })
        {
            for (var day = 0; day < 5; day++)
                run.Outlook.Profiles.ObserveSize(Accesses.Customer.Key(entity), Accesses.Monday.AddDays(day), 1000 + (100 * day), 1);
        }

        run.Look();

        Assert.Equal((1400, 5e9), (run.Of(1).Bytes, run.Of(2).Bytes));
        Assert.Equal(100, run.Of(1).GrowthPerDay, 1e-3);
    }

    [Fact]
    public void Partners_are_told_by_how_often_they_are_used_together_in_a_second()
    {
        var outlook = new LoadOutlook(Accesses.Hourly, OutlookOptions.Default);
        outlook.Begin(Accesses.MondaySlot);
        var (one, other) = (Accesses.Customer.Key(1), Accesses.Customer.Key(2));
        for (var hour = 0; hour < 60; hour++)
        {
            var accesses = Enumerable.Range(0, 36).Select(_ => Accesses.Of(1, hour, 1) with { Partners = new[] { other } });
            outlook.Close(Accesses.Interval(accesses));
            outlook.Look(1, new PlanHorizon(Accesses.Hourly.StartOf(outlook.Open), TimeSpan.FromHours(1), 4));
        }

        var partner = Assert.Single(outlook.Entities.Single(entity => entity.Entity == one).Partners);
        Assert.Equal(other, partner.Partner);
        Assert.Equal(0.01, partner.PerSecond, 5e-4);
    }

    [Fact]
    public void Where_there_are_more_entities_than_series_the_busy_ones_have_them()
    {
        var options = OutlookOptions.Default with { Profiles = Accesses.Budget(hot: 2, warm: 1) };
        var run = new OutlookRun(60, options);
        for (var entity = 0; entity < 8; entity++)
        {
            var load = entity + 1;
            run.Add(entity, slot => slot < 24 * 3 ? load : 9 - load);
        }

        var early = run.RunTo(24).Look().Select(outlook => outlook.Entity.Integer).ToList();
        while (run.Now < 24 * 13) run.RunTo(run.Now + 6).Look();

        Assert.Equal([5, 6, 7], early);
        Assert.Equal([0, 1, 2], run.Outlook.Entities.Select(outlook => outlook.Entity.Integer));
    }

    [Fact]
    public void The_same_accesses_give_the_same_outlooks()
    {
        string Told(bool isTurned)
        {
            var run = new OutlookRun(15);
            foreach (var i in isTurned ? Enumerable.Range(0, 30).Reverse() : Enumerable.Range(0, 30))
                run.Add(i % 3, slot => (run.Daily(slot + i) / 3) + 1, GroupKey.Of(i / 3));
            run.RunDays(8).Look();
            run.RunDays(9).Look();
            return string.Join('\n', run.Outlook.Entities.Select(OutlookText.Of));
        }

        var told = Told(isTurned: false);

        Assert.Equal(3 * 10, told.Split("group").Length - 1);
        Assert.Equal(told, Told(isTurned: true));
    }
}
