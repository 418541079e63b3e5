using System.CommandLine;
using Foreshard.Cli.Output;
using Foreshard.Schema;
using Foreshard.Sessions;

namespace Foreshard.Cli.Commands;

/// <summary>Brings the tables to a new version.</summary>
internal sealed class ApplyCommand : StoreCommand
{
    private readonly Argument<long> version = new("VERSION") { Description = "Number of the version that the script makes; higher than those before" };
    private readonly Argument<FileInfo> sql = new Argument<FileInfo>("SQL")
    {
        Description = "The script, in SQLite's SQL; it may fill reference tables",
    }.AcceptExistingOnly();

    private readonly Option<FileInfo> schema = new Option<FileInfo>("--schema")
    {
        Description = "What is declared from then on: foreshard.json. Left out: what the store keeps",
    }.AcceptExistingOnly();

    public ApplyCommand(Terminal terminal)
        : base("apply", "Run a schema script on every partition, once", terminal, isReadOnly: false)
    {
        Add(version);
        Add(sql);
        Add(schema);
    }

    protected override async Task<int> RunAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken)
    {
        var number = arguments.GetValue(version);
        var before = store.SchemaVersion;
        try
        {
            var declared = arguments.GetValue(schema) is { } file ? await StoreSchema.LoadAsync(file.FullName, cancellationToken) : null;
            await store.ApplySchemaAsync(number, await ReadAsync(arguments.GetRequiredValue(sql), cancellationToken), declared, cancellationToken);
        }
        catch (SchemaException exception)
        {
            Print(arguments, CheckReport.Of(exception.Problems), CliJson.Report.CheckReport, report => SchemaView.Write(Terminal, report));
            return ExitCode.Found;
        }

        Print(arguments, new VersionReport(store.SchemaVersion, store.SchemaVersion != before), CliJson.Report.VersionReport, report => Say(report.IsNew
            ? $"Schema version {number} is on all {Words.Count(store.Partitions.Count, "partition")}."
            : $"Schema version {number} was applied before; the store is at version {report.SchemaVersion}. Nothing was changed."));
        return ExitCode.Done;
    }
}

/// <param name="SchemaVersion">The version that the store is at.</param>
/// <param name="IsNew">Whether it is there by this command.</param>
internal sealed record VersionReport(long SchemaVersion, bool IsNew);
