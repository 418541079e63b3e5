using System.CommandLine;
using Foreshard.Cli.Output;
using Foreshard.Sessions;

namespace Foreshard.Cli.Commands;

/// <summary>Tells where an entity is.</summary>
internal sealed class WhereCommand : EntityCommand
{
    private readonly Argument<string?> group = new("GROUP") { Description = "A group: only the shard that holds it", Arity = ArgumentArity.ZeroOrOne };

    public WhereCommand(Terminal terminal)
        : base("where", "Show where an entity, or one group of it, is", terminal, isReadOnly: true) => Add(group);

    protected override Task<int> RunAsync(EntityStore store, EntityKey entity, ParseResult arguments, CancellationToken cancellationToken)
    {
        var wanted = EntityNames.ParseGroup(store, entity.Type, arguments.GetValue(group));
        var report = PlaceReport.Of(store.Where(entity));
        if (!wanted.IsNone) report = report with { Shards = [ShardReport.Of(store.Where(entity, wanted))] };
        Print(arguments, report, CliJson.Report.PlaceReport, report => PlaceView.Write(Terminal, report));
        return Task.FromResult(ExitCode.Done);
    }
}
