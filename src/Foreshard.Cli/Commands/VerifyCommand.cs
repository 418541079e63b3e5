using System.CommandLine;
using Foreshard.Cli.Output;
using Foreshard.Moving;
using Foreshard.Sessions;
using Spectre.Console;

namespace Foreshard.Cli.Commands;

/// <summary>Compares the mapping table with what the partitions hold.</summary>
internal sealed class VerifyCommand(Terminal terminal)
    : StoreCommand("verify", "Look for rows in wrong places, wrong owners, differing copies; changes nothing", terminal, isReadOnly: true)
{
    protected override async Task<int> RunAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken)
    {
        var findings = await store.VerifyAsync(cancellationToken);
        Print(arguments, [.. findings.Select(FindingReport.Of)], CliJson.Report.IReadOnlyListFindingReport, report => Write(report, store.Partitions.Count));
        return findings.Count == 0 ? ExitCode.Done : ExitCode.Found;
    }

    private void Write(IReadOnlyList<FindingReport> findings, int partitions)
    {
        if (findings.Count == 0)
        {
            Say($"Everything is where the mapping table says, on {Words.Count(partitions, "partition")}.");
            return;
        }

        var table = Tables.Of("finding", "partition", "subject", "what is wrong");
        foreach (var finding in findings) table.Row(finding.Kind, finding.Partition, finding.Subject, finding.Message);
        Terminal.Write(table);
        Terminal.Write(new Markup($"[red]{Words.Count(findings.Count, "finding")}.[/] Nothing was changed."));
    }
}

/// <param name="Kind">strayRows, wrongOwner, differingCopies, malformedKeys or stuckOperation.</param>
/// <param name="Partition">Name of the partition.</param>
/// <param name="Subject">The table, unit or entity.</param>
/// <param name="Message">What is wrong, with the values.</param>
internal sealed record FindingReport(string Kind, string Partition, string Subject, string Message)
{
    public static FindingReport Of(Finding finding) => new(Words.Of(finding.Kind), finding.Partition, finding.Subject, finding.Message);
}
