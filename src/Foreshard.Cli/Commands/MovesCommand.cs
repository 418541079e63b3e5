using System.CommandLine;
using System.Text.Json;
using Foreshard.Cli.Output;
using Foreshard.Sessions;
using Spectre.Console;

namespace Foreshard.Cli.Commands;

/// <summary>Shows operations that run or ran.</summary>
internal sealed class MovesCommand : StoreCommand
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    private readonly Option<bool> watch = new("--watch") { Description = "Go on until Ctrl+C; with --json or into a file, a line for every change" };
    private readonly Option<int> last = NumberOption("--last", "Of those that are over, only the last so many", 20, number => number >= 0, "0 or more");

    public MovesCommand(Terminal terminal)
        : base("moves", "Show operations that run, and the last that ran", terminal, isReadOnly: true)
    {
        Add(watch);
        Add(last);
    }

    protected override async Task<int> RunAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken)
    {
        try
        {
            if (!arguments.GetValue(watch)) await ShowAsync(store, arguments, cancellationToken);
            else if (Terminal.IsInteractive && !arguments.GetValue(Json)) await RedrawAsync(store, arguments, cancellationToken);
            else await FollowAsync(store, arguments, cancellationToken);
        }
        catch (OperationCanceledException) when (arguments.GetValue(watch))
        {
            // Ctrl+C is how watching ends.
        }

        return ExitCode.Done;
    }

    private async Task ShowAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken) =>
        Print(arguments, await ReadAsync(store, arguments, cancellationToken), CliJson.Report.IReadOnlyListOperationReport, report =>
        {
            if (report.Count == 0) Say("No operation has run yet.");
            else OperationView.Write(Terminal, report);
        });

    private async Task RedrawAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken) =>
        await Terminal.Console.Live(new Text("")).StartAsync(async screen =>
        {
            while (true)
            {
                screen.UpdateTarget(OperationView.Of(await ReadAsync(store, arguments, cancellationToken), Terminal.Time));
                await Task.Delay(WatchInterval, Terminal.Time, cancellationToken);
            }
        });

    private async Task FollowAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken)
    {
        var seen = new Dictionary<long, string>();
        while (true)
        {
            foreach (var operation in await ReadAsync(store, arguments, cancellationToken))
            {
                var line = arguments.GetValue(Json) ? JsonSerializer.Serialize(operation, CliJson.Line.OperationReport) : OperationView.Line(operation);
                if (seen.TryGetValue(operation.Id, out var before) && before == line) continue;
                seen[operation.Id] = line;
                Say(line);
            }

            await Terminal.Output.FlushAsync(cancellationToken);
            await Task.Delay(WatchInterval, Terminal.Time, cancellationToken);
        }
    }

    private async Task<IReadOnlyList<OperationReport>> ReadAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken)
    {
        var operations = await store.ReadOperationsAsync(cancellationToken);
        return
        [
            .. operations.Where(operation => operation.IsOver).TakeLast(arguments.GetValue(last))
                .Concat(operations.Where(operation => !operation.IsOver))
                .Select(operation => OperationReport.Of(operation, Terminal.Time)),
        ];
    }
}
