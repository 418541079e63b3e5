using System.CommandLine;
using Foreshard.Cli.Output;
using Foreshard.Profiling;
using Foreshard.Simulation.AccessLogs;
using Foreshard.Simulation.Replay;

namespace Foreshard.Cli.Commands;

/// <summary>A command that looks at recorded traffic: an access log, or a table of loads. It needs no store.</summary>
internal abstract class TrafficCommand : ReportingCommand
{
    private readonly Option<TimeSpan?> slot = Durations.Option(
        "--slot",
        "Length of a slot: 5min, 15min, 1h. Default: an hour; of a table, the distance between its times",
        SlotGrid.Divides,
        "a divisor of the day from a second on (5min, 15min, 1h)");

    private readonly Option<double> capacity = NumberOption(
        "--capacity",
        "Cost units per second that one partition can serve. Default: the largest load of all entities together in a slot",
        0.0,
        number => number > 0 && double.IsFinite(number),
        "a number above 0");

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
        Description = "What becomes of lines that were there before",
        DefaultValueFactory = _ => DuplicatePolicy.Auto,
    };

    private readonly Option<DateTimeOffset?> now = Durations.Moment("--now", "The moment after which nothing can have happened. Default: now");
    private readonly Option<bool> isTable = new("--table") { Description = "It is a table of loads, whatever it looks like" };
    private readonly Option<bool> isLog = new("--log") { Description = "It is a log, whatever it looks like" };
    private readonly Option<bool> hasSeriesPerRow = new("--series-per-row") { Description = "It is a table with a row per entity: its key, then its loads" };

    protected TrafficCommand(string name, string description, Terminal terminal)
        : base(name, description, terminal)
    {
        Add(Log);
        Option[] options = [slot, capacity, columns, delimiter, zone, type, lateness, duplicates, now, isTable, isLog, hasSeriesPerRow, Csv, Json];
        foreach (var option in options) Add(option);
        Validators.Add(result =>
        {
            var kinds = (result.GetValue(isTable) || result.GetValue(hasSeriesPerRow) ? 1 : 0) + (result.GetValue(isLog) ? 1 : 0);
            if (kinds > 1) result.AddError("Name --log or --table, not both.");
            if (result.GetValue(Csv) == "-" && result.GetValue(Json)) result.AddError("Standard output takes --csv - or --json, not both.");
        });
    }

    protected Argument<string> Log { get; } = new("LOG") { Description = "An access log or a table of loads, plain or gzip; - for standard input" };

    protected Option<string?> Csv { get; } = TextOption("--csv", "FILE", "Write all figures as CSV; - for standard output, in place of the text");

    /// <summary>Prints the report, unless the standard output was wanted for CSV.</summary>
    protected bool IsTextWanted(ParseResult arguments) => arguments.GetValue(Csv) != "-";

    /// <summary>The capacity that was told; null if none was.</summary>
    protected double? CapacityOf(ParseResult arguments) => arguments.GetResult(capacity) is { Implicit: false } ? arguments.GetValue(capacity) : null;

    protected string TypeOf(ParseResult arguments) => arguments.GetRequiredValue(type);

    /// <summary>An entity as the file calls it, so that CSV joins with it; of another type than the one that was told, with its type.</summary>
    protected string InFile(ParseResult arguments, string entity)
    {
        var prefix = TypeOf(arguments) + "/";
        return entity.StartsWith(prefix, StringComparison.Ordinal) ? entity[prefix.Length..] : entity;
    }

    /// <summary>What the command goes on from; null if it begins with nothing.</summary>
    protected virtual SavedProfiles? SavedOf(ParseResult arguments) => null;

    /// <summary>Opens what was named and works on it, with a progress bar if that takes long.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="hasProfiles">Whether profiles are needed.</param>
    /// <param name="open">How to open it.</param>
    /// <param name="work">What to do with it; it has to run the feed itself.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    protected Task<T> ReadAsync<T>(
        ParseResult arguments, bool hasProfiles, Func<LogLines> open, Func<TrafficFeed, ProgressBar, T> work, CancellationToken cancellationToken)
    {
        var options = OptionsOf(arguments, hasProfiles);
        var saved = SavedOf(arguments);
        var bar = new ProgressBar(Terminal);
        return bar.WaitAsync(
            () =>
            {
                var begun = saved?.Load(new SlotGrid(options.Replay.SlotLength), TrafficFeed.ReplayOf(options));
                if (begun is not null) options = options.With(begun);
                var lines = open();
                lines.Reading = bar.Show;
                using var feed = TrafficFeed.Open(lines, options);
                if (saved is not null && feed.Kind == InputKind.Table)
                    throw new UsageException("--profiles goes with logs, which come piece by piece. A table has all of its past in it.");
                var result = work(feed, bar);
                saved?.Save(feed.Replay);
                return Task.FromResult(result);
            },
            isShown: true,
            cancellationToken);
    }

    /// <summary>Reads to the end, and says why if there is nothing to tell then.</summary>
    protected static void RunToEnd(TrafficFeed feed, string path, ProgressBar bar, CancellationToken cancellationToken)
    {
        feed.Run(cancellationToken, bar.Show);
        CheckEnd(feed, path);
    }

    /// <exception cref="TrafficException">There is no line, or no complete slot.</exception>
    protected static void CheckEnd(TrafficFeed feed, string path)
    {
        if (feed.Lines.Accepted == 0) throw new TrafficException(LinesReport.Of(feed).Refusal(path));
        if (feed.End > feed.FirstSlot) return;
        var (first, last) = (feed.Lines.FirstTimeUtc!.Value, feed.Lines.LastTimeUtc!.Value);
        throw new TrafficException(
            $"'{path}': it ends in its first slot of {Words.Duration(feed.Replay.Grid.SlotLength)}: all lines are between {first:u} and {last:u}. "
            + "Take shorter slots (--slot 5min, --slot 10s), or a longer log.");
    }

    /// <exception cref="UsageException">The options don't hold.</exception>
    private TrafficFeedOptions OptionsOf(ParseResult arguments, bool hasProfiles)
    {
        try
        {
            var nowUtc = (arguments.GetValue(now) ?? Terminal.Time.GetUtcNow()).UtcDateTime;
            var entityType = EntityType.Of(TypeOf(arguments), KeyKind.Text);
            var log = new AccessLogOptions
            {
                NowUtc = nowUtc,
                Lateness = arguments.GetValue(lateness) ?? TimeSpan.FromHours(1),
                Delimiter = DelimiterOf(arguments.GetValue(delimiter)),
                Columns = LogColumns.Parse(arguments.GetValue(columns) ?? []),
                EntityType = entityType,
                TimeZoneId = arguments.GetValue(zone),
                Duplicates = arguments.GetValue(duplicates),
            };
            log.Validate();
            return new TrafficFeedOptions
            {
                Kind = arguments.GetValue(isTable) ? InputKind.Table : arguments.GetValue(isLog) ? InputKind.Log : null,
                Log = log,
                Table = new LoadTableOptions
                {
                    NowUtc = nowUtc,
                    Orientation = arguments.GetValue(hasSeriesPerRow) ? TableOrientation.SeriesPerRow : TableOrientation.SlotPerRow,
                    Delimiter = log.Delimiter,
                    TimeColumn = log.Columns.GetValueOrDefault(LogColumn.Time),
                    TimeZoneId = log.TimeZoneId,
                    EntityType = entityType,
                    SlotLength = arguments.GetValue(slot),
                },
                Replay = new ReplayOptions
                {
                    SlotLength = arguments.GetValue(slot) ?? TimeSpan.FromHours(1),
                    Capacity = CapacityOf(arguments),
                    HasProfiles = hasProfiles,
                },
            };
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(Fault.Of(exception).Message);
        }
    }

    private static char? DelimiterOf(string? text) => text switch
    {
        null => null,
        "tab" or "\\t" => '\t',
        [var one] => one,
        _ => throw new UsageException($"--delimiter takes one character or the word tab, not '{text}'."),
    };
}
