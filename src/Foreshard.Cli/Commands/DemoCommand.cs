using System.CommandLine;
using Foreshard.Cli.Demo;
using Foreshard.Cli.Output;
using Foreshard.Cli.Servers;

namespace Foreshard.Cli.Commands;

/// <summary>Lives real traffic through on a real store under three policies, in accelerated time.</summary>
internal sealed class DemoCommand : ReportingCommand
{
    private readonly Option<bool> fast = new("--fast") { Description = "Replay the first morning only: under a minute" };
    private readonly Option<bool> fleet = new("--fleet")
    {
        Description = "On a fleet of this machine: PostgreSQL and etcd, started for it and stopped afterwards",
    };

    private readonly Option<string?> running = TextOption(
        "--folder", "DIR", "With --fleet: on the fleet that 'foreshard fleet up' runs in a folder, where nothing of it stays");

    private readonly Option<string?> keep = TextOption("--keep", "DIR", "Leave the stores in a folder, new or empty, to look at with the other commands");
    private readonly Option<string?> html = TextOption(
        "--html", "FILE", "Where the report with plots goes. Default: foreshard-demo.html in the folder for temporary files");

    public DemoCommand(Terminal terminal)
        : base("demo", "See it work: real traffic on a store of this machine, left alone, reacting and with foresight, in accelerated time", terminal)
    {
        Add(fast);
        Add(fleet);
        Add(running);
        Add(keep);
        Add(html);
        Add(Json);
        Validators.Add(result =>
        {
            if (!result.GetValue(fleet) && result.GetValue(running) is not null) result.AddError("--folder names a fleet that runs: say --fleet, too.");
            if (result.GetValue(fleet) && result.GetValue(keep) is not null) result.AddError("--keep keeps files: on a fleet nothing stays.");
        });
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        CheckFolderOf(arguments.GetValue(html));
        var page = arguments.GetValue(html) ?? Path.Combine(Path.GetTempPath(), "foreshard-demo.html");
        var kept = arguments.GetValue(keep);
        if (kept is not null && Path.Exists(kept) && (!Directory.Exists(kept) || Directory.EnumerateFileSystemEntries(kept).Any()))
            throw new UsageException($"--keep '{kept}': there is something already. Name a folder that is new or empty.");
        var folder = DemoFolder.Choose();
        try
        {
            if (!arguments.GetValue(fleet)) return await ShowAsync(new DemoFiles(folder, kept), arguments, page, kept, cancellationToken);
            await using var servers = arguments.GetValue(running) is { } known
                ? await DemoServers.OnAsync(known, Tell, Terminal.Time, cancellationToken)
                : await DemoServers.StartAsync(folder, Tell, Terminal.Time, cancellationToken);
            return await ShowAsync(servers, arguments, page, null, cancellationToken);
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<int> ShowAsync(IDemoGround ground, ParseResult arguments, string page, string? kept, CancellationToken cancellationToken)
    {
        var plan = arguments.GetValue(fast) ? DemoPlan.Fast : DemoPlan.Whole;
        if (ground.IsFleet) plan = plan.OnFleet();
        var show = new DemoShow(plan, ground, new DemoView(Terminal, arguments.GetValue(Json)), Terminal.Time);
        var (unlimited, outcomes) = await show.RunAsync(cancellationToken);
        var report = DemoReport.Of(plan, unlimited, outcomes, page, kept, ground.IsFleet);
        await File.WriteAllTextAsync(page, DemoPage.Write(plan, report, outcomes), cancellationToken);
        Print(arguments, report, CliJson.Report.DemoReport, one => Write(one, outcomes));
        return report.IsClean() ? ExitCode.Done : ExitCode.Found;
    }

    private void Tell(LocalServer server, string what) => Terminal.Error.WriteLine($"{server.Name}: {what} …");

    private void Write(DemoReport report, IReadOnlyList<DemoOutcome> outcomes)
    {
        DemoTable.Write(Terminal, report);
        Terminal.Say(report.Verdict());
        var (p50, p99) = (DemoTable.Milliseconds(report.UnlimitedP50Ms), DemoTable.Milliseconds(report.UnlimitedP99Ms));
        Terminal.Say($"Without any limit of capacity: p50 {p50}, p99 {p99}.");
        foreach (var outcome in outcomes.Where(outcome => outcome.Failure is not null))
            Terminal.Say($"{Words.Of(outcome.Policy)}: {Words.Count(outcome.Failed, "access", "accesses")} failed; the first one: {outcome.Failure}");
        foreach (var finding in outcomes.SelectMany(outcome => outcome.Check.Findings)) Terminal.Say(finding.ToString());
        if (report.IsClean())
        {
            var rows = outcomes.Sum(outcome => outcome.Check.Rows);
            var places = report.IsFleet ? "partitions" : "files";
            Terminal.Say($"Checked in all three stores: each of {Words.Count(rows)} rows is there once, and the map and the {places} agree.");
        }

        Terminal.Say($"Report with plots: {report.Html}");
        if (report.Store is { } store) Terminal.Say($"Stores: {store}. Try: foreshard status {Path.Combine(store, Words.Of(DemoPolicy.Predictive))}");
    }
}
