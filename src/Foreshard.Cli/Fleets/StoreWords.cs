using System.CommandLine;
using System.CommandLine.Parsing;

namespace Foreshard.Cli.Fleets;

/// <summary>The words of a command line that say which store is meant: STORE, a folder, or in its place options and variables that name a fleet.</summary>
/// <param name="environment">The environment's variables.</param>
/// <param name="isRequired">Whether the command needs a store.</param>
internal sealed class StoreWords(IReadOnlyDictionary<string, string> environment, bool isRequired = true)
{
    private static readonly string[] Flags = ["--fleet", "--etcd", "--store"];

    private readonly Option<string?> fleet = new(Flags[0])
    {
        HelpName = "FILE",
        Description = "A store on a fleet in place of STORE: the file that says how it is reached",
    };

    private readonly Option<string?> etcd = new(Flags[1]) { HelpName = "URL,URL", Description = "The nodes of the fleet's etcd" };
    private readonly Option<string?> store = new(Flags[2]) { HelpName = "NAME", Description = "The store's name on etcd. Default: main" };

    /// <summary>The argument, left out of commands when a fleet is meant.</summary>
    public StoreArgument Folder { get; } = new("STORE")
    {
        Description = isRequired ? "The store's folder" : "The store's folder; may be left out",
        Arity = isRequired ? ArgumentArity.ExactlyOne : ArgumentArity.ZeroOrOne,
    };

    /// <summary>Whether a command line or the environment names a fleet.</summary>
    public static bool NameFleet(IReadOnlyList<string> args, IReadOnlyDictionary<string, string> environment) =>
        NameFleet(args) || FleetVariables.NameFleet(environment);

    /// <summary>Whether a command line names a fleet.</summary>
    public static bool NameFleet(IEnumerable<string> args) =>
        args.Any(word => Flags.Contains(word.Split('=', ':')[0]));

    public void AddTo(Command command)
    {
        command.Add(Folder);
        AddFlagsTo(command);
    }

    /// <summary>Only the options, for a command that has a word of its own for the folder.</summary>
    public void AddFlagsTo(Command command)
    {
        command.Add(fleet);
        command.Add(etcd);
        command.Add(store);
    }

    /// <summary>Which store is meant; null if none was named.</summary>
    /// <exception cref="UsageException">What was said of a fleet can't be understood.</exception>
    public StorePlace? Find(ParseResult arguments)
    {
        if (arguments.GetValue(Folder) is { } folder) return new FolderPlace(folder);
        return HasFlags(arguments) || IsInEnvironment ? FleetOf(arguments) : null;
    }

    /// <summary>Which store is meant.</summary>
    /// <exception cref="UsageException">None was named, or what was said of a fleet can't be understood.</exception>
    public StorePlace Of(ParseResult arguments) => Find(arguments)
        ?? throw new UsageException("Name a STORE, or a fleet with --fleet FILE.");

    /// <summary>Whether the environment names a fleet.</summary>
    public bool IsInEnvironment => FleetVariables.NameFleet(environment);

    /// <summary>Whether the command line names a store, for validators.</summary>
    public bool IsNamed(CommandResult result) =>
        (result.GetValue(Folder) ?? result.GetValue(fleet) ?? result.GetValue(etcd) ?? result.GetValue(store)) is not null;

    /// <summary>Whether one of the options was given.</summary>
    public bool HasFlags(ParseResult arguments) =>
        (arguments.GetValue(fleet) ?? arguments.GetValue(etcd) ?? arguments.GetValue(store)) is not null;

    /// <summary>The options, for a command that tells its own from them.</summary>
    public bool Has(Option option) => option == fleet || option == etcd || option == store;

    /// <summary>The fleet that is meant.</summary>
    public FleetPlace FleetOf(ParseResult arguments) =>
        new(FleetAddress.Of(arguments.GetValue(fleet), arguments.GetValue(etcd), arguments.GetValue(store), environment));
}

/// <summary>The argument STORE: a folder.</summary>
internal sealed class StoreArgument(string name) : Argument<string?>(name);
