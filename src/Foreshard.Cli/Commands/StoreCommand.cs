using System.CommandLine;
using Foreshard.Cli.Fleets;
using Foreshard.Cli.Output;
using Foreshard.Sessions;

namespace Foreshard.Cli.Commands;

/// <summary>A command on a store that exists.</summary>
internal abstract class StoreCommand : ReportingCommand
{
    private readonly bool isReadOnly;
    private readonly StoreWords words;

    /// <param name="name">The command's name.</param>
    /// <param name="description">What it does, in a line.</param>
    /// <param name="terminal">Where it prints.</param>
    /// <param name="isReadOnly">Whether it only reads, and so works beside the process that owns the store.</param>
    protected StoreCommand(string name, string description, Terminal terminal, bool isReadOnly)
        : base(name, description, terminal)
    {
        this.isReadOnly = isReadOnly;
        words = new StoreWords(terminal.Environment);
        words.AddTo(this);
        Add(Json);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var store = await PlaceOf(arguments).OpenAsync(new(Terminal.Time) { IsReadOnly = isReadOnly }, cancellationToken);
        return await RunAsync(store, arguments, cancellationToken);
    }

    protected StorePlace PlaceOf(ParseResult arguments) => words.Of(arguments);

    protected abstract Task<int> RunAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken);
}
