using System.Globalization;
using Foreshard.Autopilot;
using Foreshard.Cli.Output;
using Foreshard.Sessions;

namespace Foreshard.Cli.Commands;

/// <param name="Place">Where the entity is.</param>
/// <param name="Decisions">The last decisions about it or its bucket, oldest first.</param>
/// <param name="Plan">The last plan, as far as it is about the entity; null if none was made yet.</param>
/// <param name="Paused">Why the autopilot carries nothing out; null if it isn't paused.</param>
internal sealed record StoreExplanationReport(PlaceReport Place, IReadOnlyList<DecisionReport> Decisions, StorePlanReport? Plan, string? Paused)
{
    private const int DecisionsShown = 5;

    public static async Task<StoreExplanationReport> OfAsync(EntityStore store, EntityKey entity, CancellationToken cancellationToken)
    {
        var plan = await store.Autopilot.ReadPlanAsync(cancellationToken);
        var state = await store.Autopilot.ReadStateAsync(cancellationToken);
        var decisions = await DecisionsCommand.ReadAsync(store, entity, cancellationToken);
        return new StoreExplanationReport(
            PlaceReport.Of(store.Where(entity)),
            [.. decisions.TakeLast(DecisionsShown)],
            plan is null ? null : StorePlanReport.Of(plan, store, entity),
            state?.Paused);
    }

    /// <summary>What decisions and plans call the bucket that the key hashes to.</summary>
    public static string BucketOf(EntityStore store, EntityKey entity) => string.Create(CultureInfo.InvariantCulture, $"bucket {store.Where(entity).Bucket}");
}

/// <param name="MadeAt">When it was made.</param>
/// <param name="Until">How far it looks.</param>
/// <param name="Partitions">The partitions that the entity is on.</param>
/// <param name="Refusals">What was looked at about the entity, or about its bucket, and not done.</param>
/// <param name="Advice">What the fleet lacks, in words; null if nothing.</param>
/// <param name="RoundTrips">The round trips it went by, as processes measured them; null: nobody did.</param>
internal sealed record StorePlanReport(
    DateTime MadeAt,
    DateTime Until,
    IReadOnlyList<StorePartitionReport> Partitions,
    IReadOnlyList<StoreRefusalReport> Refusals,
    string? Advice,
    IReadOnlyList<RoundTripReport>? RoundTrips = null)
{
    public static StorePlanReport Of(PlanRecord plan, EntityStore store, EntityKey entity)
    {
        var (name, bucket) = (entity.ToString(), StoreExplanationReport.BucketOf(store, entity));
        var on = store.Where(entity).Shards.Select(shard => shard.Partition).ToHashSet();
        return new StorePlanReport(
            plan.MadeUtc,
            plan.UntilUtc,
            [.. plan.Partitions.Where(one => on.Contains(one.Name)).Select(StorePartitionReport.Of)],
            [
                .. plan.Refusals.Where(one => one.Entity == name || (one.Entity is null && one.Subject == bucket))
                    .Select(one => new StoreRefusalReport(one.Subject, one.Partition, Words.Name(one.Reason), one.Because)),
            ],
            plan.Advice,
            RoundTripReport.Of(plan));
    }
}

/// <param name="Name">Name of the partition.</param>
/// <param name="CapacityPerSecond">Cost units per second.</param>
/// <param name="Load">Load of the last interval before the plan, of its capacity.</param>
/// <param name="PeakBefore">Forecast peak if nothing is done, of its capacity.</param>
/// <param name="PeakBeforeAt">When that comes.</param>
/// <param name="PeakAfter">Forecast peak with the plan.</param>
internal sealed record StorePartitionReport(
    string Name, double CapacityPerSecond, double Load, double PeakBefore, DateTime PeakBeforeAt, double PeakAfter)
{
    public static StorePartitionReport Of(PlannedPartition one) => new(one.Name, one.Capacity, one.Load, one.PeakBefore, one.PeakAtUtc, one.PeakAfter);
}

/// <param name="Subject">What it is about.</param>
/// <param name="Partition">Where it stays.</param>
/// <param name="Reason">Why, in a word.</param>
/// <param name="Because">Why, with figures.</param>
internal sealed record StoreRefusalReport(string Subject, string Partition, string Reason, string Because);

/// <summary>What the autopilot of a store does with an entity, on the screen.</summary>
internal static class StoreExplanationView
{
    public static void Write(Terminal terminal, StoreExplanationReport report)
    {
        PlaceView.Write(terminal, report.Place);
        if (report.Paused is { } reason) terminal.Say($"The autopilot is paused: {reason}.");
        foreach (var line in PlanLines(report)) terminal.Say(line);
        terminal.Output.WriteLine();
        if (report.Decisions.Count == 0) terminal.Say("No decision about it or its bucket is kept.");
        else DecisionView.Write(terminal, report.Decisions, isFull: true);
    }

    private static IEnumerable<string> PlanLines(StoreExplanationReport report)
    {
        if (report.Plan is not { } plan)
        {
            yield return "No plan was made yet: an autopilot that looks on makes the first one at the end of its first interval.";
            yield break;
        }

        yield return $"Last plan: {Words.Moment(plan.MadeAt)} UTC, up to {Words.Moment(plan.Until)}.";
        foreach (var one in plan.Partitions)
        {
            yield return $"- {one.Name} was at {Words.Percent(one.Load)} of its capacity ({Words.Load(one.CapacityPerSecond)}/s); forecast peak "
                + $"{Words.Percent(one.PeakBefore)} at {Words.Moment(one.PeakBeforeAt)} UTC if nothing is done, {Words.Percent(one.PeakAfter)} with the plan.";
        }

        foreach (var line in RoundTripReport.Lines(plan.RoundTrips)) yield return $"- {line}";
        if (plan.Refusals.Count == 0) yield return "- It refused nothing about the entity or its bucket.";
        foreach (var one in plan.Refusals) yield return $"- {one.Subject} stays on {one.Partition}: {one.Reason}: {one.Because}";
        if (plan.Advice is { } advice) yield return $"- What the fleet lacks: {advice}";
    }
}
