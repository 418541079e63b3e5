using System.CommandLine;
using Foreshard.Cli.Output;
using Foreshard.Moving;
using Foreshard.Sessions;

namespace Foreshard.Cli.Commands;

/// <summary>Splits an entity in place.</summary>
internal sealed class SplitCommand : EntityCommand
{
    private readonly Option<string[]> at = new("--at")
    {
        HelpName = "POSITION",
        Description = "Positions on the line of groups; each begins a new shard: an integer, 2026-03-01 or 2026-03-01T12:30:00Z",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string[]> segments = new("--segments")
    {
        HelpName = "SET",
        Description = "Sets of segments, each as eu,us; each set becomes a shard, what is left and what is new stays together",
        AllowMultipleArgumentsPerToken = true,
    };

    public SplitCommand(Terminal terminal)
        : base("split", "Split an entity, or its shards, in place; its shards may then be moved apart", terminal, isReadOnly: false)
    {
        Add(at);
        Add(segments);
        Validators.Add(result =>
        {
            if (result.GetResult(at) is null == result.GetResult(segments) is null)
                result.AddError("Name either positions (--at) or sets of segments (--segments).");
        });
    }

    protected override async Task<int> RunAsync(EntityStore store, EntityKey entity, ParseResult arguments, CancellationToken cancellationToken)
    {
        await store.SplitAsync(entity, PointsOf(store, entity.Type, arguments), cancellationToken);
        return await PrintPlaceAsync(store, entity, arguments);
    }

    private SplitPoints PointsOf(EntityStore store, EntityType type, ParseResult arguments) => arguments.GetValue(at) is { Length: > 0 } positions
        ? SplitPoints.At([.. positions.Select(position => EntityNames.ParseGroup(store, type, position))])
        : SplitPoints.Segments([.. arguments.GetValue(segments)!.Select(SetOf)]);

    private static string[] SetOf(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
