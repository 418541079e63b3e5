using Foreshard.Forecasting;
using Foreshard.Profiling;

namespace Foreshard.Benchmarks;

/// <summary>All series of M4 through one forecaster, hour by hour, all ending at the same hour; the short ones miss their beginning.</summary>
internal sealed class M4Stream
{
    private readonly List<M4Series> all;
    private readonly Forecaster forecaster;
    private readonly Forecast forecast = new();

    private M4Stream(List<M4Series> all, SeriesTier tier)
    {
        this.all = all;
        forecaster = new Forecaster(new SlotGrid(TimeSpan.FromHours(1)), new ForecastOptions { Levels = [0.025, 0.5, 0.975] });
        foreach (var _ in all) forecaster.Add(tier);
    }

    /// <summary>The scores of the test part.</summary>
    /// <param name="all">The series.</param>
    /// <param name="tier">How much each remembers.</param>
    /// <param name="cpu">Processor time of the whole: observing, learning and forecasting of all series.</param>
    public static M4Score Test(List<M4Series> all, SeriesTier tier, out TimeSpan cpu)
    {
        var from = Environment.CpuUsage.TotalTime;
        var score = new M4Stream(all, tier).Run([0])[0];
        cpu = Environment.CpuUsage.TotalTime - from;
        return score;
    }

    /// <summary>The scores of the 48 h after each of several moments before the end of the training part, by nothing but what came before.</summary>
    /// <param name="all">The series.</param>
    /// <param name="tier">How much each remembers.</param>
    /// <param name="hoursBefore">The moments, at least 48 h before the end.</param>
    public static List<M4Score> Inside(List<M4Series> all, SeriesTier tier, IReadOnlyList<int> hoursBefore) => new M4Stream(all, tier).Run(hoursBefore);

    /// <summary>What is known at an origin of a series, and what came then.</summary>
    public static (ReadOnlyMemory<float> Known, ReadOnlyMemory<float> Actual) At(M4Series series, int hoursBefore) => hoursBefore == 0
        ? (series.Train, series.Test)
        : (series.Train.AsMemory(0, series.Train.Length - hoursBefore), series.Train.AsMemory(series.Train.Length - hoursBefore, M4Data.Horizon));

    private List<M4Score> Run(IReadOnlyList<int> hoursBefore)
    {
        var scores = hoursBefore.Select(_ => new M4Score()).ToList();
        var length = all.Max(series => series.Train.Length);
        for (var hour = 0; hour <= length; hour++)
        {
            for (var i = 0; i < hoursBefore.Count; i++)
            {
                if (hoursBefore[i] == length - hour) Score(hoursBefore[i], scores[i]);
            }

            if (hour == length) break;
            for (var i = 0; i < all.Count; i++)
            {
                var at = hour - length + all[i].Train.Length;
                forecaster.Observe(i, at < 0 ? float.NaN : all[i].Train[at]);
            }

            forecaster.Close();
        }

        return scores;
    }

    private void Score(int hoursBefore, M4Score score)
    {
        for (var i = 0; i < all.Count; i++)
        {
            forecaster.Predict(i, M4Data.Horizon, forecast);
            var (known, actual) = At(all[i], hoursBefore);
            score.Add(known.Span, actual.Span, forecast.Quantile(1), forecast.Quantile(0), forecast.Quantile(2));
        }
    }
}
