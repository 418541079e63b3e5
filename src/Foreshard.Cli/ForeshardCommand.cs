using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;
using Foreshard.Cli.Commands;
using Foreshard.Cli.Fleets;
using Foreshard.Cli.Output;

namespace Foreshard.Cli;

/// <summary>The root of all commands; no RootCommand, which is called like the file that runs.</summary>
internal sealed class ForeshardCommand : Command
{
    /// <param name="terminal">Where commands print.</param>
    /// <param name="isOnFleet">Whether a fleet is named elsewhere: then no command takes a STORE.</param>
    public ForeshardCommand(Terminal terminal, bool isOnFleet = false)
        : base(
            "foreshard",
            "Looks after stores of Foreshard, in which every entity has its place: folders of SQLite files, or fleets of PostgreSQL servers. "
            + "Looks at recorded traffic, too.")
    {
        Add(new DemoCommand(terminal));
        Add(new InitCommand(terminal));
        Add(new CheckCommand(terminal));
        Add(new ApplyCommand(terminal));
        Add(new StatusCommand(terminal));
        Add(new PartitionCommand(terminal));
        Add(new WhereCommand(terminal));
        Add(new IsolateCommand(terminal));
        Add(new MoveCommand(terminal));
        Add(new SplitCommand(terminal));
        Add(new MergeCommand(terminal));
        Add(new FoldCommand(terminal));
        Add(new DrainCommand(terminal));
        Add(new MovesCommand(terminal));
        Add(new VerifyCommand(terminal));
        Add(new MappingCommand(terminal));
        Add(new RunCommand(terminal));
        Add(new ServeCommand(terminal));
        Add(new FleetCommand(terminal));
        Add(new DoctorCommand(terminal));
        Add(new DecisionsCommand(terminal));
        Add(new ProfileCommand(terminal));
        Add(new ForecastCommand(terminal));
        Add(new BacktestCommand(terminal));
        Add(new AnalyzeCommand(terminal));
        Add(new ExplainCommand(terminal));
        Add(new SimulateCommand(terminal));
        Add(new EventCommand(terminal));
        Add(Verbose);
        Add(new VersionOption { Description = "Show the version", Action = new VersionAction() });
        var help = new HelpOption { Description = "Show help and usage" };
        help.Action = new HelpWithExitCodes((HelpAction)help.Action!, terminal.Width);
        Add(help);
        if (isOnFleet) LeaveOutStores(this);
    }

    public Option<bool> Verbose { get; } = new("--verbose") { Description = "Say more when something fails", Recursive = true };

    private static void LeaveOutStores(Command command)
    {
        foreach (var argument in command.Arguments.OfType<StoreArgument>().ToList()) command.Arguments.Remove(argument);
        foreach (var inner in command.Subcommands) LeaveOutStores(inner);
    }

    private sealed class VersionAction : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var version = typeof(ForeshardCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
            parseResult.InvocationConfiguration.Output.WriteLine($"foreshard {version}");
            return ExitCode.Done;
        }
    }

    private sealed class HelpWithExitCodes : SynchronousCommandLineAction
    {
        private readonly HelpAction help;

        public HelpWithExitCodes(HelpAction help, int width)
        {
            this.help = help;
            help.MaxWidth = width;
        }

        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            help.Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Exit codes:");
            foreach (var (code, meaning) in ExitCode.All) output.WriteLine($"  {code,3}  {meaning}");
            return ExitCode.Done;
        }
    }
}
