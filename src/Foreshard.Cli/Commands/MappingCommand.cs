using System.CommandLine;
using System.Numerics;
using Foreshard.Cli.Fleets;
using Foreshard.Cli.Output;
using Foreshard.Mapping;
using Foreshard.Sqlite;

namespace Foreshard.Cli.Commands;

/// <summary>The mapping table as a file.</summary>
internal sealed class MappingCommand : Command
{
    public MappingCommand(Terminal terminal)
        : base("mapping", "Export a store's mapping table to a file, import it from one, or make it anew")
    {
        Add(new MappingExportCommand(terminal));
        Add(new MappingImportCommand(terminal));
        Add(new MappingRebuildCommand(terminal));
    }
}

/// <summary>A command on a store's mapping table and a file, which needs no store that can be opened.</summary>
internal abstract class MappingFileCommand : ReportingCommand
{
    private readonly StoreWords words;
    private readonly Argument<string> file = new("FILE") { Description = "The file" };

    protected MappingFileCommand(string name, string description, Terminal terminal)
        : base(name, description, terminal)
    {
        words = new StoreWords(terminal.Environment);
        words.AddTo(this);
        Add(file);
        Add(Json);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var path = arguments.GetRequiredValue(file);
        var contents = await TransferAsync(words.Of(arguments), path, cancellationToken);
        Print(arguments, MappingReport.Of(path, contents), CliJson.Report.MappingReport, done => Say($"{Verb} {done.Sentence()}"));
        return ExitCode.Done;
    }

    protected abstract string Verb { get; }

    protected abstract Task<MappingContents> TransferAsync(StorePlace place, string path, CancellationToken cancellationToken);
}

internal sealed class MappingExportCommand(Terminal terminal)
    : MappingFileCommand("export", "Write a store's mapping table to a new file", terminal)
{
    protected override string Verb => "Exported";

    protected override Task<MappingContents> TransferAsync(StorePlace place, string path, CancellationToken cancellationToken) => place switch
    {
        FleetPlace fleet => FleetMapping.ExportAsync(fleet.Address, path, Terminal.Time, cancellationToken),
        _ => SqliteMappingTransfer.ExportAsync(Path.GetFullPath(place.Name), path, Terminal.Time, cancellationToken),
    };
}

internal sealed class MappingImportCommand(Terminal terminal)
    : MappingFileCommand("import", "Give a store that has lost its mapping table that of a file", terminal)
{
    protected override string Verb => "Imported";

    protected override Task<MappingContents> TransferAsync(StorePlace place, string path, CancellationToken cancellationToken) => place switch
    {
        FleetPlace fleet => FleetMapping.ImportAsync(fleet.Address, path, Terminal.Time, cancellationToken),
        _ => SqliteMappingTransfer.ImportAsync(Path.GetFullPath(place.Name), path, Terminal.Time, cancellationToken),
    };
}

/// <summary>Makes a lost table anew of what the partitions say of their units.</summary>
internal sealed class MappingRebuildCommand : ReportingCommand
{
    private readonly StoreWords words;
    private readonly Option<FileInfo> export = FileOption(
        "--export", "The last export: it says which shards of which entities there are, and keeps what was declared");
    private readonly Option<int> buckets = NumberOption(
        "--buckets", "How many buckets the store has, if there is no export", 0, number => number >= 1 && BitOperations.IsPow2(number), "a power of two");

    private readonly Option<bool> dryRun = new("--dry-run") { Description = "Say what would be made, and make nothing" };

    public MappingRebuildCommand(Terminal terminal)
        : base("rebuild", "Make a fleet's lost mapping table anew of what its partitions say of their units", terminal)
    {
        words = new StoreWords(terminal.Environment, isRequired: false);
        words.AddFlagsTo(this);
        Option[] options = [export, buckets, dryRun, Json];
        foreach (var option in options) Add(option);
        Validators.Add(result =>
        {
            if (result.GetResult(export) is null == result.GetResult(buckets) is null)
                result.AddError("Name one: --export FILE, or --buckets N if there is none.");
        });
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        if (!words.HasFlags(arguments) && !words.IsInEnvironment)
            throw new UsageException(
                "Name a fleet with --fleet FILE: a store in a folder keeps its table beside its partitions, and 'mapping import' gives it one back.");
        var known = arguments.GetValue(export) is { } file ? MappingFile.Load(file.FullName) : null;
        var mapping = new FleetMapping(words.FleetOf(arguments).Address, Terminal.Time);
        var rebuilt = await mapping.RebuildAsync(known, known?.Table.BucketCount ?? arguments.GetValue(buckets), arguments.GetValue(dryRun), cancellationToken);
        Print(arguments, RebuildReport.Of(rebuilt, arguments.GetValue(dryRun)), CliJson.Report.RebuildReport, report => Write(report, known is not null));
        return rebuilt.Contents is null ? ExitCode.Found : ExitCode.Done;
    }

    private void Write(RebuildReport report, bool hasExport)
    {
        if (report.Findings.Count > 0)
        {
            var table = Tables.Of("finding", "stands against it", "what");
            foreach (var finding in report.Findings) table.Row(finding.Problem, finding.IsBlocking ? "yes" : "no", finding.Message);
            Terminal.Write(table);
        }

        if (report.Mapping is not { } made)
        {
            Terminal.Say("No table was made and nothing was changed: people must decide about what stands against it (docs/fleet.md).");
            return;
        }

        Say($"{(report.IsMade ? "Rebuilt" : "Would rebuild")} {made.Sentence()}");
        if (!hasExport)
            Terminal.Say(
                "Without an export nobody knows what was declared: apply the last schema script again ('foreshard apply' with --schema), then 'foreshard "
                + "verify'.");
    }
}

/// <param name="IsMade">Whether the store has the table now.</param>
/// <param name="Mapping">The table; null: none can be made.</param>
/// <param name="Findings">All that is odd.</param>
internal sealed record RebuildReport(bool IsMade, MappingReport? Mapping, IReadOnlyList<RebuildFindingReport> Findings)
{
    public static RebuildReport Of(RebuiltMapping rebuilt, bool isDryRun) => new(
        rebuilt.Contents is not null && !isDryRun,
        rebuilt.Contents is { } contents ? MappingReport.Of(null, contents) : null,
        [.. rebuilt.Findings.Select(finding => new RebuildFindingReport(Words.Of(finding.Problem), finding.IsBlocking, finding.Text))]);
}

/// <param name="Problem">twoOwners, oldOwner, frozen, lastOwnerMissing, missing, unknownShard, brokenEntity or unknownPartition.</param>
/// <param name="IsBlocking">Whether no table is made before it is solved.</param>
/// <param name="Message">What is odd, with the values.</param>
internal sealed record RebuildFindingReport(string Problem, bool IsBlocking, string Message);

/// <param name="File">The file that was written or read; null: none was.</param>
/// <param name="Version">The table's version.</param>
/// <param name="Buckets">How many buckets it has.</param>
/// <param name="Entries">How many entities have an entry of their own.</param>
/// <param name="Partitions">How many partitions it knows, removed ones included.</param>
/// <param name="Records">How many side records it holds.</param>
internal sealed record MappingReport(string? File, long Version, int Buckets, int Entries, int Partitions, int Records)
{
    public static MappingReport Of(string? path, MappingContents contents) => new(
        path, contents.Table.Version, contents.Table.BucketCount, contents.Table.EntryCount, contents.Table.Partitions.Length, contents.Records.Length);

    /// <summary>What it is, after a verb.</summary>
    public string Sentence() => $"version {Version} of the mapping table: {Words.Count(Buckets, "bucket")}, {Words.Count(Entries, "entry", "entries")}, "
        + $"{Words.Count(Partitions, "partition")}, {Words.Count(Records, "record")}.";
}
