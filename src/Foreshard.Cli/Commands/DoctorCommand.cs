using System.CommandLine;
using Foreshard.Cli.Fleets;
using Foreshard.Cli.Output;

namespace Foreshard.Cli.Commands;

/// <summary>Looks a fleet over.</summary>
internal sealed class DoctorCommand : ReportingCommand
{
    private readonly StoreWords words;
    private readonly Option<bool> all = new("--all") { Description = "Show what is as it should be, too" };

    public DoctorCommand(Terminal terminal)
        : base("doctor", "Look a fleet's servers over: settings, roles, clocks, versions; say what to change. Changes nothing", terminal)
    {
        words = new StoreWords(terminal.Environment, isRequired: false);
        words.AddFlagsTo(this);
        Add(all);
        Add(Json);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        if (!words.HasFlags(arguments) && !words.IsInEnvironment)
            throw new UsageException(
                "Name a fleet with --fleet FILE or --etcd URL,URL. A store in a folder has no servers to look at; 'foreshard verify' looks at its data.");
        var found = await new FleetDoctor(words.FleetOf(arguments).Address, Terminal.Time).LookAsync(cancellationToken);
        Print(arguments, [.. found.Select(DiagnosisReport.Of)], CliJson.Report.IReadOnlyListDiagnosisReport, report => Write(report, arguments.GetValue(all)));
        return found.Any(one => one.State == DiagnosisState.Problem) ? ExitCode.Found : ExitCode.Done;
    }

    private void Write(IReadOnlyList<DiagnosisReport> found, bool isAll)
    {
        var ok = Words.Of(DiagnosisState.Ok);
        var shown = isAll ? found : [.. found.Where(one => one.State != ok)];
        if (shown.Count > 0)
        {
            var table = Tables.Of("state", "where", "what", "found", "what to change");
            foreach (var one in shown) table.Row(one.State, one.Subject, one.Check, one.Found, one.Advice ?? "");
            Terminal.Write(table);
        }

        var (problems, warnings) = (CountOf(DiagnosisState.Problem), CountOf(DiagnosisState.Warning));
        Terminal.Say(
            $"{Words.Count(found.Count, "thing")} looked at: {Words.Count(problems, "problem")}, {Words.Count(warnings, "warning")}. Nothing was changed."
            + (isAll || CountOf(DiagnosisState.Ok) == 0 ? "" : " --all shows the rest."));

        int CountOf(DiagnosisState state) => found.Count(one => one.State == Words.Of(state));
    }
}

/// <param name="Subject">etcd, a node's address, or a partition's name.</param>
/// <param name="Check">What was looked at.</param>
/// <param name="State">ok, warning or problem.</param>
/// <param name="Found">What was found.</param>
/// <param name="Advice">What to change; null if nothing.</param>
internal sealed record DiagnosisReport(string Subject, string Check, string State, string Found, string? Advice)
{
    public static DiagnosisReport Of(Diagnosis diagnosis) =>
        new(diagnosis.Subject, diagnosis.Check, Words.Of(diagnosis.State), diagnosis.Found, diagnosis.Advice);
}
