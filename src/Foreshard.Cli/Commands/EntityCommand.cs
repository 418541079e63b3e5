using System.CommandLine;
using Foreshard.Cli.Output;
using Foreshard.Sessions;

namespace Foreshard.Cli.Commands;

/// <summary>A command on one entity.</summary>
internal abstract class EntityCommand : StoreCommand
{
    /// <inheritdoc/>
    protected EntityCommand(string name, string description, Terminal terminal, bool isReadOnly)
        : base(name, description, terminal, isReadOnly) => Add(Entity);

    protected Argument<string> Entity { get; } = new("ENTITY") { Description = "The entity: type and key, as customer/42" };

    protected override Task<int> RunAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken)
    {
        var entity = EntityNames.Parse(store, arguments.GetRequiredValue(Entity));
        return GivingUp.TellAsync(Terminal, store, entity, () => RunAsync(store, entity, arguments, cancellationToken));
    }

    protected abstract Task<int> RunAsync(EntityStore store, EntityKey entity, ParseResult arguments, CancellationToken cancellationToken);

    /// <summary>Prints where the entity is.</summary>
    protected async Task<int> PrintPlaceAsync(EntityStore store, EntityKey entity, ParseResult arguments)
    {
        await store.CatchUpAsync(CancellationToken.None);
        Print(arguments, PlaceReport.Of(store.Where(entity)), CliJson.Report.PlaceReport, report => PlaceView.Write(Terminal, report));
        return ExitCode.Done;
    }
}

/// <summary>What to say when an operation on an entity was given up at Ctrl+C.</summary>
internal static class GivingUp
{
    public static async Task<int> TellAsync(Terminal terminal, EntityStore store, EntityKey entity, Func<Task<int>> work)
    {
        var before = store.Where(entity);
        try
        {
            return await work();
        }
        catch (OperationCanceledException)
        {
            await store.CatchUpAsync(CancellationToken.None);
            var after = store.Where(entity);
            await terminal.Error.WriteLineAsync(before.Shards.Select(shard => shard.Placement).SequenceEqual(after.Shards.Select(shard => shard.Placement))
                ? "Given up. Everything is as it was."
                : $"Given up. Nothing was lost; steps that were complete stay, and 'foreshard where' shows the place of {entity} now.");
            return ExitCode.Cancelled;
        }
    }
}
