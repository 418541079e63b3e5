using System.Globalization;
using Foreshard.Cli.Output;

namespace Foreshard.Cli.Commands;

/// <summary>Forecasts on the screen.</summary>
internal static class ForecastView
{
    private static readonly TimeSpan PastShown = TimeSpan.FromDays(2);

    public static void Write(Terminal terminal, ForecastReport report, IReadOnlyList<PastLoad> past)
    {
        report.Traffic.Write(terminal);
        var unit = LoadUnit.For(Math.Max(report.PeakPerSecond, past.Select(one => one.PerSecond).Where(double.IsFinite).DefaultIfEmpty().Max()));
        var subject = report.IsTotal ? "all entities together" : report.Entity;
        var last = report.Slots[^1].Time + TimeSpan.FromSeconds(report.Traffic.SlotSeconds);
        terminal.Say($"Forecast of {subject} from {Words.Moment(report.Slots[0].Time)} to {Words.Moment(last)} UTC: "
            + $"{unit.Of(report.MeanPerSecond)} {unit.Name} in the mean; a slot stays below "
            + $"{unit.Of(report.PeakPerSecond)} with 90 % probability, the most at {Words.Moment(report.PeakAt)}.");
        terminal.Say(Trust(report));
        foreach (var one in report.Events) terminal.Say($"Announced: {one.Sentence()}");
        terminal.Output.WriteLine();
        terminal.Output.WriteLine($"{unit.Name}; times in UTC");
        var shown = past.Where(one => one.Time >= report.Slots[0].Time - PastShown).Select(one => new LoadChart.Bar(one.Time, one.PerSecond, 0, 0));
        var bars = shown.Concat(report.Slots.Select(slot => new LoadChart.Bar(slot.Time, double.NaN, slot.Mean, slot.Q90))).ToList();
        foreach (var line in LoadChart.Draw(bars, report.Slots.Count, terminal.Width, unit)) terminal.Output.WriteLine(line);
        terminal.Output.WriteLine(LoadChart.Legend);
        WriteTable(terminal, report, unit);
    }

    private static string Trust(ForecastReport report)
    {
        var days = Words.Count(report.ScoredDays, "day");
        if (report.Skill is not { } skill)
            return $"It abstains: it could be compared with what came on {days} only, and 3 are needed. Build nothing on it.";
        var than = skill >= 0 ? "smaller" : "larger";
        var compared = $"errors a day ahead were {Words.Percent(Math.Abs(skill))} {than} than those of repeating the day or the week before (over {days})";
        return report.IsAbstaining ? $"It abstains: its {compared}. Build nothing on it." : $"Its {compared}.";
    }

    /// <summary>A line a slot; of many short slots, a line an hour, with the means of means and the largest quantiles.</summary>
    private static void WriteTable(Terminal terminal, ForecastReport report, LoadUnit unit)
    {
        var perHour = (int)(TimeSpan.FromHours(1).TotalSeconds / report.Traffic.SlotSeconds);
        var isByHour = perHour > 1 && report.Slots.Count > perHour;
        var rows = isByHour
            ? report.Slots.GroupBy(slot => slot.Time.Ticks / TimeSpan.TicksPerHour)
                .Select(hour => new ForecastSlotReport(
                    hour.First().Time, hour.Average(slot => slot.Mean), hour.Max(slot => slot.Q50), hour.Max(slot => slot.Q90), hour.Max(slot => slot.Q95)))
                .ToList()
            : report.Slots;
        if (isByHour) terminal.Say("By the hour: its mean, and the largest quantiles of its slots. --json and --csv have every slot.");
        var table = Tables.Of("from", ">mean", ">q50", ">q90", ">q95");
        foreach (var row in rows)
        {
            table.Row(
                row.Time.ToString("ddd yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                unit.Of(row.Mean),
                unit.Of(row.Q50),
                unit.Of(row.Q90),
                unit.Of(row.Q95));
        }

        terminal.Write(table);
    }
}
