using System.CommandLine;
using Foreshard.Cli.Output;
using Foreshard.Profiling;
using Foreshard.Simulation.AccessLogs;
using Foreshard.Simulation.Replay;

namespace Foreshard.Cli.Commands;

/// <summary>A command that reads recorded traffic: an access log, or a table of loads. It needs no store.</summary>
internal abstract class LogCommand : ReportingCommand
{
    private readonly Option<TimeSpan?> slot = Durations.Option(
        "--slot",
        "Length of a slot: 5min, 15min, 1h. Default: an hour; of a table, the distance between its times",
        SlotGrid.Divides,
        "a divisor of the day from a second on (5min, 15min, 1h)");

    private readonly Option<string[]> columns = new("--column")
    {
        HelpName = "NAME=COLUMN",
        Description = "What the log calls a column: entity=customer_id; may be repeated",
    };

    private readonly Option<string?> delimiter =
        TextOption("--delimiter", "CHARACTER", "What stands between fields, or the word tab. Default: seen from the first line");
    private readonly Option<string?> zone = TextOption("--time-zone", "ZONE", "Zone of times without an offset, as Europe/Berlin. Default: UTC");
    private readonly Option<string> type = new("--type") { HelpName = "NAME", Description = "Type of the entities", DefaultValueFactory = _ => "entity" };

    private readonly Option<TimeSpan?> lateness = Durations.Option(
        "--lateness", "How far a line's time may be before the latest one. Default: 1h", time => time >= TimeSpan.Zero, "a duration (30s, 10min, 2h, 1d)");

    private readonly Option<DuplicatePolicy> duplicates = new("--duplicates")
    {
        HelpName = "auto|skip|keep",
        Description = "What becomes of lines that were there before. Default: auto",
    };

    private readonly Option<DateTimeOffset?> now = Durations.Moment("--now", "The moment after which nothing can have happened. Default: now");
    private readonly Option<bool> isTable = new("--table") { Description = "It is a table of loads, whatever it looks like" };
    private readonly Option<bool> isLog = new("--log") { Description = "It is a log, whatever it looks like" };
    private readonly Option<bool> hasSeriesPerRow = new("--series-per-row") { Description = "It is a table with a row per entity: its key, then its loads" };

    protected LogCommand(string name, string description, Terminal terminal)
        : base(name, description, terminal)
    {
        Add(Log);
        Option[] options = [slot, columns, delimiter, zone, type, lateness, duplicates, now, isTable, isLog, hasSeriesPerRow, Json];
        foreach (var option in options) Add(option);
        Validators.Add(result =>
        {
            var kinds = (result.GetValue(isTable) || result.GetValue(hasSeriesPerRow) ? 1 : 0) + (result.GetValue(isLog) ? 1 : 0);
            if (kinds > 1) result.AddError("Name --log or --table, not both.");
        });
    }

    protected Argument<string> Log { get; } = new("LOG") { Description = "An access log or a table of loads, plain or gzip; - for standard input" };

    protected string TypeOf(ParseResult arguments) => arguments.GetRequiredValue(type);

    /// <summary>Length of a slot; null if it was not told.</summary>
    protected TimeSpan? SlotOf(ParseResult arguments) => arguments.GetValue(slot);

    /// <summary>How the file is read.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="replay">How it is lived through; null if it isn't.</param>
    /// <exception cref="UsageException">The options don't hold.</exception>
    protected TrafficFeedOptions FeedOptionsOf(ParseResult arguments, ReplayOptions? replay = null)
    {
        try
        {
            var log = LogOptionsOf(arguments);
            return new TrafficFeedOptions
            {
                Kind = arguments.GetValue(isTable) ? InputKind.Table : arguments.GetValue(isLog) ? InputKind.Log : null,
                Log = log,
                Table = new LoadTableOptions
                {
                    NowUtc = log.NowUtc,
                    Orientation = arguments.GetValue(hasSeriesPerRow) ? TableOrientation.SeriesPerRow : TableOrientation.SlotPerRow,
                    Delimiter = log.Delimiter,
                    TimeColumn = log.Columns.GetValueOrDefault(LogColumn.Time),
                    TimeZoneId = log.TimeZoneId,
                    EntityType = log.EntityType,
                    SlotLength = SlotOf(arguments),
                },
                Replay = replay ?? new ReplayOptions(),
            };
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(Fault.Of(exception).Message);
        }
    }

    private AccessLogOptions LogOptionsOf(ParseResult arguments)
    {
        var log = new AccessLogOptions
        {
            NowUtc = (arguments.GetValue(now) ?? Terminal.Time.GetUtcNow()).UtcDateTime,
            Lateness = arguments.GetValue(lateness) ?? TimeSpan.FromHours(1),
            Delimiter = DelimiterOf(arguments.GetValue(delimiter)),
            Columns = LogColumns.Parse(arguments.GetValue(columns) ?? []),
            EntityType = EntityType.Of(TypeOf(arguments), KeyKind.Text),
            TimeZoneId = arguments.GetValue(zone),
            Duplicates = arguments.GetValue(duplicates),
        };
        log.Validate();
        return log;
    }

    private static char? DelimiterOf(string? text) => text switch
    {
        null => null,
        "tab" or "\\t" => '\t',
        [var one] => one,
        _ => throw new UsageException($"--delimiter takes one character or the word tab, not '{text}'."),
    };
}
