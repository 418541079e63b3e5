using System.CommandLine;
using Foreshard.Cli.Output;
using Foreshard.Mapping;
using Foreshard.Sqlite;

namespace Foreshard.Cli.Commands;

/// <summary>The mapping table as a file.</summary>
internal sealed class MappingCommand : Command
{
    public MappingCommand(Terminal terminal)
        : base("mapping", "Export a store's mapping table to a file, or import it from one")
    {
        Add(new MappingExportCommand(terminal));
        Add(new MappingImportCommand(terminal));
    }
}

/// <summary>A command that takes a store's folder and a file, and needs no store that can be opened.</summary>
internal abstract class MappingFileCommand : ReportingCommand
{
    private readonly Argument<string> folder = new("STORE") { Description = "The store's folder" };
    private readonly Argument<string> file = new("FILE") { Description = "The file" };

    protected MappingFileCommand(string name, string description, Terminal terminal)
        : base(name, description, terminal)
    {
        Add(folder);
        Add(file);
        Add(Json);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (store, path) = (arguments.GetRequiredValue(folder), arguments.GetRequiredValue(file));
        var contents = await TransferAsync(Path.GetFullPath(store), path, cancellationToken);
        var report = new MappingReport(
            path, contents.Table.Version, contents.Table.BucketCount, contents.Table.EntryCount, contents.Table.Partitions.Length, contents.Records.Length);
        Print(arguments, report, CliJson.Report.MappingReport, done => Say(
            $"{Verb} version {done.Version} of the mapping table: {Words.Count(done.Buckets, "bucket")}, {Words.Count(done.Entries, "entry", "entries")}, "
            + $"{Words.Count(done.Partitions, "partition")}, {Words.Count(done.Records, "record")}."));
        return ExitCode.Done;
    }

    protected abstract string Verb { get; }

    protected abstract Task<MappingContents> TransferAsync(string store, string path, CancellationToken cancellationToken);
}

internal sealed class MappingExportCommand(Terminal terminal)
    : MappingFileCommand("export", "Write a store's mapping table to a new file", terminal)
{
    protected override string Verb => "Exported";

    protected override Task<MappingContents> TransferAsync(string store, string path, CancellationToken cancellationToken) =>
        SqliteMappingTransfer.ExportAsync(store, path, Terminal.Time, cancellationToken);
}

internal sealed class MappingImportCommand(Terminal terminal)
    : MappingFileCommand("import", "Give a store that has lost its mapping table that of a file", terminal)
{
    protected override string Verb => "Imported";

    protected override Task<MappingContents> TransferAsync(string store, string path, CancellationToken cancellationToken) =>
        SqliteMappingTransfer.ImportAsync(store, path, Terminal.Time, cancellationToken);
}

/// <param name="File">The file that was written or read.</param>
/// <param name="Version">The table's version.</param>
/// <param name="Buckets">How many buckets it has.</param>
/// <param name="Entries">How many entities have an entry of their own.</param>
/// <param name="Partitions">How many partitions it knows, removed ones included.</param>
/// <param name="Records">How many side records it holds.</param>
internal sealed record MappingReport(string File, long Version, int Buckets, int Entries, int Partitions, int Records);
