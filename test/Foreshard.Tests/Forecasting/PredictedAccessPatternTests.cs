using Foreshard.Forecasting;
using Foreshard.Profiling;

namespace Foreshard.Tests.Forecasting;

public sealed class PredictedAccessPatternTests
{
    private static readonly SlotGrid Minutes = new(TimeSpan.FromMinutes(5));
    private static readonly DateTime Noon = new(2026, 3, 2, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void Loads_are_per_second_and_the_peak_is_the_first_slot_of_the_largest_quantile()
    {
        var forecast = new Forecast();
        forecast.Reset(Minutes.SlotOf(Noon), 4, 2);
        ((ReadOnlySpan<float>)[300, 900, 600, 0]).CopyTo(forecast.Mean);
        ((ReadOnlySpan<float>)[300, 600, 600, 0]).CopyTo(forecast.Quantile(0));
        ((ReadOnlySpan<float>)[600, 1500, 3000, 3000]).CopyTo(forecast.Quantile(1));
        forecast.Skill = 0.25;
        forecast.IsAbstaining = true;

        var options = new ForecastOptions { Levels = [0.5, 0.9] };
        var pattern = PredictedAccessPattern.Of(forecast, Minutes, 1, options, growthBytesPerDay: 7, growthError: 2);

        Assert.Equal(new PredictedAccessPattern(1.5, 3, 10, 0.9, Noon.AddMinutes(10), 7, 2, 0.25, true), pattern);
        Assert.Equal(DateTimeKind.Utc, pattern.PeakTime.Kind);
        Assert.Equal((2, 0.5, Noon.AddMinutes(5)), PeakOf(PredictedAccessPattern.Of(forecast, Minutes, 0, options)));
    }

    [Fact]
    public void Growth_that_is_not_known_is_no_number()
    {
        var forecast = new Forecast();
        forecast.Reset(0, 1, 1);

        var pattern = PredictedAccessPattern.Of(forecast, Minutes, 0, new ForecastOptions { Levels = [0.9] });

        Assert.Equal((double.NaN, double.NaN, 0), (pattern.GrowthBytesPerDay, pattern.GrowthError, pattern.PeakLoad));
    }

    private static (double, double, DateTime) PeakOf(PredictedAccessPattern pattern) => (pattern.PeakLoad, pattern.PeakLevel, pattern.PeakTime);
}
