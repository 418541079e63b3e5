using System.CommandLine;
using Foreshard.Cli.Demo;
using Foreshard.Cli.Output;

namespace Foreshard.Cli.Commands;

/// <summary>Lives real traffic through on a real store under three policies, in accelerated time.</summary>
internal sealed class DemoCommand : ReportingCommand
{
    private readonly Option<bool> fast = new("--fast") { Description = "Replay the first morning only: under a minute" };
    private readonly Option<string?> keep = TextOption("--keep", "DIR", "Leave the stores in a folder, new or empty, to look at with the other commands");
    private readonly Option<string?> html = TextOption(
        "--html", "FILE", "Where the report with plots goes. Default: foreshard-demo.html in the folder for temporary files");

    public DemoCommand(Terminal terminal)
        : base("demo", "See it work: real traffic on a store of this machine, left alone, reacting and with foresight, in accelerated time", terminal)
    {
        Add(fast);
        Add(keep);
        Add(html);
        Add(Json);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        CheckFolderOf(arguments.GetValue(html));
        var page = arguments.GetValue(html) ?? Path.Combine(Path.GetTempPath(), "foreshard-demo.html");
        var kept = arguments.GetValue(keep);
        if (kept is not null && Path.Exists(kept) && (!Directory.Exists(kept) || Directory.EnumerateFileSystemEntries(kept).Any()))
            throw new UsageException($"--keep '{kept}': there is something already. Name a folder that is new or empty.");
        var folder = DemoFolder.Choose();
        var plan = arguments.GetValue(fast) ? DemoPlan.Fast : DemoPlan.Whole;
        try
        {
            var show = new DemoShow(plan, folder, kept, new DemoView(Terminal, arguments.GetValue(Json)), Terminal.Time);
            var (unlimited, outcomes) = await show.RunAsync(cancellationToken);
            var report = DemoReport.Of(plan, unlimited, outcomes, page, kept);
            await File.WriteAllTextAsync(page, DemoPage.Write(plan, report, outcomes), cancellationToken);
            Print(arguments, report, CliJson.Report.DemoReport, one => Write(one, outcomes));
            return report.IsClean() ? ExitCode.Done : ExitCode.Found;
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

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
            Terminal.Say($"Checked in all three stores: each of {Words.Count(rows)} rows is there once, and the map and the files agree.");
        }

        Terminal.Say($"Report with plots: {report.Html}");
        if (report.Store is { } store) Terminal.Say($"Stores: {store}. Try: foreshard status {Path.Combine(store, Words.Of(DemoPolicy.Predictive))}");
    }
}
