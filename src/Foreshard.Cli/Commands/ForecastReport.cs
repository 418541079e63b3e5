using Foreshard.Autopilot;
using Foreshard.Forecasting;
using Foreshard.Profiling;

namespace Foreshard.Cli.Commands;

/// <param name="Traffic">What was read.</param>
/// <param name="Entity">Type and key; <c>total</c> for all entities together.</param>
/// <param name="IsTotal">Whether it is of all entities together.</param>
/// <param name="IsAbstaining">Whether nothing should be built on it.</param>
/// <param name="Skill">By which part its errors were smaller than those of repeating the past; null before that is known.</param>
/// <param name="ScoredDays">Days of the past on which that rests.</param>
/// <param name="MeanPerSecond">Mean over the horizon, in cost units per second.</param>
/// <param name="PeakPerSecond">The largest load that a slot stays below with a probability of 90 %, in cost units per second.</param>
/// <param name="PeakAt">When that slot begins.</param>
/// <param name="Events">Announced events that it was multiplied by.</param>
/// <param name="Slots">The forecast, slot by slot.</param>
internal sealed record ForecastReport(
    TrafficReport Traffic,
    string Entity,
    bool IsTotal,
    bool IsAbstaining,
    double? Skill,
    int ScoredDays,
    double MeanPerSecond,
    double PeakPerSecond,
    DateTime PeakAt,
    IReadOnlyList<EventReport> Events,
    IReadOnlyList<ForecastSlotReport> Slots)
{
    /// <summary>What a forecaster expects of a series.</summary>
    public static ForecastReport Of(TrafficReport traffic, string entity, bool isTotal, Forecast forecast, SlotGrid grid, IEnumerable<AnnouncedEvent> events)
    {
        var pattern = PredictedAccessPattern.Of(forecast, grid, ForecastPeak.Level, new ForecastOptions());
        return new ForecastReport(
            traffic,
            entity,
            isTotal,
            forecast.IsAbstaining,
            double.IsNaN(forecast.Skill) ? null : forecast.Skill,
            forecast.ScoredDays,
            pattern.MeanLoad,
            pattern.PeakLoad,
            pattern.PeakTime,
            [.. events.Select(EventReport.Of)],
            [.. Enumerable.Range(0, forecast.Count).Select(slot => ForecastSlotReport.Of(forecast, slot, grid))]);
    }
}

/// <param name="Time">When the slot begins.</param>
/// <param name="Mean">Expected, in cost units per second.</param>
/// <param name="Q50">Not more comes with a probability of 50 %.</param>
/// <param name="Q90">Of 90 %.</param>
/// <param name="Q95">Of 95 %.</param>
internal sealed record ForecastSlotReport(DateTime Time, double Mean, double Q50, double Q90, double Q95)
{
    public static ForecastSlotReport Of(Forecast forecast, int slot, SlotGrid grid)
    {
        var seconds = grid.SlotLength.TotalSeconds;
        return new ForecastSlotReport(
            grid.StartOf(forecast.FirstSlot + slot),
            forecast.Mean[slot] / seconds,
            forecast.Quantile(0)[slot] / seconds,
            forecast.Quantile(1)[slot] / seconds,
            forecast.Quantile(2)[slot] / seconds);
    }
}

/// <param name="Time">When the slot began.</param>
/// <param name="PerSecond">What came, in cost units per second; NaN if that isn't known.</param>
internal readonly record struct PastLoad(DateTime Time, double PerSecond);
