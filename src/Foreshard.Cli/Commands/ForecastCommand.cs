using System.CommandLine;
using Foreshard.Autopilot;
using Foreshard.Cli.Output;
using Foreshard.Forecasting;
using Foreshard.Simulation.AccessLogs;
using Foreshard.Simulation.Replay;

namespace Foreshard.Cli.Commands;

/// <summary>Tells what is expected of an entity after the end of a log.</summary>
internal sealed class ForecastCommand : TrafficCommand
{
    private readonly Option<string?> entity = TextOption("--entity", "ENTITY", "Whose load: its key, or type and key; total for all together");
    private readonly Option<bool> total = new("--total") { Description = "The load of all entities together" };
    private readonly Option<TimeSpan?> horizon = Durations.Horizon("How far to look ahead");

    private readonly Option<string?> plot = TextOption("--plot", "FILE", "Draw it as SVG, with the last week before it");
    private readonly Option<FileInfo> events = FileOption(
        "--events", "Announced events that multiply loads: events.json of a store, or what 'event add --file' wrote");

    public ForecastCommand(Terminal terminal)
        : base("forecast", "Forecast the load of an entity in an access log", terminal)
    {
        Add(entity);
        Add(total);
        Add(horizon);
        Add(plot);
        Add(events);
        Validators.Add(result =>
        {
            if (result.GetResult(entity) is null == !result.GetValue(total)) result.AddError("Name one: --entity ENTITY or --total.");
        });
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var path = arguments.GetRequiredValue(Log);
        var wanted = arguments.GetValue(total) ? SeriesFollower.TotalName : arguments.GetRequiredValue(entity)!;
        var announced = arguments.GetValue(events) is { } file ? AnnouncedEvents.Load(file.FullName, isRequired: true) : AnnouncedEvents.None;
        var (report, past) = await ReadAsync(
            arguments,
            hasProfiles: false,
            () => LogLines.Open(path),
            (feed, bar) =>
            {
                var follower = new SeriesFollower(feed.Replay, wanted, announced, ForecastPlot.Past);
                RunToEnd(feed, path, bar, cancellationToken);
                var forecast = new Forecast();
                var slots = (int)Math.Max(1, (arguments.GetValue(horizon) ?? TimeSpan.FromDays(1)).Ticks / feed.Replay.Grid.SlotLength.Ticks);
                feed.Replay.Forecaster.Predict(follower.Series(), slots, forecast);
                return (Report(feed, follower, forecast, announced, TrafficReport.Of(feed, path, CapacityOf(arguments) is not null)), follower.Past.ToList());
            },
            cancellationToken);

        if (arguments.GetValue(plot) is { } image) await File.WriteAllTextAsync(image, ForecastPlot.Draw(report, past), cancellationToken);
        if (arguments.GetValue(Csv) is { } csv) WriteCsv(csv, InFile(arguments, report.Entity), report);
        if (IsTextWanted(arguments)) Print(arguments, report, CliJson.Report.ForecastReport, report => ForecastView.Write(Terminal, report, past));
        return ExitCode.Done;
    }

    private static ForecastReport Report(
        TrafficFeed feed, SeriesFollower follower, Forecast forecast, AnnouncedEvents announced, TrafficReport traffic)
    {
        var applying = announced.Of(null).Concat(follower.Entity is { } one ? announced.Of(one) : []).Where(announcement =>
        {
            var (from, to) = AnnouncedEvents.Slots(announcement, feed.Replay.Grid);
            return from < forecast.FirstSlot + forecast.Count && to > forecast.FirstSlot;
        });
        var name = follower.Entity?.ToString() ?? SeriesFollower.TotalName;
        return ForecastReport.Of(traffic, name, follower.IsTotal, forecast, feed.Replay.Grid, applying);
    }

    private void WriteCsv(string path, string entity, ForecastReport report)
    {
        using var csv = CsvText.Create(path, Terminal, "entity,time,mean,q50,q90,q95");
        foreach (var slot in report.Slots)
            csv.Row(entity, CsvText.Of(slot.Time), CsvText.Of(slot.Mean), CsvText.Of(slot.Q50), CsvText.Of(slot.Q90), CsvText.Of(slot.Q95));
    }
}
