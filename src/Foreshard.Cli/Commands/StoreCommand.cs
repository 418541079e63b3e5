using System.CommandLine;
using Foreshard.Cli.Output;
using Foreshard.Sessions;
using Foreshard.Sqlite;

namespace Foreshard.Cli.Commands;

/// <summary>A command on a store that exists.</summary>
internal abstract class StoreCommand : ReportingCommand
{
    private readonly bool isReadOnly;

    /// <param name="name">The command's name.</param>
    /// <param name="description">What it does, in a line.</param>
    /// <param name="terminal">Where it prints.</param>
    /// <param name="isReadOnly">Whether it only reads, and so works beside the process that owns the store.</param>
    protected StoreCommand(string name, string description, Terminal terminal, bool isReadOnly)
        : base(name, description, terminal)
    {
        this.isReadOnly = isReadOnly;
        Add(Folder);
        Add(Json);
    }

    protected Argument<string> Folder { get; } = new("STORE") { Description = "The store's folder" };

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var options = new SqliteStoreOptions { ReadOnly = isReadOnly, Create = false, TimeProvider = Terminal.Time };
        await using var store = await EntityStore.OpenAsync(arguments.GetRequiredValue(Folder), null, options, cancellationToken);
        return await RunAsync(store, arguments, cancellationToken);
    }

    protected abstract Task<int> RunAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken);
}
