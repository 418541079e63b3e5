using Foreshard.Forecasting;

namespace Foreshard.Tests.Forecasting;

/// <summary>Series whose future is known: hourly.</summary>
public sealed class KnownAnswerTests(ITestOutputHelper output)
{
    private const int Day = 24;
    private const int Week = 7 * Day;
    private static readonly Func<int, float> Weekly = Shapes.Weekly(Day);
    private static readonly Func<int, float> Noisy = Shapes.Noisy(Weekly, 0.2, 1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_day_that_repeats_is_forecast_as_it_was(bool isHot)
    {
        var daily = Shapes.Daily(Day);
        var run = ForecasterRun.Of(TierOf(isHot), daily, 35 * Day);

        Near(run, daily, Day, 0.01);
        Near(run, daily, Week, 0.01);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Weekdays_and_weekends_are_told_apart(bool isHot)
    {
        foreach (var days in (int[])[32, 33, 35])
        {
            var run = ForecasterRun.Of(TierOf(isHot), Weekly, days * Day);
            Near(run, Weekly, Day, 0.01);
            Near(run, Weekly, Week, 0.01);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Growth_of_a_percent_a_day_goes_on(bool isHot)
    {
        float Growing(int slot) => Weekly(slot) * (float)Math.Pow(1.01, slot / (double)Day);
        var run = ForecasterRun.Of(TierOf(isHot), Growing, 40 * Day);

        Near(run, Growing, Day, 0.04);
        Near(run, Growing, Week, 0.07);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Two_days_after_a_level_shift_the_new_level_is_forecast(bool isHot)
    {
        foreach (var times in (float[])[2.5f, 0.3f])
        {
            float Shifted(int slot) => Noisy(slot) * (slot >= 36 * Day ? times : 1);
            var run = ForecasterRun.Of(TierOf(isHot), Shifted, 38 * Day);
            Near(run, Shifted, Day, 0.3);
            run.RunDays(45);
            Near(run, Shifted, Day, 0.15);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_single_spike_of_fifty_times_does_not_echo(bool isHot)
    {
        float Spiking(int slot) => Noisy(slot) * (slot == (37 * Day) + 14 ? 50 : 1);
        var run = ForecasterRun.Of(TierOf(isHot), Spiking, 38 * Day);
        Near(run, Weekly, Day, 0.1);
        Assert.InRange(run.Predict().Mean[14], 0.7f * Weekly(14), 1.8f * Weekly(14));

        run.RunDays(44);
        Near(run, Weekly, Day, 0.1);
        Assert.InRange(run.Predict().Mean[14], 0.7f * Weekly(14), 1.8f * Weekly(14));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_day_without_load_in_the_past_is_a_holiday_and_not_the_rule(bool isHot)
    {
        float Holiday(int slot) => slot / Day == 36 ? 0 : Noisy(slot);
        var run = ForecasterRun.Of(TierOf(isHot), Holiday, 39 * Day);

        Near(run, Weekly, Day, 0.1);
        run.RunDays(43);
        Near(run, Weekly, Day, 0.4);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Missing_loads_are_no_zeros(bool isHot)
    {
        float Gappy(int slot) => slot / Day == 30 || slot % 17 == 3 || slot >= (36 * Day) - 5 ? float.NaN : Weekly(slot);
        var run = ForecasterRun.Of(TierOf(isHot), Gappy, 36 * Day);

        Near(run, Weekly, Day, 0.05);
        Near(run, Weekly, Week, 0.05);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_silent_series_stays_silent(bool isHot)
    {
        foreach (var days in (int[])[0, 1, 10, 40])
        {
            var forecast = ForecasterRun.Of(TierOf(isHot), _ => 0, days * Day).Predict(slots: Week);

            Assert.All(forecast.Mean.ToArray(), mean => Assert.Equal(0, mean));
            Assert.All(forecast.Quantile(2).ToArray(), quantile => Assert.Equal(0, quantile));
            Assert.True(forecast.IsAbstaining);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_series_that_died_is_given_up_within_a_week(bool isHot)
    {
        float Dying(int slot) => slot >= 36 * Day ? 0 : Noisy(slot);
        var run = ForecasterRun.Of(TierOf(isHot), Dying, 43 * Day);
        var expected = Enumerable.Range(0, Day).Sum(slot => Weekly(slot));

        Assert.InRange(run.Predict().Mean.ToArray().Sum(), 0, 0.1f * expected);
        run.RunDays(90);
        Assert.InRange(run.Predict(slots: Week).Mean.ToArray().Sum(), 0, 1e-3f * expected);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Small_loads_are_seen_again_after_one_that_was_a_million_times_larger(bool isHot)
    {
        float Bulk(int slot) => slot == 2 ? 1e8f : Weekly(slot);
        var run = ForecasterRun.Of(TierOf(isHot), Bulk, 70 * Day);

        Near(run, Weekly, Day, 0.1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_young_series_has_the_shape_of_the_population(bool isHot)
    {
        var run = new ForecasterRun();
        for (var i = 0; i < 5; i++) run.Add(TierOf(isHot), Shapes.Noisy(Weekly, 0.1, i));
        run.RunTo((35 * Day) + 9);
        float Tenfold(int slot) => 10 * Weekly(slot);
        var young = run.Add(TierOf(isHot), Tenfold);
        run.RunTo((35 * Day) + 14);

        var forecast = run.Predict(young, Week);

        Assert.True(forecast.IsAbstaining);
        Assert.Equal(double.NaN, forecast.Skill);
        Assert.InRange(run.ErrorOf(forecast, Tenfold), 0, 0.1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Counts_are_forecast_without_bias_and_their_quantiles_cover(bool isHot)
    {
        foreach (var mean in (double[])[0.05, 0.5, 3])
        {
            var run = new ForecasterRun();
            float Rare(int seed, int slot) => new Chance((seed * 100_000) + slot).Poisson(mean * Weekly(slot) / 83);
            for (var i = 0; i < 60; i++)
            {
                var seed = i;
                run.Add(TierOf(isHot), slot => Rare(seed, slot));
            }

            var (sum, came, covered) = (0.0, 0.0, 0);
            for (var day = 36; day < 43; day++)
            {
                run.RunDays(day);
                for (var i = 0; i < 60; i++)
                {
                    var forecast = run.Predict(i);
                    for (var slot = 0; slot < Day; slot++)
                    {
                        var actual = Rare(i, run.Now + slot);
                        (sum, came) = (sum + forecast.Mean[slot], came + actual);
                        if (actual <= MathF.Ceiling(forecast.Quantile(1)[slot])) covered++;
                    }
                }
            }

            output.WriteLine($"{TierOf(isHot)} {mean}: bias {sum / came}, covered {covered / (60.0 * Week)}");
            Assert.InRange(sum / came, 0.95, 1.05);
            Assert.InRange(covered / (60.0 * Week), 0.89, 0.995);
        }
    }

    private static SeriesTier TierOf(bool isHot) => isHot ? SeriesTier.Hot : SeriesTier.Warm;

    private void Near(ForecasterRun run, Func<int, float> load, int slots, double tolerance)
    {
        var error = run.ErrorOf(run.Predict(slots: slots), load);
        output.WriteLine($"day {run.Now / Day}, {run.Forecaster.TierOf(0)}, {slots} slots: {error:0.0000} of {tolerance}");
        Assert.InRange(error, 0, tolerance);
    }
}
