using Foreshard.Tests.Profiling;

namespace Foreshard.Tests.Balancing;

public sealed class SurgeTests
{
    private const int Weeks = 14 * 288;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_surge_is_seen_after_two_intervals_and_not_after_one(bool looksBetween)
    {
        var run = Known(slot => slot < Weeks ? 1 : 3);
        run.RunTo(Weeks).Look();
        run.RunTo(Weeks + 1);

        Assert.False(run.Outlook.SeesSurge(OutlookRun.Capacity));
        if (looksBetween)
        {
            run.Look();
            Assert.False(run.Of(1).IsSurging);
        }

        run.RunTo(Weeks + 2);

        Assert.True(run.Outlook.SeesSurge(OutlookRun.Capacity));
        Assert.Equal([Accesses.Customer.Key(1)], run.Outlook.Surging(OutlookRun.Capacity));
    }

    [Fact]
    public void A_surge_starts_from_what_comes_and_decays_to_the_forecast()
    {
        var run = Known(slot => slot < Weeks ? 1 : 3);
        run.RunTo(Weeks).Look();
        run.RunTo(Weeks + 2).Look();
        var outlook = run.Of(1);
        double Above(int slot) => outlook.Curve.Mean[slot] - run.MeanOf(run.Daily, slot);

        Assert.True(outlook.IsSurging);
        Assert.False(outlook.IsAbstaining);
        Assert.Equal(3 * run.Daily(Weeks + 1), outlook.Curve.Mean[0], 0.5);
        Assert.Equal(Math.Exp(-1), (Above(2) - Above(40)) / (Above(0) - Above(40)), 0.15);
        Assert.Equal(0, Above(40), 0.6);
    }

    [Fact]
    public void A_surge_that_rises_is_expected_to_rise_on_for_a_while_and_one_that_does_not_is_not()
    {
        float[] Expected(Func<int, double> extra)
        {
            var run = Known(_ => 1);
            run.Add(1, slot => slot < Weeks ? 0 : extra(slot - Weeks));
            run.RunTo(Weeks).Look();
            run.RunTo(Weeks + 4).Look(slotMinutes: 10, slots: 24);
            Assert.True(run.Of(1).IsSurging);
            return run.Of(1).Curve.Mean.ToArray();
        }

        var rising = Expected(since => 5 * (since + 1));
        var steady = Expected(_ => 20);

        // 5 more in every interval: 6.3 to 7.9 after ten minutes and 10.1 to 12.6 after twenty, before what fades in an hour is gone.
        Assert.InRange(rising[0] - steady[0], 6.3, 8.5);
        Assert.InRange(rising[1] - steady[1], 8.5, 11.5);
        Assert.InRange(rising[23] - steady[23], -0.5, 1.5);
    }

    [Fact]
    public void What_was_planned_for_is_no_reason_to_plan_anew_until_it_gets_worse()
    {
        var run = Known(slot => slot < Weeks ? 1 : slot < Weeks + 4 ? 3 : 5);
        run.RunTo(Weeks).Look();
        run.RunTo(Weeks + 2).Look();
        Assert.False(run.Outlook.SeesSurge(OutlookRun.Capacity));
        run.RunTo(Weeks + 4);
        Assert.False(run.Outlook.SeesSurge(OutlookRun.Capacity));
        run.Look();
        Assert.True(run.Of(1).IsSurging);
        run.RunTo(Weeks + 6);

        Assert.True(run.Outlook.SeesSurge(OutlookRun.Capacity));
    }

    [Fact]
    public void A_plan_that_was_made_for_a_surge_holds_until_two_intervals_are_above_it_too()
    {
        var run = Known(slot => slot < Weeks ? 1 : slot < Weeks + 2 ? 3 : 5);
        run.RunTo(Weeks).Look();
        run.RunTo(Weeks + 2).Look();
        run.RunTo(Weeks + 3);
        Assert.False(run.Outlook.SeesSurge(OutlookRun.Capacity));
        run.RunTo(Weeks + 4);

        Assert.True(run.Outlook.SeesSurge(OutlookRun.Capacity));
    }

    [Fact]
    public void One_interval_far_above_is_no_surge()
    {
        var run = Known(slot => slot == Weeks + 1 ? 5 : 1);
        run.RunTo(Weeks).Look();
        for (var slot = 1; slot < 6; slot++)
        {
            run.RunTo(Weeks + slot);
            Assert.False(run.Outlook.SeesSurge(OutlookRun.Capacity));
        }

        run.Look();
        Assert.False(run.Of(1).IsSurging);
    }

    [Fact]
    public void What_is_little_to_a_partition_is_no_surge()
    {
        var run = Known(slot => slot < Weeks ? 1 : 3);
        run.RunTo(Weeks).Look();
        run.RunTo(Weeks + 2);

        Assert.False(run.Outlook.SeesSurge(100 * OutlookRun.Capacity));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_announced_event_is_no_surge(bool isForAll)
    {
        var run = Known(slot => slot is >= Weeks and < Weeks + 36 ? 3 : 1);
        run.RunTo(Weeks - 12);
        var zero = run.Grid.SlotOf(Accesses.Monday);
        Assert.True(run.Outlook.Announce(isForAll ? null : Accesses.Customer.Key(1), zero + Weeks, zero + Weeks + 36, 3));
        run.Look();

        Assert.Equal(3 * run.MeanOf(run.Daily, 4), run.Of(1).Curve.Mean[4], 1.5);
        for (var slot = 0; slot < 48; slot++)
        {
            run.RunTo(Weeks + slot);
            Assert.False(run.Outlook.SeesSurge(OutlookRun.Capacity), $"slot {slot}");
            if (slot % 6 == 0) Assert.False(run.Look().Single().IsSurging, $"at {slot}");
        }
    }

    [Fact]
    public void An_entity_that_nobody_knew_surges_too()
    {
        var run = Known(_ => 1);
        run.Add(2, slot => slot < Weeks ? 0 : 12);
        run.RunTo(Weeks).Look();
        run.RunTo(Weeks + 1);
        Assert.False(run.Outlook.SeesSurge(OutlookRun.Capacity));
        run.RunTo(Weeks + 2);
        Assert.True(run.Outlook.SeesSurge(OutlookRun.Capacity));
        run.Look();

        Assert.Equal((true, true), (run.Of(2).IsAbstaining, run.Of(2).IsSurging));
        Assert.Equal(12, run.Of(2).Curve.Mean[0], 1e-3);
    }

    [Fact]
    public void Noise_that_is_usual_is_no_surge()
    {
        var run = new OutlookRun();
        run.Add(1, slot => run.Daily(slot) * (0.6 + (0.8 * Forecasting.Shapes.PartAt(7, slot))));
        run.RunTo(Weeks).Look();
        var seen = 0;
        for (var slot = 1; slot < 288; slot++)
        {
            run.RunTo(Weeks + slot);
            if (run.Outlook.SeesSurge(OutlookRun.Capacity)) seen++;
            if (slot % 6 == 0) run.Look();
        }

        Assert.InRange(seen, 0, 3);
    }

    private static OutlookRun Known(Func<int, double> times)
    {
        var run = new OutlookRun();
        return run.Add(1, slot => run.Daily(slot) * times(slot));
    }
}
