using System.CommandLine;
using Foreshard.Cli.Output;
using Foreshard.Sessions;

namespace Foreshard.Cli.Commands;

/// <summary>Shows what the autopilot decided, why, and what came of it.</summary>
internal sealed class DecisionsCommand : StoreCommand
{
    private readonly Option<string?> entity = TextOption("--entity", "ENTITY", "Only those about this entity or its bucket, in full");
    private readonly Option<int> last = NumberOption("--last", "Only the last so many", 20, number => number >= 0, "0 or more");

    public DecisionsCommand(Terminal terminal)
        : base("decisions", "Show what the autopilot decided, why, and what came of it", terminal, isReadOnly: true)
    {
        Add(entity);
        Add(last);
    }

    protected override async Task<int> RunAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken)
    {
        var name = arguments.GetValue(entity);
        var about = name is null ? (EntityKey?)null : EntityNames.Parse(store, name);
        var decisions = await ReadAsync(store, about, cancellationToken);
        Print(arguments, [.. decisions.TakeLast(arguments.GetValue(last))], CliJson.Report.IReadOnlyListDecisionReport, report =>
        {
            if (report.Count == 0) Say(about is { } one ? $"No decision about {one} or its bucket is kept." : "No decision of an autopilot is kept.");
            else DecisionView.Write(Terminal, report, isFull: about is not null);
        });
        return ExitCode.Done;
    }

    /// <summary>The decisions that are kept, oldest first.</summary>
    /// <param name="store">Of which store.</param>
    /// <param name="about">Only those about this entity, or the bucket that its key hashes to; null: all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<IReadOnlyList<DecisionReport>> ReadAsync(EntityStore store, EntityKey? about, CancellationToken cancellationToken)
    {
        var decisions = (await store.Autopilot.ReadDecisionsAsync(cancellationToken)).Select(DecisionReport.Of);
        if (about is not { } entity) return [.. decisions];
        var (name, bucket) = (entity.ToString(), StoreExplanationReport.BucketOf(store, entity));
        return [.. decisions.Where(decision => decision.Entity == name || (decision.Entity is null && decision.Subject == bucket))];
    }
}
