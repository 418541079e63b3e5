using Foreshard.Forecasting;

namespace Foreshard.Tests.Forecasting;

/// <summary>Slots of other lengths than an hour, and other horizons than a day.</summary>
public sealed class SlotLengthTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(5)]
    [InlineData(15)]
    [InlineData(30)]
    [InlineData(60)]
    [InlineData(90)]
    [InlineData(120)]
    [InlineData(360)]
    [InlineData(1440)]
    public void Days_and_weeks_are_forecast_whatever_the_slots_length(int minutes)
    {
        foreach (var tier in Enum.GetValues<SeriesTier>())
        {
            var perDay = 1440 / minutes;
            var load = Shapes.Weekly(perDay);
            var run = ForecasterRun.Of(tier, load, (33 * perDay) + (perDay / 3) + (perDay > 100 ? 7 : 0), minutes);

            // A warm series has no shape within the hour: it is off by what the day changes in half of one.
            var tolerance = tier == SeriesTier.Warm && minutes < 60 ? 0.1 : 0.03;
            Near(run, load, Math.Max(1, 60 / minutes), tolerance);
            Near(run, load, perDay, tolerance);
            Near(run, load, 7 * perDay, tolerance);
        }
    }

    [Fact]
    public void A_hot_series_learns_what_happens_in_the_first_five_minutes_of_each_hour()
    {
        float Job(int slot) => slot % 12 == 0 ? 1000.5f : 10.25f;
        var run = ForecasterRun.Of(SeriesTier.Hot, Job, (35 * 288) + 3, 5);

        var mean = run.Predict(slots: 24).Mean;

        for (var i = 0; i < mean.Length; i++) Assert.Equal(Job(run.Now + i), mean[i], i is 9 or 21 ? 100f : 5f);
    }

    [Fact]
    public void What_the_open_hour_shows_already_raises_its_rest_and_fades()
    {
        float Busy(int slot) => slot >= 35 * 288 ? 300.5f : 100.5f;
        var run = ForecasterRun.Of(SeriesTier.Hot, Busy, 35 * 288, 5);
        Assert.Equal(100.5f, run.Predict(slots: 12).Mean[0], 2f);

        run.RunTo((35 * 288) + 6);
        var mean = run.Predict(slots: 288).Mean.ToArray();

        Assert.InRange(mean[0], 180, 310);
        Assert.InRange(mean[6], 110, mean[0]);
        Assert.Equal(100.5f, mean[^1], 5f);
    }

    [Fact]
    public void Missing_slots_of_an_hour_are_filled_by_the_others_of_it()
    {
        var load = Shapes.Weekly(288);
        float Gappy(int slot) => slot % 12 is 1 or 5 or 6 or 7 ? float.NaN : load(slot);
        var run = ForecasterRun.Of(SeriesTier.Warm, Gappy, 35 * 288, 5);

        Near(run, load, 288, 0.06);
    }

    [Fact]
    public void An_hour_of_which_less_than_half_is_known_is_missing()
    {
        float Gappy(int slot) => slot % 12 < (slot / 12 % 2 == 0 ? 6 : 7) ? float.NaN : 10;
        var run = ForecasterRun.Of(SeriesTier.Hot, Gappy, 3 * 288, 5);
        var series = run.Forecaster.At(0);
        var hour = run.Grid.BaseOf(run.Forecaster.Open);

        Assert.Equal(120, series.LoadAt(hour - 2), 0.01f);
        Assert.Equal(float.NaN, series.LoadAt(hour - 1));
        Assert.Equal(10, run.Predict().Mean[5], 0.5f);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(30)]
    [InlineData(100)]
    public void A_load_that_comes_some_hours_later_is_forecast_to_come_later(int hours)
    {
        var load = Shapes.Noisy(Shapes.Weekly(24), 0.1, 1);
        var run = ForecasterRun.Of(SeriesTier.Hot, load, 35 * 24);
        var later = new ForecasterRun(startsAt: hours);
        later.Add(SeriesTier.Hot, slot => load(slot - hours));
        later.RunTo((35 * 24) + hours);

        var (forecast, shifted) = (run.Predict(slots: 168), later.Predict(slots: 168));

        Assert.Equal(forecast.FirstSlot + hours, shifted.FirstSlot);
        var distance = forecast.Mean.ToArray().Zip(shifted.Mean.ToArray(), (a, b) => Math.Abs(a - b)).Sum() / forecast.Mean.ToArray().Sum();
        output.WriteLine($"{hours} h: {distance}");
        Assert.InRange(distance, 0, 0.03);
    }

    [Fact]
    public void A_forecast_is_of_one_slot_to_seven_days()
    {
        var run = ForecasterRun.Of(SeriesTier.Warm, _ => 1, 30, 30);

        Assert.Equal(336, run.Predict(slots: 336).Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => run.Predict(slots: 337));
        Assert.Throws<ArgumentOutOfRangeException>(() => run.Predict(slots: 0));
    }

    private void Near(ForecasterRun run, Func<int, float> load, int slots, double tolerance)
    {
        var error = run.ErrorOf(run.Predict(slots: slots), load);
        output.WriteLine($"{run.Grid.SlotLength}, {run.Forecaster.TierOf(0)}, {slots} slots: {error:0.0000} of {tolerance}");
        Assert.InRange(error, 0, tolerance);
    }
}
