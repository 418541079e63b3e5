using Foreshard.Simulation.AccessLogs;

namespace Foreshard.Benchmarks;

/// <summary>Forecasts of a sparse and very regular load: bikes taken from 70 stations of the Bay Area's bike share, by the hour, in 2014.</summary>
/// <remarks>
/// A day ahead on seven days in a row, 25 to 31 October, with eight weeks of history: 77 % of the hours of a station are 0. A group is
/// every eighth station, as a partition would be. What parameters are chosen by are the two weeks before 18 October.
/// </remarks>
internal static class BikesBench
{
    private const int HistoryDays = 8 * 7;
    private const int Groups = 8;

    private static readonly DateTime End = new(2014, 11, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime TuningEnd = new(2014, 10, 18, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>Medians and means.</summary>
    public static void Wape()
    {
        var rows = Tables();
        foreach (var (method, suffix) in (ReadOnlySpan<(string, string)>)[(ForecastTrial.Hot, ""), (ForecastTrial.Warm, "-warm")])
        {
            var score = TrialTable.Of(rows, method);
            Bars.Print("bikes-wape" + suffix, score.Wape, 0.66);
            Bars.Print("bikes-group-wape" + suffix, score.GroupWape, 0.357);
        }
    }

    /// <summary>Quantiles.</summary>
    public static void Wql90()
    {
        var rows = Tables();
        foreach (var (method, suffix) in (ReadOnlySpan<(string, string)>)[(ForecastTrial.Hot, ""), (ForecastTrial.Warm, "-warm")])
        {
            var score = TrialTable.Of(rows, method);
            Bars.Print("bikes-wql90" + suffix, score.Wql90, 0.45);
            Bars.PrintWithin("bikes-coverage90" + suffix, score.Coverage90, 0.88, 0.94);
        }
    }

    private static List<TrialRow> Tables()
    {
        var all = LoadHistory.Of(BenchmarkData.Table("bayarea-bikeshare-2014/hourly_wide.csv.gz", TableOrientation.SlotPerRow));
        Bars.Say($"two weeks before 18 October, which is what parameters are chosen by:");
        TrialTable.Print(Try(all, TuningEnd, origins: 14));
        Bars.Say($"25 to 31 October:");
        var rows = Try(all, End, origins: 7);
        TrialTable.Print(rows);
        return rows;
    }

    private static List<TrialRow> Try(LoadHistory all, DateTime end, int origins) =>
        ForecastTrial.Run(all.Before(end, HistoryDays + origins), origins, Groups, hasSpar: true);
}
