using System.CommandLine;
using Foreshard.Cli.Output;
using Foreshard.Sessions;

namespace Foreshard.Cli.Commands;

/// <summary>Empties a partition.</summary>
internal sealed class DrainCommand : StoreCommand
{
    private readonly Argument<string> partition = new("PARTITION") { Description = "The partition's name" };
    private readonly Option<bool> end = new("--end") { Description = "Let it take units again instead" };

    public DrainCommand(Terminal terminal)
        : base("drain", "Move everything off a partition; it takes nothing new from then on", terminal, isReadOnly: false)
    {
        Add(partition);
        Add(end);
    }

    protected override async Task<int> RunAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken)
    {
        var name = arguments.GetRequiredValue(partition);
        if (arguments.GetValue(end))
        {
            await store.EndDrainAsync(name, cancellationToken);
            Print(arguments, new DrainReport(name, false, 0), CliJson.Report.DrainReport, _ => Say($"Partition {name} takes units again."));
            return ExitCode.Done;
        }

        var bar = new ProgressBar(Terminal);
        int moved;
        try
        {
            moved = await bar.WaitAsync(() => store.DrainAsync(name, bar.Show, cancellationToken), !arguments.GetValue(Json), cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await Terminal.Error.WriteLineAsync(
                $"Given up. What was moved stays moved, and nothing was lost. Partition {name} takes nothing new: "
                + "'foreshard drain' goes on with it, 'foreshard drain --end' lets it take units again.");
            return ExitCode.Cancelled;
        }

        Print(arguments, new DrainReport(name, true, moved), CliJson.Report.DrainReport, report => Say(
            $"Partition {name} is empty and takes nothing new: {Words.Count(report.Moved, "unit")} moved."));
        return ExitCode.Done;
    }
}

/// <param name="Partition">Its name.</param>
/// <param name="IsDraining">Whether it takes no new units.</param>
/// <param name="Moved">Units moved off it by this command.</param>
internal sealed record DrainReport(string Partition, bool IsDraining, int Moved);
