using System.CommandLine;
using System.Globalization;
using Foreshard.Cli.Fleets;
using Foreshard.Cli.Output;
using Foreshard.Cli.Servers;

namespace Foreshard.Cli.Commands;

/// <summary>A private fleet on this machine.</summary>
internal sealed class FleetCommand : Command
{
    public FleetCommand(Terminal terminal)
        : base("fleet", "Start, stop or show a private fleet on this machine: PostgreSQL servers and etcd")
    {
        Add(new FleetUpCommand(terminal));
        Add(new FleetDownCommand(terminal));
        Add(new FleetStatusCommand(terminal));
    }
}

/// <summary>A command on the fleet in a folder.</summary>
internal abstract class LocalFleetCommand : ReportingCommand
{
    private readonly Option<string> folder = new("--folder")
    {
        HelpName = "DIR",
        Description = "The fleet's folder",
        DefaultValueFactory = _ => "fleet",
    };

    protected LocalFleetCommand(string name, string description, Terminal terminal)
        : base(name, description, terminal)
    {
        Add(folder);
        Add(Json);
    }

    protected string FolderOf(ParseResult arguments) => arguments.GetRequiredValue(folder);

    /// <summary>Starting and stopping takes seconds: says what is being done.</summary>
    protected void Tell(LocalServer server, string what) => Terminal.Error.WriteLine($"{server.Name}: {what} …");

    protected LocalFleetReport ReportOf(LocalFleet fleet, ParseResult arguments) =>
        new(Path.Combine(FolderOf(arguments), FleetFile.Name), [.. fleet.Servers.Select(ServerReport.Of)]);

    protected void Show(LocalFleetReport report)
    {
        var table = Tables.Of("server", "kind", "address", ">process", ">files", "state");
        foreach (var server in report.Servers)
        {
            var process = server.ProcessId?.ToString(CultureInfo.InvariantCulture) ?? Words.Unknown;
            table.Row(server.Name, server.Kind, server.Address, process, server.DataBytes is { } bytes ? Words.Bytes(bytes) : Words.Unknown, server.State);
        }

        Terminal.Write(table);
    }
}

internal sealed class FleetUpCommand : LocalFleetCommand
{
    private readonly Option<int> partitions = NumberOption(
        "--partitions",
        "PostgreSQL servers, one a partition, 1 to 50; more than before are added. Default: those that there are, or 3",
        0, // not said
        number => number is >= 1 and <= 50,
        "1 to 50");

    public FleetUpCommand(Terminal terminal)
        : base("up", "Start a private fleet on this machine, or go on with the one in the folder", terminal) => Add(partitions);

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var folder = FolderOf(arguments);
        using var alone = LocalFleet.Lock(folder);
        var fleet = LocalFleet.Plan(folder, arguments.GetValue(partitions) is > 0 and var wanted ? wanted : null, Terminal.Time);
        await fleet.StartAsync(Tell, cancellationToken);
        var file = Path.Combine(folder, FleetFile.Name);
        FleetFile.Write(file, SettingsOf(fleet, File.Exists(file) ? FleetFile.Read(file) : new()));
        Print(arguments, ReportOf(fleet, arguments), CliJson.Report.LocalFleetReport, report =>
        {
            Show(report);
            Terminal.Say($"The fleet runs until 'foreshard fleet down', and asks nobody on this machine for a password. "
                + $"How to reach it is in '{report.File}':");
            Say("");
            Say($"  foreshard init --fleet {report.File} --schema FILE --sql FILE   makes a store on it");
            Say($"  foreshard status --fleet {report.File}                          and so every command");
            Say(
                $"  psql -h 127.0.0.1 -p {fleet.Partitions[0].Port.ToString(CultureInfo.InvariantCulture)} -U {PostgresFiles.Superuser} "
                    + $"{LocalPostgres.Database}");
        });
        return ExitCode.Done;
    }

    /// <summary>How the fleet is reached. What people have added to the file, of regions and capacities say, stays.</summary>
    private static FleetSettings SettingsOf(LocalFleet fleet, FleetSettings known) => known with
    {
        Etcd = known.Etcd with { Endpoints = [.. fleet.Etcd.Select(node => node.Address)] },
        PostgreSql = new() { Installer = LocalPostgres.Installer, Mover = LocalPostgres.Mover, Application = LocalPostgres.Application },
        Partitions =
        [
            .. fleet.Partitions.Select(server => known.Partitions.FirstOrDefault(one => one.Name == server.Name)
                ?? new FleetSettings.PartitionPlace { Name = server.Name, Location = server.Location }),
        ],
    };
}

internal sealed class FleetDownCommand(Terminal terminal)
    : LocalFleetCommand("down", "Stop a private fleet; its data stays, and 'fleet up' goes on with it", terminal)
{
    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var folder = FolderOf(arguments);
        var fleet = LocalFleet.Of(folder, Terminal.Time);
        using var alone = LocalFleet.Lock(folder);
        await fleet.StopAsync(Tell, cancellationToken);
        Print(arguments, ReportOf(fleet, arguments), CliJson.Report.LocalFleetReport, _ =>
            Say($"The fleet in '{folder}' is stopped. Its data stays; 'foreshard fleet up' goes on with it, deleting the folder removes it."));
        return ExitCode.Done;
    }
}

internal sealed class FleetStatusCommand(Terminal terminal) : LocalFleetCommand("status", "Show what runs of a private fleet", terminal)
{
    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var report = ReportOf(LocalFleet.Of(FolderOf(arguments), Terminal.Time), arguments);
        Print(arguments, report, CliJson.Report.LocalFleetReport, Show);
        return Task.FromResult(report.Servers.All(server => server.ProcessId is not null) ? ExitCode.Done : ExitCode.Found);
    }
}

/// <param name="File">How the fleet is reached: for <c>--fleet</c>.</param>
/// <param name="Servers">Nodes of etcd, then PostgreSQL servers.</param>
internal sealed record LocalFleetReport(string File, IReadOnlyList<ServerReport> Servers);

/// <param name="Name">Its name, and that of its folder.</param>
/// <param name="Kind">etcd or PostgreSQL.</param>
/// <param name="Address">Where clients connect.</param>
/// <param name="State">running or stopped.</param>
/// <param name="ProcessId">The process; null if it doesn't run.</param>
/// <param name="DataBytes">Size of its files; null before they were made.</param>
internal sealed record ServerReport(string Name, string Kind, string Address, string State, int? ProcessId, long? DataBytes)
{
    public static ServerReport Of(LocalServer server)
    {
        var process = server.ProcessId;
        return new ServerReport(server.Name, server.Kind, server.Address, process is null ? "stopped" : "running", process, server.DataBytes);
    }
}
