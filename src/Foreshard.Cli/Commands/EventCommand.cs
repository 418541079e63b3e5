using System.CommandLine;
using System.Globalization;
using Foreshard.Autopilot;
using Foreshard.Cli.Fleets;
using Foreshard.Cli.Output;

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

/// <summary>A command on announced events: those of a store, or of any file.</summary>
internal abstract class EventStoreCommand : ReportingCommand
{
    private readonly StoreWords words;
    private readonly Option<string?> file = TextOption("--file", "FILE", "A file of events, in place of a store's");

    protected EventStoreCommand(string name, string description, Terminal terminal)
        : base(name, description, terminal)
    {
        words = new StoreWords(terminal.Environment, isRequired: false);
        words.Folder.Description = "The store's folder; left out: --file";
        words.AddTo(this);
        Add(file);
        Add(Json);
        Validators.Add(result =>
        {
            var hasFile = result.GetValue(file) is not null;
            if (words.IsNamed(result) ? hasFile : !hasFile && !words.IsInEnvironment) result.AddError("Name one: a STORE or --file FILE.");
        });
    }

    /// <summary>The store that is meant; null: a file.</summary>
    protected StorePlace? PlaceOf(ParseResult arguments) => arguments.GetValue(file) is null ? words.Of(arguments) : null;

    protected async Task<AnnouncedEvents> ReadAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        if (PlaceOf(arguments) is not FleetPlace fleet) return AnnouncedEvents.Load(FileOf(arguments), isRequired: arguments.GetValue(file) is not null);
        await using var mapping = await fleet.Address.OpenMappingAsync(Terminal.Time, cancellationToken);
        return await AnnouncedEvents.ReadAsync(mapping, cancellationToken);
    }

    protected async Task ChangeAsync(ParseResult arguments, Func<AnnouncedEvents, AnnouncedEvents> change, CancellationToken cancellationToken)
    {
        if (PlaceOf(arguments) is not FleetPlace fleet)
        {
            AnnouncedEvents.Change(FileOf(arguments), change);
            return;
        }

        await using var mapping = await fleet.Address.OpenMappingAsync(Terminal.Time, cancellationToken);
        await AnnouncedEvents.ChangeAsync(mapping, change, cancellationToken);
    }

    /// <exception cref="UsageException">There is no such store.</exception>
    private string FileOf(ParseResult arguments)
    {
        if (arguments.GetValue(file) is { } named) return named;
        var folder = ((FolderPlace)words.Of(arguments)).Path;
        return Directory.Exists(folder)
            ? Path.Combine(folder, AnnouncedEvents.FileName)
            : throw new UsageException($"There is no folder '{folder}': name a store, or a file with --file.");
    }
}

internal sealed class EventAddCommand : EventStoreCommand
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
        await ChangeAsync(
            arguments,
            all =>
            {
                (all, announced) = all.With(announced);
                return all;
            },
            cancellationToken);
        Print(arguments, EventReport.Of(announced), CliJson.Report.EventReport, report => Terminal.Say($"Announced {report.Sentence()}"));
        return ExitCode.Done;
    }

    /// <summary>The entity as it is always written; of a store, one of a type that it declares.</summary>
    private async Task<string?> EntityAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var text = arguments.GetValue(entity);
        if (PlaceOf(arguments) is not { } place) return text;
        await using var store = await place.OpenAsync(new(Terminal.Time) { IsReadOnly = true }, cancellationToken);
        return text is null ? null : EntityNames.Parse(store, text).ToString();
    }
}

internal sealed class EventListCommand(Terminal terminal) : EventStoreCommand("list", "List announced events", terminal)
{
    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var all = await ReadAsync(arguments, cancellationToken);
        Print(arguments, [.. all.All.Select(EventReport.Of)], CliJson.Report.IReadOnlyListEventReport, Write);
        return ExitCode.Done;
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

internal sealed class EventRemoveCommand : EventStoreCommand
{
    private readonly Option<int> id = NumberOption("--id", "Its number, as 'event list' shows it", 0, number => number > 0, "the number of an event");

    public EventRemoveCommand(Terminal terminal)
        : base("remove", "Take an announced event back", terminal)
    {
        id.Required = true;
        id.DefaultValueFactory = null;
        Add(id);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        AnnouncedEvent? removed = null;
        await ChangeAsync(
            arguments,
            all =>
            {
                var number = arguments.GetValue(id);
                removed = all.All.FirstOrDefault(one => one.Id == number) ?? throw new UsageException(Unknown(number, all.All));
                return all.Without(number);
            },
            cancellationToken);
        Print(arguments, EventReport.Of(removed!), CliJson.Report.EventReport, report => Terminal.Say($"Took back {report.Sentence()}"));
        return ExitCode.Done;
    }

    private static string Unknown(int id, IReadOnlyList<AnnouncedEvent> all) => all.Count == 0
        ? $"There is no event {id}: none are announced."
        : $"There is no event {id}; there are: {string.Join(", ", all.Select(one => one.Id))}.";
}
