using System.CommandLine;
using Foreshard.Cli.Output;
using Foreshard.Sessions;

namespace Foreshard.Cli.Commands;

/// <summary>Gives an entity a place of its own.</summary>
internal sealed class IsolateCommand(Terminal terminal)
    : EntityCommand("isolate", "Give an entity a place of its own, apart from its bucket; no data is carried", terminal, isReadOnly: false)
{
    protected override async Task<int> RunAsync(EntityStore store, EntityKey entity, ParseResult arguments, CancellationToken cancellationToken)
    {
        await store.IsolateAsync(entity, cancellationToken);
        return await PrintPlaceAsync(store, entity, arguments);
    }
}
