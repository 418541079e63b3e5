using System.CommandLine;
using Foreshard.Cli.Output;
using Foreshard.Sessions;

namespace Foreshard.Cli.Commands;

/// <summary>Tells how a store is.</summary>
internal sealed class StatusCommand(Terminal terminal)
    : StoreCommand("status", "Show partitions, sizes, schema version and running operations", terminal, isReadOnly: true)
{
    protected override async Task<int> RunAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken)
    {
        var report = await StoreReport.OfAsync(store, arguments.GetRequiredValue(Folder), Terminal.Time, cancellationToken);
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
    }
}

/// <param name="Store">The folder, as named.</param>
/// <param name="SchemaVersion">Version of the tables; 0: none yet.</param>
/// <param name="EntityTypes">Names of the declared types.</param>
/// <param name="Buckets">Number of buckets.</param>
/// <param name="Entries">Entities that have a place of their own.</param>
/// <param name="Partitions">The partitions, by number.</param>
/// <param name="Running">Operations that are not over, oldest first.</param>
internal sealed record StoreReport(
    string Store,
    long SchemaVersion,
    IReadOnlyList<string> EntityTypes,
    int Buckets,
    int Entries,
    IReadOnlyList<PartitionReport> Partitions,
    IReadOnlyList<OperationReport> Running)
{
    public static async Task<StoreReport> OfAsync(EntityStore store, string folder, TimeProvider time, CancellationToken cancellationToken)
    {
        var operations = await store.ReadOperationsAsync(cancellationToken);
        var (buckets, entries) = store.MappingSize;
        return new StoreReport(
            folder,
            store.SchemaVersion,
            [.. store.Schema.EntityTypes.Select(declared => declared.Type.Name)],
            buckets,
            entries,
            PartitionReport.Of(store, folder),
            [.. operations.Where(operation => !operation.IsOver).Select(operation => OperationReport.Of(operation, time))]);
    }
}
