using System.CommandLine;
using Foreshard.Cli.Fleets;
using Foreshard.Cli.Output;
using Foreshard.Sessions;

namespace Foreshard.Cli.Commands;

/// <summary>Partitions: adding, changing, removing, reconciling, listing.</summary>
internal sealed class PartitionCommand : Command
{
    public PartitionCommand(Terminal terminal)
        : base("partition", "Add, change, remove, reconcile or list partitions")
    {
        Add(new PartitionAddCommand(terminal));
        Add(new PartitionSetCommand(terminal));
        Add(new PartitionRemoveCommand(terminal));
        Add(new PartitionReconcileCommand(terminal));
        Add(new PartitionListCommand(terminal));
    }
}

/// <summary>A command that says what a partition can do and where it is.</summary>
internal abstract class PartitionSettingsCommand : StoreCommand
{
    private readonly Argument<string> name = new("NAME") { Description = "Its name: 1 to 64 letters, digits, _ and -" };
    private readonly Option<string?> region = new("--region") { HelpName = "REGION", Description = "Where it is, in your own words" };
    private readonly Option<double> capacity = NumberOption(
        "--capacity",
        "Cost units per second that it can serve; 0: not known",
        double.NaN, // not said
        number => number >= 0 && double.IsFinite(number),
        "a number that isn't negative");

    private readonly Option<long?> budget = Sizes.Option("--size-budget", "How large it may grow: 500MB, 20GB, or bytes; 0: no budget");

    private readonly Option<string?> writeLog = new("--write-log")
    {
        HelpName = "on|off",
        Description = "Whether the autopilot reads in its own log what is written beside sessions; on PostgreSQL only",
    };

    protected PartitionSettingsCommand(string verb, string description, Terminal terminal)
        : base(verb, description, terminal, isReadOnly: false)
    {
        Add(name);
        Add(region);
        Add(capacity);
        Add(budget);
        Add(writeLog.AcceptOnlyFromAmong("on", "off"));
    }

    protected string NameOf(ParseResult arguments) => arguments.GetRequiredValue(name);

    /// <summary>What was said, and of the rest what is so already.</summary>
    protected PartitionSettings SettingsOf(ParseResult arguments, PartitionStatus? known, string? location = null) => new()
    {
        Location = location ?? "",
        Region = arguments.GetValue(region) ?? known?.Region ?? "",
        CapacityPerSecond = arguments.GetResult(capacity) is null ? known?.CapacityPerSecond ?? 0 : arguments.GetValue(capacity),
        SizeBudgetBytes = arguments.GetValue(budget) ?? known?.SizeBudgetBytes ?? 0,
        WriteLog = arguments.GetValue(writeLog) is { } said ? said == "on" : known?.HasWriteLog ?? false,
    };

    protected async Task TellAsync(
        EntityStore store, ParseResult arguments, Func<PartitionReport, string> text, CancellationToken cancellationToken)
    {
        var all = await PartitionReport.OfAsync(store, PlaceOf(arguments), cancellationToken);
        Print(arguments, all.Single(one => one.Name == NameOf(arguments)), CliJson.Report.PartitionReport, report => Say(text(report)));
    }
}

internal sealed class PartitionAddCommand : PartitionSettingsCommand
{
    private readonly Option<string?> location =
        TextOption("--location", "CONNECTION", "On a fleet: its database, as \"Host=db4;Database=shop;Username=shop_app\"; no password");

    public PartitionAddCommand(Terminal terminal)
        : base("add", "Add an empty partition, with schema and reference tables as they are", terminal) => Add(location);

    protected override async Task<int> RunAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken)
    {
        var isOnFleet = PlaceOf(arguments) is FleetPlace;
        if (isOnFleet && arguments.GetValue(location) is null)
        {
            throw new UsageException("On a fleet, --location must say which database the partition is to be: a connection string without a password, "
                + "as \"Host=db4;Database=shop;Username=shop_app\".");
        }

        if (!isOnFleet && arguments.GetValue(location) is not null)
            throw new UsageException("--location is for fleets: in a folder, a partition is a file of its own there.");
        await store.AddPartitionAsync(NameOf(arguments), SettingsOf(arguments, null, arguments.GetValue(location)), cancellationToken);
        await TellAsync(
            store,
            arguments,
            report => $"Added partition '{report.Name}'. It is empty: move entities or buckets to it, or drain another one.",
            cancellationToken);
        return ExitCode.Done;
    }
}

internal sealed class PartitionSetCommand(Terminal terminal)
    : PartitionSettingsCommand("set", "Change what is said of a partition; what isn't named stays", terminal)
{
    protected override async Task<int> RunAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken)
    {
        var known = store.Partitions.FirstOrDefault(one => one.Name == NameOf(arguments));
        await store.SetPartitionAsync(NameOf(arguments), SettingsOf(arguments, known), cancellationToken);
        await TellAsync(
            store, arguments, report => $"Partition '{report.Name}' is changed. Plans are made with it from now on.", cancellationToken);
        return ExitCode.Done;
    }
}

internal sealed class PartitionRemoveCommand : StoreCommand
{
    private readonly Argument<string> name = new("NAME") { Description = "Its name" };

    public PartitionRemoveCommand(Terminal terminal)
        : base("remove", "Take an empty partition out of the store; its file stays", terminal, isReadOnly: false) => Add(name);

    protected override async Task<int> RunAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken)
    {
        var place = PlaceOf(arguments);
        var all = await PartitionReport.OfAsync(store, place, cancellationToken);
        await store.RemovePartitionAsync(arguments.GetRequiredValue(name), cancellationToken);
        var left = place is FleetPlace ? "Its database is still there" : "Its file is still in the folder";
        Print(arguments, all.Single(one => one.Name == arguments.GetRequiredValue(name)), CliJson.Report.PartitionReport, report => Say(
            $"Removed partition '{report.Name}'. {left}; nothing reads it any more."));
        return ExitCode.Done;
    }
}

/// <summary>Lets a partition serve again whose server was promoted or restored.</summary>
internal sealed class PartitionReconcileCommand : StoreCommand
{
    private readonly Argument<string> name = new("NAME") { Description = "Its name" };
    private readonly Option<bool> accept = new("--accept-loss")
    {
        Description = "Serve also what was moved there and never arrived on this server, as it is there: its last rows are lost",
    };

    public PartitionReconcileCommand(Terminal terminal)
        : base("reconcile", "Let a partition serve again whose server was promoted or restored", terminal, isReadOnly: false)
    {
        Add(name);
        Add(accept);
    }

    protected override async Task<int> RunAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken)
    {
        if (PlaceOf(arguments) is not FleetPlace)
            throw new UsageException("A partition in a folder is a file: nothing is promoted there, and nothing to be reconciled.");
        var partition = arguments.GetRequiredValue(name);
        var found = await store.ReconcilePartitionAsync(partition, arguments.GetValue(accept), cancellationToken);
        Print(arguments, new ReconcileReport(partition, found.IsOtherServer, found.Ended, found.Missing), CliJson.Report.ReconcileReport, report => Say(
            $"Partition '{report.Partition}' {(report.IsOtherServer ? "is on another server and serves again" : "is on the server that it was on")}. "
            + $"Units it took for its own that live elsewhere: {report.Ended}. " + TextOf(report.Missing, arguments.GetValue(accept))));
        return found.Missing.Count > 0 && !arguments.GetValue(accept) ? ExitCode.Found : ExitCode.Done;
    }

    private static string TextOf(IReadOnlyList<string> missing, bool isAccepted) => missing.Count == 0
        ? "Nothing is missing."
        : isAccepted
            ? $"Served as they are here: {string.Join(", ", missing)}."
            : $"Never arrived on this server, and not served: {string.Join(", ", missing)}. If the server before comes back, point the partition at it; "
                + "if not, look whether the partition that they came from still has their rows. --accept-loss serves what is here.";
}

internal sealed class PartitionListCommand(Terminal terminal) : StoreCommand("list", "List the partitions", terminal, isReadOnly: true)
{
    protected override async Task<int> RunAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken)
    {
        var report = await PartitionReport.OfAsync(store, PlaceOf(arguments), cancellationToken);
        Print(arguments, report, CliJson.Report.IReadOnlyListPartitionReport, report => Terminal.Write(PartitionView.Of(report)));
        return ExitCode.Done;
    }
}
