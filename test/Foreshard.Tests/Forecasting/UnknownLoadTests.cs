using Foreshard.Forecasting;

namespace Foreshard.Tests.Forecasting;

/// <summary>Loads that aren't known, or not as they would have been.</summary>
public sealed class UnknownLoadTests(ITestOutputHelper output)
{
    private const int Day = 24;
    private static readonly Func<int, float> Noisy = Shapes.Noisy(Shapes.Weekly(Day), 0.3, 2);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Days_that_are_missing_teach_nothing_of_errors(bool isHot)
    {
        var run = ForecasterRun.Of(isHot ? SeriesTier.Hot : SeriesTier.Warm, slot => slot >= 28 * Day ? float.NaN : Noisy(slot), 28 * Day);
        var before = run.Predict();
        run.RunDays(42);
        var after = run.Predict();

        output.WriteLine($"skill {before.Skill} -> {after.Skill}, width {WidthOf(before)} -> {WidthOf(after)}");

        Assert.Equal(WidthOf(before), WidthOf(after), 0.1f);
        Assert.Equal(before.Skill, after.Skill, 0.1);
        Assert.InRange(run.ErrorOf(after, Shapes.Weekly(Day)), 0, 0.2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Counts_stay_counts_when_one_slot_of_an_hour_is_missing(bool isHot)
    {
        var chance = new Chance(3);
        var counts = Enumerable.Range(0, 35 * 96).Select(slot => slot % 1000 == 7 ? float.NaN : chance.Poisson(0.6)).ToArray();
        var run = ForecasterRun.Of(isHot ? SeriesTier.Hot : SeriesTier.Warm, slot => counts[slot], counts.Length, 15);

        Assert.Equal(SeriesFlags.Sparse, run.Forecaster.At(0).Head.Flags & (SeriesFlags.Sparse | SeriesFlags.Fractional));
        Assert.Equal(1, run.Forecaster.At(0).Head.Unit);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Counts_stay_counts_after_a_sale(bool isHot)
    {
        var chance = new Chance(3);
        var run = new ForecasterRun();
        run.Add(isHot ? SeriesTier.Hot : SeriesTier.Warm, slot => chance.Poisson(slot / Day == 29 ? 16 : 2));
        run.Forecaster.Announcements.Add(null, run.Zero + (29 * Day), run.Zero + (30 * Day), 8);
        run.RunDays(35);

        Assert.Equal(SeriesFlags.Sparse, run.Forecaster.At(0).Head.Flags & (SeriesFlags.Sparse | SeriesFlags.Fractional));
        Assert.Equal(1, run.Forecaster.At(0).Head.Unit);
        Assert.Equal(48, run.Predict().Mean.ToArray().Sum(), 8f);
    }

    private static float WidthOf(Forecast forecast) =>
        (forecast.Quantile(2).ToArray().Sum() - forecast.Quantile(0).ToArray().Sum()) / forecast.Quantile(0).ToArray().Sum();
}
