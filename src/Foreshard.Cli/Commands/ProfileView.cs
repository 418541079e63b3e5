using System.Globalization;
using Foreshard.Cli.Output;

namespace Foreshard.Cli.Commands;

/// <summary>Profiles on the screen.</summary>
internal static class ProfileView
{
    /// <summary>Characters of a shape: four a day of the week, or one an hour of the day.</summary>
    private const int WeekLength = 28;

    private const int DaysPerWeek = 7;
    private const int LabelsShown = 3;

    public static void Write(Terminal terminal, ProfileReport report)
    {
        report.Traffic.Write(terminal);
        var (hot, warm, cold) = report.Classes;
        terminal.Say($"{Words.Count(hot)} hot, {Words.Count(warm)} warm, {Words.Count(cold)} cold.");
        if (report.Top.Count > 0) WriteTable(terminal, report.Top);
        terminal.Output.WriteLine();
        report.Traffic.Lines.Write(terminal);
    }

    /// <summary>Entities as a table, and what its figures are.</summary>
    /// <param name="terminal">Where to print.</param>
    /// <param name="top">At least one.</param>
    public static void WriteTable(Terminal terminal, IReadOnlyList<EntityProfileReport> top)
    {
        var unit = LoadUnit.For(top.Max(one => Math.Max(one.RateSlow, one.ForecastPeak?.PerSecond ?? 0)));
        terminal.Write(Tables.Fitting(terminal.Width, top, Columns(top, unit), out var leftOut));
        terminal.Say($"Loads are in {unit.Name}: of the last quarter of an hour (fast) and day (slow), and what a slot of the next 24 h stays below "
            + "with 90 % probability (peak 24 h; in brackets: the forecast abstains, so the class goes by the present load). Times are in UTC.");
        if (leftOut.Count > 0) terminal.Say($"No room for: {string.Join(", ", leftOut)}. A wider terminal or --json show them.");
    }

    private static List<FittingColumn<EntityProfileReport>> Columns(IReadOnlyList<EntityProfileReport> top, LoadUnit unit)
    {
        var columns = new List<FittingColumn<EntityProfileReport>>
        {
            new("entity", 0, one => one.Entity),
            new("class", 0, one => one.Class),
            new(">fast", 0, one => unit.Of(one.RateFast)),
            new(">slow", 0, one => unit.Of(one.RateSlow)),
            new(">peak 24 h", 0, one => Peak(one, unit)),
            new("at", 2, one => one.ForecastPeak is { } peak ? Moment(peak.At) : Words.Unknown),
        };
        if (top.Any(one => one.Accesses is not null))
        {
            columns.Add(new(">accesses", 3, one => Words.Count(one.Accesses ?? 0)));
            columns.Add(new(">reads", 6, one => Words.Count(one.Reads ?? 0)));
            columns.Add(new(">writes", 6, one => Words.Count(one.Writes ?? 0)));
        }

        columns.Add(new("busiest", 4, one => one.PeakHourUtc is { } hour ? $"{hour:00}:00" : Words.Unknown));
        columns.Add(Shape(top));
        if (top.Any(one => one.Segments.Count > 0)) columns.Add(new("segments", 7, one => Shares(one.Segments)));
        if (top.Any(one => one.Regions.Count > 0)) columns.Add(new("regions", 8, one => Shares(one.Regions)));
        if (top.Any(one => one.GrowthPerDay is not null))
            columns.Add(new(">growth/day", 5, one => one.GrowthPerDay is { } growth ? Words.Bytes((long)growth) : Words.Unknown));
        return columns;
    }

    /// <summary>The week if a whole one is known of somebody, else the day.</summary>
    private static FittingColumn<EntityProfileReport> Shape(IReadOnlyList<EntityProfileReport> top) =>
        top.Any(one => one.Week.Count > 0 && one.WeekSlotsSeen >= one.Week.Count)
            ? new("week, Mon–Sun", 1, one => Sparkline.Of(one.Week, WeekLength))
            : new("day, 0–24 h", 1, one => Sparkline.Of(DayOf(one.Week), one.Week.Count / DaysPerWeek));

    private static float[] DayOf(IReadOnlyList<float> week)
    {
        var day = new float[week.Count / DaysPerWeek];
        for (var i = 0; i < week.Count; i++) day[i % day.Length] += week[i];
        return day;
    }

    private static string Peak(EntityProfileReport one, LoadUnit unit) => one.ForecastPeak switch
    {
        null => Words.Unknown,
        { IsAbstaining: true } peak => $"({unit.Of(peak.PerSecond)})",
        { } peak => unit.Of(peak.PerSecond),
    };

    private static string Moment(DateTime at) => at.ToString("ddd HH:mm", CultureInfo.InvariantCulture);

    private static string Shares(IReadOnlyList<ShareReport> shares)
    {
        var shown = shares.Take(LabelsShown).Select(share => $"{share.Label ?? Words.Unknown} {Words.Percent(share.Share)}");
        return string.Join(", ", shares.Count > LabelsShown ? shown.Append("…") : shown);
    }
}
