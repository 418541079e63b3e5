using System.CommandLine;
using Foreshard.Cli.Html;
using Foreshard.Cli.Output;

namespace Foreshard.Cli.Commands;

/// <summary>Runs recorded traffic on a virtual fleet under several policies, and compares what comes of them.</summary>
internal sealed class SimulateCommand : TraceCommand
{
    private readonly PolicyOptions policies = new();
    private readonly Option<string?> html = HtmlOption();

    public SimulateCommand(Terminal terminal)
        : base("simulate", "Run recorded traffic on a virtual fleet, left alone, reacting and with foresight, and compare", terminal)
    {
        foreach (var option in policies.All) Add(option);
        Add(html);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        // What can be said to be wrong before a large log is read is said then.
        policies.Apply(arguments, Fleet.Of(arguments, 1, TimeSpan.MaxValue));
        CheckFolderOf(arguments.GetValue(html));
        var bar = new ProgressBar(Terminal);
        var (result, report) = await bar.WaitAsync(
            () =>
            {
                var log = Read(arguments, bar, cancellationToken);
                return Task.FromResult(Run(arguments, log, policies.Apply(arguments, FleetOf(arguments, log)), bar, cancellationToken));
            },
            isShown: true,
            cancellationToken);
        if (arguments.GetValue(html) is { } file) await File.WriteAllTextAsync(file, SimulationPage.Write(result, report), cancellationToken);
        Print(arguments, report, CliJson.Report.SimulationReport, report => SimulationView.Write(Terminal, report));
        return ExitCode.Done;
    }
}
