using System.CommandLine;
using Foreshard.Cli.Output;
using Foreshard.Profiling;
using Foreshard.Simulation.AccessLogs;
using Foreshard.Simulation.Replay;

namespace Foreshard.Cli.Commands;

/// <summary>A command that looks at recorded traffic through profiles and forecasts.</summary>
internal abstract class TrafficCommand : LogCommand
{
    private readonly Option<double> capacity = NumberOption(
        "--capacity",
        "Cost units per second that one partition can serve. Default: the largest load of all entities together in a slot",
        0.0,
        number => number > 0 && double.IsFinite(number),
        "a number above 0");

    protected TrafficCommand(string name, string description, Terminal terminal)
        : base(name, description, terminal)
    {
        Add(capacity);
        Add(Csv);
        Validators.Add(result =>
        {
            if (result.GetValue(Csv) == "-" && result.GetValue(Json)) result.AddError("Standard output takes --csv - or --json, not both.");
        });
    }

    protected Option<string?> Csv { get; } = TextOption("--csv", "FILE", "Write all figures as CSV; - for standard output, in place of the text");

    /// <summary>Prints the report, unless the standard output was wanted for CSV.</summary>
    protected bool IsTextWanted(ParseResult arguments) => arguments.GetValue(Csv) != "-";

    /// <summary>The capacity that was told; null if none was.</summary>
    protected double? CapacityOf(ParseResult arguments) => arguments.GetResult(capacity) is { Implicit: false } ? arguments.GetValue(capacity) : null;

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
        var options = FeedOptionsOf(arguments, new ReplayOptions
        {
            SlotLength = SlotOf(arguments) ?? TimeSpan.FromHours(1),
            Capacity = CapacityOf(arguments),
            HasProfiles = hasProfiles,
        });
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
}
