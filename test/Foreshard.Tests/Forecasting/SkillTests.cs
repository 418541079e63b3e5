using Foreshard.Forecasting;

namespace Foreshard.Tests.Forecasting;

public sealed class SkillTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_noisy_day_and_week_is_forecast_better_than_by_repeating_it(bool isHot)
    {
        var forecast = ForecastOf(isHot, Shapes.Noisy(Shapes.Weekly(24), 0.4, 3), 40);

        output.WriteLine($"{forecast.Skill}");
        Assert.InRange(forecast.Skill, 0.1, 0.5);
        Assert.False(forecast.IsAbstaining);
        Assert.InRange(forecast.ScoredDays, 37, 39);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_series_that_repeats_exactly_can_be_built_on(bool isHot)
    {
        foreach (var load in (Func<int, float>[])[Shapes.Weekly(24), Shapes.Daily(24), _ => 700, slot => slot % 24 == 3 ? 5000 : 20])
        {
            var forecast = ForecastOf(isHot, load, 40);
            output.WriteLine($"{forecast.Skill}");
            Assert.InRange(forecast.Skill, -1e-6, 1);
            Assert.False(forecast.IsAbstaining);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_walk_at_random_is_hardly_forecast_better_than_by_its_last_day(bool isHot)
    {
        var level = 0.0;
        var walk = Enumerable.Range(0, 40 * 24).Select(slot => (float)(100 * Math.Exp(level += 0.3 * (Shapes.PartAt(9, slot) - 0.5)))).ToArray();
        var forecast = ForecastOf(isHot, slot => walk[slot], 40);

        output.WriteLine($"{forecast.Skill}");
        Assert.InRange(forecast.Skill, -0.3, 0.3);
    }

    [Fact]
    public void Where_the_past_never_repeats_a_forecast_abstains()
    {
        // Each day is the last one's mirror image, and each week another: whoever averages is wrong.
        var options = new ForecastOptions { SkillMin = 0.6 };
        var run = new ForecasterRun(options: options);
        run.Add(SeriesTier.Hot, slot => (float)(100 * Shapes.PartAt(4, slot)));
        run.RunDays(40);

        Assert.InRange(run.Predict().Skill, -0.5, 0.6);
        Assert.True(run.Predict().IsAbstaining);
    }

    [Fact]
    public void A_young_series_abstains_until_three_days_were_scored()
    {
        var run = new ForecasterRun();
        run.Add(SeriesTier.Hot, Shapes.Noisy(Shapes.Daily(24), 0.3, 3));
        for (var day = 1; day < 4; day++)
        {
            run.RunDays(day);
            Assert.Equal((day - 1, double.NaN, true), (run.Predict().ScoredDays, run.Predict().Skill, run.Predict().IsAbstaining));
        }

        run.RunDays(4);
        Assert.True(double.IsFinite(run.Predict().Skill));
    }

    [Fact]
    public void A_day_old_series_knows_that_it_knows_little()
    {
        var run = new ForecasterRun();
        run.Add(SeriesTier.Hot, Shapes.Noisy(Shapes.Daily(24), 0.5, 3));
        foreach (var hours in (int[])[5, 23, 30, 47])
        {
            run.RunTo(hours);
            var forecast = run.Predict();
            output.WriteLine($"{hours} h: {forecast.Quantile(2).ToArray().Sum() / forecast.Mean.ToArray().Sum()}");
            Assert.True(forecast.Quantile(2).ToArray().Sum() > 1.15f * forecast.Mean.ToArray().Sum());
        }
    }

    private static Forecast ForecastOf(bool isHot, Func<int, float> load, int days) =>
        ForecasterRun.Of(isHot ? SeriesTier.Hot : SeriesTier.Warm, load, days * 24).Predict();
}
