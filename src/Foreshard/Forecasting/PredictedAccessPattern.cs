using Foreshard.Profiling;

namespace Foreshard.Forecasting;

/// <summary>What is expected of one entity over a horizon, in one value: what placement is decided by.</summary>
/// <param name="MeanLoad">Mean load over the horizon, in cost units per second.</param>
/// <param name="PeakMean">Largest mean of a slot, in cost units per second.</param>
/// <param name="PeakLoad">Largest load that a slot stays below with probability <paramref name="PeakLevel"/>, in cost units per second.</param>
/// <param name="PeakLevel">That probability.</param>
/// <param name="PeakTime">When the slot of <paramref name="PeakLoad"/> begins, UTC.</param>
/// <param name="GrowthBytesPerDay">By how much the entity grows; NaN if sizes aren't known.</param>
/// <param name="GrowthError">Standard error of the growth, in bytes per day; NaN if sizes aren't known.</param>
/// <param name="Skill">As <see cref="Forecast.Skill"/>.</param>
/// <param name="IsAbstaining">As <see cref="Forecast.IsAbstaining"/>: then only reacting is sound.</param>
internal readonly record struct PredictedAccessPattern(
    double MeanLoad,
    double PeakMean,
    double PeakLoad,
    double PeakLevel,
    DateTime PeakTime,
    double GrowthBytesPerDay,
    double GrowthError,
    double Skill,
    bool IsAbstaining)
{
    /// <summary>Reads a forecast.</summary>
    /// <param name="forecast">Of at least one slot.</param>
    /// <param name="grid">How its time is cut.</param>
    /// <param name="level">Index of the quantile that peaks are taken from.</param>
    /// <param name="options">What the quantiles are.</param>
    /// <param name="growthBytesPerDay">From the entity's profile; NaN if not known.</param>
    /// <param name="growthError">Its standard error; NaN if not known.</param>
    public static PredictedAccessPattern Of(
        Forecast forecast, SlotGrid grid, int level, ForecastOptions options, double growthBytesPerDay = double.NaN, double growthError = double.NaN)
    {
        var quantile = forecast.Quantile(level);
        var peak = 0;
        var sum = 0.0;
        var largestMean = 0f;
        for (var i = 0; i < forecast.Count; i++)
        {
            if (quantile[i] > quantile[peak]) peak = i;
            sum += forecast.Mean[i];
            largestMean = Math.Max(largestMean, forecast.Mean[i]);
        }

        var seconds = grid.SlotLength.TotalSeconds;
        return new PredictedAccessPattern(
            sum / forecast.Count / seconds,
            largestMean / seconds,
            quantile[peak] / seconds,
            options.Levels[level],
            grid.StartOf(forecast.FirstSlot + ((long)peak * forecast.SlotsPerStep)),
            growthBytesPerDay,
            growthError,
            forecast.Skill,
            forecast.IsAbstaining);
    }
}
