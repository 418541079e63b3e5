using System.CommandLine;
using System.Globalization;
using Foreshard.Cli.Output;
using Foreshard.Simulation.Replay;

namespace Foreshard.Cli.Commands;

/// <summary>Tries forecasts out on the end of a log.</summary>
internal sealed class BacktestCommand : TrafficCommand
{
    private readonly Option<TimeSpan?> horizon = Durations.Horizon("How far each forecast reaches");

    private readonly Option<int> origins = NumberOption(
        "--origins",
        "How many moments to forecast from, a day apart, the last one a horizon before the end",
        7,
        number => number is >= 1 and <= 366,
        "1 to 366");

    public BacktestCommand(Terminal terminal)
        : base("backtest", "Try forecasts out on the end of an access log, beside simple methods", terminal)
    {
        Add(horizon);
        Add(origins);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var path = arguments.GetRequiredValue(Log);
        using var source = RereadableLog.Of(path, cancellationToken);
        var end = await ReadAsync(arguments, hasProfiles: false, source.Open, (feed, _) => EndOf(feed, path, cancellationToken), cancellationToken);
        var report = await ReadAsync(
            arguments, hasProfiles: false, source.Open, (feed, bar) => Try(feed, end, path, arguments, bar, cancellationToken), cancellationToken);
        if (IsTextWanted(arguments)) Print(arguments, report, CliJson.Report.BacktestReport, Write);
        return ExitCode.Done;
    }

    private static long EndOf(TrafficFeed feed, string path, CancellationToken cancellationToken)
    {
        feed.FindEnd(cancellationToken);
        CheckEnd(feed, path);
        return feed.End;
    }

    private BacktestReport Try(TrafficFeed feed, long end, string path, ParseResult arguments, ProgressBar bar, CancellationToken cancellationToken)
    {
        var options = new BacktestOptions { Horizon = arguments.GetValue(horizon) ?? TimeSpan.FromDays(1), Origins = arguments.GetValue(origins) };
        var (backtest, grid) = (Begin(feed, end, options), feed.Replay.Grid);
        using (var csv = arguments.GetValue(Csv) is { } file ? CsvText.Create(file, Terminal, "entity,origin,time,actual,mean,q50,q90,q95") : null)
        {
            if (csv is not null) backtest.Compared += row => Write(csv, InFile(arguments, row.Entity.ToString()), row);
            RunToEnd(feed, path, bar, cancellationToken);
        }

        if (backtest.Scored == 0)
        {
            throw new TrafficException(
                $"'{path}': it has {Words.Duration(grid.SlotLength * (end - feed.FirstSlot))} of traffic, too little to forecast "
                + $"{Words.Duration(options.Horizon)} of it from what came before. Take a shorter --horizon, or a longer log.");
        }

        ScoreReport[] scores = [.. backtest.Scores().Select(ScoreReport.Of)];
        return new BacktestReport(
            TrafficReport.Of(feed, path, CapacityOf(arguments) is not null),
            options.Horizon.TotalSeconds,
            [.. backtest.Origins.TakeLast(backtest.Scored).Select(grid.StartOf)],
            scores,
            BacktestVerdict.Of(scores));
    }

    private static Backtest Begin(TrafficFeed feed, long end, BacktestOptions options)
    {
        try
        {
            return new Backtest(feed.Replay, end, options);
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(exception.Message);
        }
    }

    private static void Write(CsvText csv, string entity, in BacktestRow row) => csv.Row(
        entity,
        CsvText.Of(row.OriginUtc),
        CsvText.Of(row.TimeUtc),
        CsvText.Of(row.Actual),
        CsvText.Of(row.Mean),
        CsvText.Of(row.Q50),
        CsvText.Of(row.Q90),
        CsvText.Of(row.Q95));

    private void Write(BacktestReport report)
    {
        report.Traffic.Write(Terminal);
        Terminal.Say($"Forecasts over {Words.Duration(TimeSpan.FromSeconds(report.HorizonSeconds))} from {Words.Count(report.Origins.Count, "origin")}, "
            + $"the first {Words.Moment(report.Origins[0])}, the last {Words.Moment(report.Origins[^1])} UTC, each from what came before it.");
        Terminal.Write(Tables.Fitting<ScoreReport>(Terminal.Width, report.Scores, Columns(), out var leftOut));
        Terminal.Say("Errors as shares of the load (MASE: of the errors of repeating the day before): the smaller the better. "
            + "Coverage is how often no more came than the 0.9 quantile.");
        if (leftOut.Count > 0) Terminal.Say($"No room for: {string.Join(", ", leftOut)}. A wider terminal or --json show them.");
        Terminal.Output.WriteLine();
        if (report.Verdict.Count == 0) Terminal.Say("Foreshard's forecasts were at least as good as each of the others in every figure.");
        foreach (var line in report.Verdict) Terminal.Say(line);
        if (report.Traffic.Lines.Skipped.Count == 0) return;
        Terminal.Output.WriteLine();
        report.Traffic.Lines.Write(Terminal);
    }

    private static List<FittingColumn<ScoreReport>> Columns() =>
    [
        new("class", 0, score => score.Method == Words.Of(BacktestMethod.Foreshard) ? score.Class : ""),
        new(">entities", 8, score => score.Method == Words.Of(BacktestMethod.Foreshard) ? Words.Count(score.Entities) : ""),
        new("forecast", 0, score => BacktestVerdict.NameOf(score.Method)),
        new(">WAPE", 0, score => Number(score.Wape)),
        new(">MASE", 2, score => score.Mase is { } mase ? Number(mase) : Words.Unknown),
        new(">wQL50", 4, score => Number(score.Wql50)),
        new(">wQL90", 1, score => Number(score.Wql90)),
        new(">coverage", 1, score => Number(score.Coverage90)),
        new(">bias", 1, score => score.Bias.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture)),
        new(">group WAPE", 1, score => Number(score.GroupWape)),
    ];

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
