using System.CommandLine;
using Foreshard.Autopilot;
using Foreshard.Cli.Fleets;
using Foreshard.Cli.Output;
using Foreshard.Sessions;

namespace Foreshard.Cli.Commands;

/// <summary>Tells how a store is.</summary>
internal sealed class StatusCommand(Terminal terminal)
    : StoreCommand("status", "Show partitions, sizes, schema version and running operations", terminal, isReadOnly: true)
{
    protected override async Task<int> RunAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken)
    {
        var report = await StoreReport.OfAsync(store, PlaceOf(arguments), Terminal.Time, cancellationToken);
        Print(arguments, report, CliJson.Report.StoreReport, Write);
        return ExitCode.Done;
    }

    private void Write(StoreReport report)
    {
        var types = report.EntityTypes.Count == 0 ? "no entity types" : string.Join(", ", report.EntityTypes);
        Say($"Store '{report.Store}', {(report.SchemaVersion == 0 ? "no tables yet" : $"schema version {report.SchemaVersion}")}: {types}.");
        var entries = report.Entries == 1 ? "entity has a place of its own" : "entities have a place of their own";
        Say($"{Words.Count(report.Buckets, "bucket")}; {Words.Count(report.Entries)} {entries}.");
        Terminal.Write(PartitionView.Of(report.Partitions));
        if (report.Running.Count == 0) Say("No operation is running.");
        else OperationView.Write(Terminal, report.Running);
        if (report.Autopilot is not { } autopilot) return;
        Terminal.Say(autopilot.Sentence());
        foreach (var line in RoundTripReport.Lines(autopilot.RoundTrips)) Terminal.Say(line);
    }
}

/// <param name="Store">The folder, as named; of a fleet the store's name and etcd's nodes.</param>
/// <param name="SchemaVersion">Version of the tables; 0: none yet.</param>
/// <param name="EntityTypes">Names of the declared types.</param>
/// <param name="Buckets">Number of buckets.</param>
/// <param name="Entries">Entities that have a place of their own.</param>
/// <param name="Partitions">The partitions, by number.</param>
/// <param name="Running">Operations that are not over, oldest first.</param>
/// <param name="Autopilot">What its autopilot did last; null if none ever planned or was paused.</param>
internal sealed record StoreReport(
    string Store,
    long SchemaVersion,
    IReadOnlyList<string> EntityTypes,
    int Buckets,
    int Entries,
    IReadOnlyList<PartitionReport> Partitions,
    IReadOnlyList<OperationReport> Running,
    AutopilotReport? Autopilot)
{
    public static async Task<StoreReport> OfAsync(EntityStore store, StorePlace place, TimeProvider time, CancellationToken cancellationToken)
    {
        var operations = await store.ReadOperationsAsync(cancellationToken);
        var (buckets, entries) = store.MappingSize;
        return new StoreReport(
            place.Name,
            store.SchemaVersion,
            [.. store.Schema.EntityTypes.Select(declared => declared.Type.Name)],
            buckets,
            entries,
            await PartitionReport.OfAsync(store, place, cancellationToken),
            [.. operations.Where(operation => !operation.IsOver).Select(operation => OperationReport.Of(operation, time))],
            await AutopilotReport.OfAsync(store, cancellationToken));
    }
}

/// <param name="Leader">The process that looks after the fleet; null: none does at the moment, or the store is a folder.</param>
/// <param name="PlannedAt">When the last plan was made; null before the first.</param>
/// <param name="Paused">Why nothing is carried out; null if it isn't paused.</param>
/// <param name="Failures">Failed operations in a row.</param>
/// <param name="Advice">What the fleet lacks, in words; null if nothing.</param>
/// <param name="RoundTrips">The round trips that the last plan went by, as processes measured them; null or none: nobody did.</param>
internal sealed record AutopilotReport(
    string? Leader, DateTime? PlannedAt, string? Paused, int Failures, string? Advice, IReadOnlyList<RoundTripReport>? RoundTrips = null)
{
    public static async Task<AutopilotReport?> OfAsync(EntityStore store, CancellationToken cancellationToken)
    {
        var plan = await store.Autopilot.ReadPlanAsync(cancellationToken);
        var state = await store.Autopilot.ReadStateAsync(cancellationToken);
        var leader = await store.Moving.Store.FindLeaseOwnerAsync(PilotElection.LeaseName, cancellationToken);
        return plan is null && state is null && leader is null
            ? null
            : new AutopilotReport(leader, plan?.MadeUtc, state?.Paused, state?.Failures ?? 0, plan?.Advice, RoundTripReport.Of(plan));
    }

    /// <summary>All of it in a line.</summary>
    public string Sentence()
    {
        var planned = PlannedAt is { } moment ? $"last plan {Words.Moment(moment)} UTC" : "no plan yet";
        var led = Leader is null ? "" : $"led by {Leader}; ";
        var paused = Paused is null ? "" : $"; paused: {Paused}";
        var failures = Failures == 0 ? "" : $"; {Words.Count(Failures, "failed operation")} in a row";
        return $"Autopilot: {led}{planned}{paused}{failures}{(Advice is null ? "" : $"; what the fleet lacks: {Advice}")}.";
    }
}
