using System.CommandLine;
using Foreshard.Cli.Output;
using Foreshard.Forecasting;
using Foreshard.Profiling;
using Foreshard.Simulation.AccessLogs;
using Foreshard.Simulation.Replay;

namespace Foreshard.Cli.Commands;

/// <summary>Tells who is hot, warm and cold in recorded traffic.</summary>
internal sealed class ProfileCommand : TrafficCommand
{
    private const string CsvHeader =
        "entity,class,rate_fast,rate_slow,accesses,reads,writes,cost,first_seen,last_access,"
        + "peak_hour_utc,forecast_peak,forecast_peak_at,abstains,growth_per_day";

    private readonly Option<int> top = NumberOption("--top", "How many entities to show", 20, number => number >= 0, "a number that isn't negative");

    private readonly Option<string?> profiles =
        TextOption("--profiles", "FILE", "Go on from the profiles in this file, if it is there, and save them to it: for logs that come day by day");

    public ProfileCommand(Terminal terminal)
        : base("profile", "Show who is hot, warm and cold in an access log", terminal)
    {
        Add(top);
        Add(profiles);
    }

    protected override SavedProfiles? SavedOf(ParseResult arguments) =>
        arguments.GetValue(profiles) is { } file ? new SavedProfiles(file, Terminal) : null;

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var path = arguments.GetRequiredValue(Log);
        var report = await ReadAsync(
            arguments,
            hasProfiles: true,
            () => LogLines.Open(path),
            (feed, bar) =>
            {
                RunToEnd(feed, path, bar, cancellationToken);
                return Look(feed, arguments, path);
            },
            cancellationToken);
        if (IsTextWanted(arguments)) Print(arguments, report, CliJson.Report.ProfileReport, report => ProfileView.Write(Terminal, report));
        return ExitCode.Done;
    }

    private ProfileReport Look(TrafficFeed feed, ParseResult arguments, string path)
    {
        var (replay, last) = (feed.Replay, feed.End - 1);
        var patterns = Forecasts(replay);
        var loads = Classify(replay, last, patterns);
        var classes = new ClassesReport(0, 0, 0);
        foreach (var summary in replay.Profiles.Summaries(last)) classes = classes.And(summary.Class);
        var file = arguments.GetValue(Csv);
        var entities = loads.OrderByDescending(one => one.Value).ThenBy(one => one.Key)
            .Take(file is null ? arguments.GetValue(top) : int.MaxValue)
            .Select(one => EntityProfileReport.Of(
                replay.Profiles.Find(one.Key, last)!, PatternOf(patterns, one.Key), replay.Grid, hasAccesses: feed.Cells is null));
        if (file is not null) entities = WriteCsv(arguments, file, entities).ToList();
        return new ProfileReport(
            TrafficReport.Of(feed, path, CapacityOf(arguments) is not null), classes, [.. entities.Take(arguments.GetValue(top))]);
    }

    /// <summary>What is expected of each entity in the 24 hours after the log.</summary>
    private static Dictionary<EntityKey, PredictedAccessPattern> Forecasts(TrafficReplay replay)
    {
        var options = new ForecastOptions();
        var forecast = new Forecast();
        var patterns = new Dictionary<EntityKey, PredictedAccessPattern>(replay.Entities.Count);
        foreach (var entity in replay.Entities)
        {
            replay.Forecaster.Predict(replay.SeriesOf(entity)!.Value, replay.Grid.SlotsPerDay, forecast);
            patterns.Add(entity, PredictedAccessPattern.Of(forecast, replay.Grid, ForecastPeak.Level, options));
        }

        return patterns;
    }

    /// <summary>Classes as if the forecast had held for as long as it takes to enter any.</summary>
    /// <returns>The load that each entity's class goes by.</returns>
    private static Dictionary<EntityKey, double> Classify(TrafficReplay replay, long last, Dictionary<EntityKey, PredictedAccessPattern> patterns)
    {
        var loads = replay.Profiles.Summaries(last).ToDictionary(
            summary => summary.Entity,
            summary => PatternOf(patterns, summary.Entity) is { IsAbstaining: false } pattern ? pattern.PeakLoad : summary.Cost.Larger);
        for (var i = 0; i < ClassState.IntervalsToEnter; i++) replay.Profiles.Classify(replay.Capacity, last, entity => loads[entity]);
        return loads;
    }

    private static PredictedAccessPattern? PatternOf(Dictionary<EntityKey, PredictedAccessPattern> patterns, EntityKey entity) =>
        patterns.TryGetValue(entity, out var pattern) ? pattern : null;

    private IEnumerable<EntityProfileReport> WriteCsv(ParseResult arguments, string path, IEnumerable<EntityProfileReport> entities)
    {
        using var csv = CsvText.Create(path, Terminal, CsvHeader);
        foreach (var one in entities)
        {
            csv.Row(
                InFile(arguments, one.Entity),
                one.Class,
                CsvText.Of(one.RateFast),
                CsvText.Of(one.RateSlow),
                CsvText.Of(one.Accesses),
                CsvText.Of(one.Reads),
                CsvText.Of(one.Writes),
                CsvText.Of(one.Cost),
                CsvText.Of(one.FirstSeen),
                CsvText.Of(one.LastAccess),
                CsvText.Of((double?)one.PeakHourUtc),
                CsvText.Of(one.ForecastPeak?.PerSecond),
                CsvText.Of(one.ForecastPeak?.At),
                one.ForecastPeak is { } peak ? peak.IsAbstaining ? "true" : "false" : "",
                CsvText.Of(one.GrowthPerDay));
            yield return one;
        }
    }
}
