using System.CommandLine;
using Foreshard.Cli.Output;
using Foreshard.Moving;
using Foreshard.Sessions;

namespace Foreshard.Cli.Commands;

/// <summary>Makes one of all shards of an entity.</summary>
internal sealed class MergeCommand(Terminal terminal)
    : JoiningCommand("merge", "Make one of all shards of an entity, on its home's partition", terminal)
{
    protected override Task JoinAsync(EntityStore store, EntityKey entity, Action<MoveProgress> progress, CancellationToken cancellationToken) =>
        store.MergeAsync(entity, progress, cancellationToken);
}

/// <summary>Puts an entity back into its bucket.</summary>
internal sealed class FoldCommand(Terminal terminal)
    : JoiningCommand("fold", "Put an entity with one shard back into its bucket, on the bucket's partition", terminal)
{
    protected override Task JoinAsync(EntityStore store, EntityKey entity, Action<MoveProgress> progress, CancellationToken cancellationToken) =>
        store.FoldAsync(entity, progress, cancellationToken);
}

/// <summary>A command that may move shards before it joins them.</summary>
internal abstract class JoiningCommand(string name, string description, Terminal terminal)
    : EntityCommand(name, description, terminal, isReadOnly: false)
{
    protected override async Task<int> RunAsync(EntityStore store, EntityKey entity, ParseResult arguments, CancellationToken cancellationToken)
    {
        var bar = new ProgressBar(Terminal);
        await bar.WaitAsync(
            async () =>
            {
                await JoinAsync(store, entity, bar.Show, cancellationToken);
                return true;
            },
            !arguments.GetValue(Json),
            cancellationToken);
        return await PrintPlaceAsync(store, entity, arguments);
    }

    protected abstract Task JoinAsync(EntityStore store, EntityKey entity, Action<MoveProgress> progress, CancellationToken cancellationToken);
}
