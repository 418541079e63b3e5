using System.CommandLine;
using System.Globalization;
using Foreshard.Autopilot;
using Foreshard.Cli.Output;
using Foreshard.Sessions;
using Foreshard.Sqlite;

namespace Foreshard.Cli.Commands;

/// <summary>What is known beforehand of loads: a sale, a holiday, a migration.</summary>
internal sealed class EventCommand : Command
{
    public EventCommand(Terminal terminal)
        : base("event", "Announce what will multiply loads: a sale, a migration")
    {
        Add(new EventAddCommand(terminal));
        Add(new EventListCommand(terminal));
        Add(new EventRemoveCommand(terminal));
    }
}

/// <summary>A command on a file of announced events: that of a store, or any.</summary>
internal abstract class EventFileCommand : ReportingCommand
{
    private readonly Option<string?> file = TextOption("--file", "FILE", "A file of events, in place of a store's");

    protected EventFileCommand(string name, string description, Terminal terminal)
        : base(name, description, terminal)
    {
        Add(Folder);
        Add(file);
        Add(Json);
        Validators.Add(result =>
        {
            if (result.GetValue(Folder) is null == result.GetValue(file) is null) result.AddError("Name one: a STORE or --file FILE.");
        });
    }

    protected Argument<string?> Folder { get; } = new("STORE")
    {
        Description = "The store's folder; left out: --file",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>Where the events are.</summary>
    /// <exception cref="UsageException">There is no such store.</exception>
    protected string FileOf(ParseResult arguments)
    {
        if (arguments.GetValue(file) is { } named) return named;
        var folder = arguments.GetRequiredValue(Folder)!;
        return Directory.Exists(folder)
            ? Path.Combine(folder, AnnouncedEvents.FileName)
            : throw new UsageException($"There is no folder '{folder}': name a store, or a file with --file.");
    }
}

internal sealed class EventAddCommand : EventFileCommand
{
    private readonly Option<string?> entity = TextOption("--entity", "ENTITY", "Whose load, as customer/42; left out: that of all entities");
    private readonly Option<DateTimeOffset?> from = Durations.Moment("--from", "When it begins, as 2026-11-27T18:00Z; without an offset in UTC");
    private readonly Option<DateTimeOffset?> to = Durations.Moment("--to", "When it is over");
    private readonly Option<double> times = NumberOption(
        "--times", "What the usual load is multiplied by", 1.0, number => number > 0 && double.IsFinite(number), "a number above 0");

    private readonly Option<string?> label = TextOption("--name", "TEXT", "What you call it");

    public EventAddCommand(Terminal terminal)
        : base("add", "Announce an event", terminal)
    {
        from.Required = to.Required = times.Required = true;
        times.DefaultValueFactory = null;
        Add(entity);
        Add(from);
        Add(to);
        Add(times);
        Add(label);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var announced = new AnnouncedEvent
        {
            Id = 0,
            Name = arguments.GetValue(label),
            Entity = await EntityAsync(arguments, cancellationToken),
            From = arguments.GetValue(from)!.Value,
            To = arguments.GetValue(to)!.Value,
            Times = arguments.GetValue(times),
        };
        if (announced.Problem() is { } problem) throw new UsageException($"This event doesn't hold: {problem}.");
        AnnouncedEvents.Change(FileOf(arguments), all =>
        {
            (all, announced) = all.With(announced);
            return all;
        });
        Print(arguments, EventReport.Of(announced), CliJson.Report.EventReport, report => Terminal.Say($"Announced {report.Sentence()}"));
        return ExitCode.Done;
    }

    /// <summary>The entity as it is always written; of a store, one of a type that it declares.</summary>
    private async Task<string?> EntityAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var text = arguments.GetValue(entity);
        if (arguments.GetValue(Folder) is not { } folder) return text;
        var options = new SqliteStoreOptions { ReadOnly = true, Create = false, TimeProvider = Terminal.Time };
        await using var store = await EntityStore.OpenAsync(folder, null, options, cancellationToken);
        return text is null ? null : EntityNames.Parse(store, text).ToString();
    }
}

internal sealed class EventListCommand(Terminal terminal) : EventFileCommand("list", "List announced events", terminal)
{
    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var all = AnnouncedEvents.Load(FileOf(arguments), isRequired: arguments.GetValue(Folder) is null).All;
        Print(arguments, [.. all.Select(EventReport.Of)], CliJson.Report.IReadOnlyListEventReport, Write);
        return Task.FromResult(ExitCode.Done);
    }

    private void Write(IReadOnlyList<EventReport> events)
    {
        if (events.Count == 0)
        {
            Say("No events are announced.");
            return;
        }

        var table = Tables.Of(">id", "entity", "from (UTC)", "to (UTC)", ">times", "name");
        foreach (var one in events)
        {
            var times = one.Times.ToString("0.###", CultureInfo.InvariantCulture);
            table.Row($"{one.Id}", one.Entity ?? "all", Words.Moment(one.From), Words.Moment(one.To), times, one.Name ?? Words.Unknown);
        }

        Terminal.Write(table);
    }
}

internal sealed class EventRemoveCommand : EventFileCommand
{
    private readonly Option<int> id = NumberOption("--id", "Its number, as 'event list' shows it", 0, number => number > 0, "the number of an event");

    public EventRemoveCommand(Terminal terminal)
        : base("remove", "Take an announced event back", terminal)
    {
        id.Required = true;
        id.DefaultValueFactory = null;
        Add(id);
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        AnnouncedEvent? removed = null;
        AnnouncedEvents.Change(FileOf(arguments), all =>
        {
            var number = arguments.GetValue(id);
            removed = all.All.FirstOrDefault(one => one.Id == number) ?? throw new UsageException(Unknown(number, all.All));
            return all.Without(number);
        });
        Print(arguments, EventReport.Of(removed!), CliJson.Report.EventReport, report => Terminal.Say($"Took back {report.Sentence()}"));
        return Task.FromResult(ExitCode.Done);
    }

    private static string Unknown(int id, IReadOnlyList<AnnouncedEvent> all) => all.Count == 0
        ? $"There is no event {id}: none are announced."
        : $"There is no event {id}; there are: {string.Join(", ", all.Select(one => one.Id))}.";
}
