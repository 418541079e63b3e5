using System.Globalization;
using Foreshard.Simulation.AccessLogs;
using Foreshard.Simulation.Replay;

namespace Foreshard.Benchmarks;

/// <summary>Forecasts of single machines' and tickers' metrics from the Numenta Anomaly Benchmark: the anomalies are in what is forecast, too.</summary>
/// <remarks>
/// Each series by itself, so that nothing is learnt from others, in slots as published: an hour, 30 or 5 minutes. A day ahead on the last seven
/// days, or as many as leave a week of history. The series have different units, so a folder's figures are means over its series.
/// </remarks>
internal static class NabBench
{
    private const int HistoryDays = 7;
    private const int OriginsMax = 7;

    private static readonly string[] Folders = ["realAdExchange", "realKnownCause", "realTweets", "realAWSCloudwatch"];

    public static void Run()
    {
        var folders = Folders.Select(Try).ToList();
        Bars.Say($"the goal of each is the best of the other methods");
        for (var i = 0; i < Folders.Length; i++)
        {
            foreach (var (method, tier) in (ReadOnlySpan<(string, string)>)[(ForecastTrial.Hot, ""), (ForecastTrial.Warm, "-warm")])
                Bars.Print($"nab-wape-{Folders[i]}{tier}", TrialTable.Of(folders[i], method).Wape, TrialTable.BestOther(folders[i], score => score.Wape));
        }
    }

    /// <returns>The means over the series.</returns>
    private static List<TrialRow> Try(string folder)
    {
        var tried = new List<List<TrialRow>>();
        Bars.Say($"{folder}, WAPE:");
        Bars.Say($"{"",-34} {"days",4} {"hot",8} {"warm",8} {"day",8} {"week",8} {"mean",8} {"median",8}");
        foreach (var file in Directory.GetFiles(BenchmarkData.PathOf("nab/" + folder), "*.csv.gz").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(file);
            var history = LoadHistory.Of(BenchmarkData.Table($"nab/{folder}/{name}", TableOrientation.SlotPerRow));
            var origins = Math.Min(OriginsMax, (history.Slots / history.Grid.SlotsPerDay) - HistoryDays);
            var title = name.Split('.')[0];
            if (title.Length > 34) title = title[..33] + "…";
            if (origins < 1)
            {
                Bars.Say($"{title,-34} left out: {history.Slots / (double)history.Grid.SlotsPerDay:0.0} days are too short");
                continue;
            }

            var rows = ForecastTrial.Run(history, origins, groups: 1, hasSpar: false);
            tried.Add(rows);
            var wapes = rows
                .Where(row => row.Method is not ("the same, Poisson quantile" or "nothing at all"))
                .Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.Score.Wape,8:0.000}"));
            Bars.Say($"{title,-34} {origins,4} {string.Join(' ', wapes)}");
        }

        var means = tried[0].Select((row, i) => row with { Score = Mean([.. tried.Select(rows => rows[i].Score)]) }).ToList();
        Bars.Say($"{folder}, means over {tried.Count} series:");
        TrialTable.Print(means);
        foreach (var row in means.Where(row => row.IsOurs))
        {
            var best = tried.Count(rows => TrialTable.Of(rows, row.Method).Wape <= TrialTable.BestOther(rows, score => score.Wape));
            Bars.Say($"{row.Method}: of all methods the least WAPE in {best} of {tried.Count} series");
        }

        return means;
    }

    private static BacktestScore Mean(List<BacktestScore> scores) => new(
        "all",
        BacktestMethod.Foreshard,
        scores.Count,
        scores.Sum(score => score.Load),
        scores.Average(score => score.Wape),
        scores.Average(score => score.Mase),
        scores.Average(score => score.Wql50),
        scores.Average(score => score.Wql90),
        scores.Average(score => score.Coverage90),
        scores.Average(score => score.Bias),
        scores.Average(score => score.GroupWape));
}
