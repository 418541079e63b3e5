using System.CommandLine;
using Foreshard.Cli.Html;
using Foreshard.Cli.Output;
using Foreshard.Simulation.Runs;

namespace Foreshard.Cli.Commands;

/// <summary>Looks at recorded traffic as a whole: who is hot, how good forecasts are, what to do now, and what foresight would have saved.</summary>
internal sealed class AnalyzeCommand : TraceCommand
{
    private readonly PolicyOptions policies = new();
    private readonly Option<int> top = NumberOption("--top", "How many entities to show", 10, number => number >= 0, "a number that isn't negative");
    private readonly Option<string?> html = HtmlOption();

    public AnalyzeCommand(Terminal terminal)
        : base("analyze", "Say who is hot, what to split and move now and why, and what foresight would have saved", terminal)
    {
        foreach (var option in policies.All) Add(option);
        Add(top);
        Add(html);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        policies.Apply(arguments, Fleet.Of(arguments, 1, TimeSpan.MaxValue));
        CheckFolderOf(arguments.GetValue(html));
        var bar = new ProgressBar(Terminal);
        var (analysis, result, report) = await bar.WaitAsync(
            () => Task.FromResult(Look(arguments, bar, cancellationToken)), isShown: true, cancellationToken);
        if (arguments.GetValue(html) is { } file) await File.WriteAllTextAsync(file, AnalysisPage.Write(analysis.Plan, result, report), cancellationToken);
        Print(arguments, report, CliJson.Report.AnalysisReport, Write);
        return ExitCode.Done;
    }

    private (FleetAnalysis Analysis, SimulationResult Result, AnalysisReport Report) Look(
        ParseResult arguments, ProgressBar bar, CancellationToken cancellationToken)
    {
        var log = Read(arguments, bar, cancellationToken);
        var options = policies.Apply(arguments, FleetOf(arguments, log));
        var analysis = FleetAnalysis.Of(log.Trace, options, bar.ShowAnalysed, cancellationToken);
        var (result, simulation) = Run(arguments, log, options, bar, cancellationToken);
        return (analysis, result, AnalysisReport.Of(analysis, arguments.GetValue(top), log.HasAccesses, simulation));
    }

    private void Write(AnalysisReport report)
    {
        var (hot, warm, cold) = report.Classes;
        Terminal.Say($"{Words.Count(hot)} hot, {Words.Count(warm)} warm, {Words.Count(cold)} cold.");
        if (report.Top.Count > 0) ProfileView.WriteTable(Terminal, report.Top);
        Terminal.Say(report.Skill.Sentence());
        Terminal.Output.WriteLine();
        PlanView.Write(Terminal, report.Plan);
        SimulationView.Write(Terminal, report.Simulation);
    }
}
