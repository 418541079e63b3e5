using System.CommandLine;
using System.CommandLine.Invocation;
using System.Runtime.InteropServices;
using Foreshard.Cli.Fleets;
using Foreshard.Cli.Output;

namespace Foreshard.Cli;

/// <summary>The command <c>foreshard</c>.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        using var stop = new CancellationTokenSource();

        // The first Ctrl+C asks the command to give up, which may take a moment; the second one ends the process, which a store survives.
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        };
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        });
        return await RunAsync(args, Terminal.OfProcess(), stop.Token);
    }

    /// <summary>Runs one command.</summary>
    /// <param name="args">The words after <c>foreshard</c>.</param>
    /// <param name="terminal">Where it prints.</param>
    /// <param name="cancellationToken">Asks it to give up, as Ctrl+C does.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, Terminal terminal, CancellationToken cancellationToken = default)
    {
        var isOnFleet = StoreWords.NameFleet(args, terminal.Environment);
        var root = new ForeshardCommand(terminal, isOnFleet);
        var arguments = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (arguments.Action is ParseErrorAction) return Misunderstood(arguments, terminal, isOnFleet);
        var configuration = new InvocationConfiguration
        {
            Output = terminal.Output,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        try
        {
            return await arguments.InvokeAsync(configuration, cancellationToken);
        }
        catch (Exception exception)
        {
            var fault = Fault.Of(exception);
            await terminal.Error.WriteLineAsync(arguments.GetValue(root.Verbose) ? $"{fault.Message}{Environment.NewLine}{exception}" : fault.Message);
            return fault.Code;
        }
    }

    private static int Misunderstood(ParseResult arguments, Terminal terminal, bool isOnFleet)
    {
        if (arguments.CommandResult.Command.Subcommands.Count == 0)
        {
            foreach (var error in arguments.Errors) terminal.Error.WriteLine(error.Message);
            if (isOnFleet && arguments.UnmatchedTokens.Count > 0)
                terminal.Error.WriteLine("A fleet is named, by --fleet, --etcd, --store or the environment (FORESHARD_FLEET__…): then no STORE is.");
        }
        else
        {
            terminal.Error.WriteLine(arguments.UnmatchedTokens is [var unknown, ..] ? $"There is no command '{unknown}'." : "Name a command.");
        }

        var path = string.Join(' ', Path(arguments.CommandResult.Command));
        terminal.Error.WriteLine($"'{path} --help' shows what there is.");
        return ExitCode.Usage;
    }

    private static IEnumerable<string> Path(Command command) =>
        command.Parents.OfType<Command>().SelectMany(Path).Append(command.Name);
}
