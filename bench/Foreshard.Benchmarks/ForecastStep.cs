using System.Diagnostics;
using Foreshard.Forecasting;
using Foreshard.Profiling;

namespace Foreshard.Benchmarks;

/// <summary>What a series costs each hour, once it knows four weeks and more: observing and closing, learning, forecasting a day.</summary>
/// <remarks>
/// A series learns once a day, at an hour that its number tells. Those whose hours would be the last six of the day are removed before the
/// first load, so that the hours of which nobody learns show what closing costs alone.
/// </remarks>
internal static class ForecastStep
{
    private const int Numbers = 4096;
    private const int Day = 24;
    private const int FirstFreeHour = 18;
    private const int WarmUpDays = 28;
    private const int MeasuredDays = 14;
    private const int Horizon = 24;
    private const int PredictRounds = 41;

    /// <summary>Rounds before: until the compiler's last version of the code is in use takes a while.</summary>
    private const int PredictWarmUp = 100;

    public static void Run()
    {
        Bars.Say($"per series and hour, after {WarmUpDays} days: medians over {MeasuredDays} days, of learning the mean, in nanoseconds");
        Bars.Say($"{"",-12} {"observe",8} {"close",8} {"update",8} {"learning",9} {"24 h ahead",10}");
        var worstUpdate = 0.0;
        var worstForecast = 0.0;
        foreach (var tier in (SeriesTier[])[SeriesTier.Hot, SeriesTier.Warm])
        {
            foreach (var isSparse in (bool[])[false, true])
            {
                var (update, forecast) = Measure(tier, isSparse);
                worstUpdate = Math.Max(worstUpdate, update);
                worstForecast = Math.Max(worstForecast, forecast);
            }
        }

        Bars.Print("forecast-update-ns", worstUpdate, 50);
        Bars.Print("forecast-24-ns", worstForecast, 1000);
    }

    private static (double Update, double Forecast) Measure(SeriesTier tier, bool isSparse)
    {
        var forecaster = new Forecaster(new SlotGrid(TimeSpan.FromHours(1)), new ForecastOptions());
        for (var i = 0; i < Numbers; i++) forecaster.Add(tier);
        var series = Enumerable.Range(0, Numbers).Where(i => i % Day < FirstFreeHour).ToArray();
        for (var i = 0; i < Numbers; i++)
        {
            if (i % Day >= FirstFreeHour) forecaster.Remove(i);
        }

        var source = new SyntheticLoad(7);
        var loads = new float[series.Length];
        var observing = new List<double>();
        var closing = Enumerable.Range(0, Day).Select(_ => new List<double>()).ToArray();
        for (var hour = 0; hour < (WarmUpDays + MeasuredDays) * Day; hour++)
        {
            for (var i = 0; i < series.Length; i++) loads[i] = isSparse ? source.Sparse(series[i], hour) : source.Dense(series[i], hour);
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < series.Length; i++) forecaster.Observe(series[i], loads[i]);
            var observed = Stopwatch.GetTimestamp();
            forecaster.Close();
            var closed = Stopwatch.GetTimestamp();
            if (hour < WarmUpDays * Day) continue;
            observing.Add(Stopwatch.GetElapsedTime(start, observed).TotalNanoseconds / series.Length);
            closing[forecaster.Open % Day].Add(Stopwatch.GetElapsedTime(observed, closed).TotalNanoseconds / series.Length);
        }

        var observe = Bars.Median(observing);
        var close = Bars.Median(closing[FirstFreeHour..].SelectMany(times => times));
        var learn = closing[..FirstFreeHour].Sum(times => times.Average() - close) / Day;
        var forecast = Forecast(forecaster, series);
        var name = $"{(tier == SeriesTier.Hot ? "hot" : "warm")}, {(isSparse ? "sparse" : "dense")}";
        Bars.Say($"{name,-12} {observe,8:0.0} {close,8:0.0} {observe + close,8:0.0} {learn,9:0.0} {forecast,10:0}");
        return (observe + close, forecast);
    }

    private static double Forecast(Forecaster forecaster, int[] series)
    {
        var forecast = new Forecast();
        for (var round = 0; round < PredictWarmUp; round++) PredictAll();
        return Bars.Median(Bars.Measure(PredictRounds, series.Length, PredictAll)[0]);

        void PredictAll()
        {
            foreach (var number in series) forecaster.Predict(number, Horizon, forecast);
        }
    }
}
