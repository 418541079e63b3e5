using Foreshard.Forecasting;

namespace Foreshard.Tests.Forecasting;

public sealed class ForecasterTests
{
    private const int Day = 24;
    private static readonly Func<int, float> Weekly = Shapes.Weekly(Day);
    private static readonly Func<int, float> Noisy = Shapes.Noisy(Weekly, 0.2, 2);

    [Fact]
    public void A_sale_that_was_announced_is_forecast_and_the_week_after_it_is_usual()
    {
        var run = new ForecasterRun();
        run.Add(SeriesTier.Hot, slot => Noisy(slot) * (slot / Day is >= 36 and < 40 ? 8 : 1));
        run.Add(SeriesTier.Hot, Noisy);
        run.RunDays(35);
        var usual = run.Predict(0, 7 * Day).Mean.ToArray();
        run.Forecaster.Announcements.Add(0, run.Zero + (36 * Day), run.Zero + (40 * Day), 8);

        var before = run.Predict(0, 7 * Day);
        for (var slot = 0; slot < 7 * Day; slot++)
        {
            var times = slot / Day is >= 1 and < 5 ? 8 : 1;
            Assert.Equal(times * usual[slot], before.Mean[slot], 1e-3f * before.Mean[slot]);
        }

        Assert.InRange(before.Quantile(1)[30] / before.Mean[30], 1, 1.6f);
        run.RunDays(43);
        Assert.InRange(run.ErrorOf(run.Predict(), Weekly), 0, 0.1);
        Assert.Equal(run.Predict(1).Mean.ToArray().Sum(), run.Predict(0).Mean.ToArray().Sum(), 0.03f * run.Predict(1).Mean.ToArray().Sum());
    }

    [Fact]
    public void An_announcement_for_all_is_for_all()
    {
        var run = new ForecasterRun();
        run.Add(SeriesTier.Hot, Noisy);
        run.Add(SeriesTier.Warm, Noisy);
        run.RunDays(10);
        var before = new[] { run.Predict(0).Mean[3], run.Predict(1).Mean[3] };

        run.Forecaster.Announcements.Add(null, run.Forecaster.Open + 3, run.Forecaster.Open + 4, 0.5);

        Assert.Equal(before.Select(mean => mean / 2), [run.Predict(0).Mean[3], run.Predict(1).Mean[3]]);
    }

    [Fact]
    public void Loads_of_a_slot_add_up_and_a_slot_without_any_had_none()
    {
        var run = new ForecasterRun();
        var series = run.Forecaster.Add(SeriesTier.Hot);
        run.Forecaster.Observe(series, 3);
        run.Forecaster.Observe(series, 4);
        run.Forecaster.Close();
        run.Forecaster.Close();
        run.Forecaster.Observe(series, 5);
        run.Forecaster.Close();

        var open = run.Forecaster.Open;
        Assert.Equal([7, 0, 5], ((long[])[3, 2, 1]).Select(back => run.Forecaster.At(series).LoadAt(open - back)));
    }

    [Fact]
    public void The_first_load_that_is_no_whole_number_leaves_those_before_as_they_were()
    {
        var run = ForecasterRun.Of(SeriesTier.Hot, slot => slot < 7 * Day ? 400 : slot == 34 * Day ? 10.5f : 10, (34 * Day) + 1);
        var series = run.Forecaster.At(0);
        var open = run.Forecaster.Open;

        Assert.Equal(10.5f, series.LoadAt(open - 1), 0.01f);
        Assert.Equal(10, series.LoadAt(open - 2), 0.01f);
        for (var slot = 0; slot < 7 * Day; slot++) Assert.Equal(400, series.LoadAt(run.Zero + slot), 0.01f);
    }

    [Fact]
    public void A_cold_entity_has_its_mean_load_in_the_shape_of_all()
    {
        var run = new ForecasterRun();
        for (var i = 0; i < 3; i++) run.Add(SeriesTier.Hot, Weekly);
        var forecast = new Forecast();
        run.Forecaster.PredictCold(0.5f, 1, Day, forecast);
        Assert.All(forecast.Mean.ToArray(), mean => Assert.Equal(0.5f, mean));

        run.RunDays(29);
        run.Forecaster.PredictCold(6, 2, 7 * Day, forecast);

        var usual = Enumerable.Range(0, 7 * Day).Average(slot => Weekly(slot));
        for (var slot = 0; slot < 7 * Day; slot++)
        {
            var expected = 6 * Weekly(run.Now + slot) / usual;
            Assert.Equal(expected, forecast.Mean[slot], 0.01 * expected);
            Assert.Equal(2 * CountQuantiles.Exact(0.9, expected / 2, 0.2).Smooth, forecast.Quantile(1)[slot], 0.1 * expected);
        }

        Assert.True(forecast.IsAbstaining);
        Assert.Equal((run.Forecaster.Open, 7 * Day, 0, double.NaN), (forecast.FirstSlot, forecast.Count, forecast.ScoredDays, forecast.Skill));
    }

    [Fact]
    public void Sums_of_series_do_not_count_in_the_shape_of_all()
    {
        var run = new ForecasterRun();
        run.Add(SeriesTier.Hot, Weekly);
        var total = run.Forecaster.Add(SeriesTier.Hot, isAggregate: true);
        while (run.Now < 15 * Day)
        {
            run.Forecaster.Observe(total, run.Now % Day == 0 ? 1e6f : 0);
            run.RunTo(run.Now + 1);
        }

        Assert.Equal(1e6f, run.Predict(total).Mean[0], 1e5f);
        var cold = new Forecast();
        run.Forecaster.PredictCold(1, 1, Day, cold);
        for (var slot = 0; slot < Day; slot++) Assert.Equal(Weekly(run.Now + slot) / 82.9f, cold.Mean[slot], 0.02f);
    }

    [Fact]
    public void A_spike_of_one_series_does_not_bend_the_shape_of_all()
    {
        var run = new ForecasterRun();
        for (var i = 0; i < 5; i++)
        {
            var isSpiking = i == 3;
            run.Add(SeriesTier.Hot, slot => Weekly(slot) * (isSpiking && slot == (21 * Day) + 9 ? 10_000 : 1));
        }

        run.RunDays(28);
        var cold = new Forecast();
        run.Forecaster.PredictCold(1, 1, Day, cold);

        for (var slot = 0; slot < Day; slot++) Assert.Equal(Weekly(slot) / 82.9f, cold.Mean[slot], 0.6f * Weekly(slot) / 82.9f);
    }

    [Theory]
    [InlineData]
    [InlineData(0.0, 0.5)]
    [InlineData(0.5, 1.0)]
    [InlineData(0.5, 0.5)]
    [InlineData(0.9, 0.5)]
    [InlineData(double.NaN)]
    public void Levels_that_do_not_rise_between_0_and_1_are_refused(params double[] levels) =>
        Assert.Throws<ArgumentException>(() => new ForecasterRun(options: new ForecastOptions { Levels = levels }));
}
