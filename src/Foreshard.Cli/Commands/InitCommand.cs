using System.CommandLine;
using System.Numerics;
using Foreshard.Cli.Output;
using Foreshard.Schema;
using Foreshard.Sessions;
using Foreshard.Sqlite;

namespace Foreshard.Cli.Commands;

/// <summary>Makes a store.</summary>
internal sealed class InitCommand : ReportingCommand
{
    private readonly Argument<string> folder = new("STORE") { Description = "The folder to make it in; new, or empty" };
    private readonly Option<FileInfo> schema = FileOption("--schema", "What the store holds: foreshard.json. Left out: an application says it later");
    private readonly Option<FileInfo> sql = FileOption("--sql", "A script that makes the tables; applied as schema version 1");
    private readonly Option<int> partitions = NumberOption(
        "--partitions",
        "Partitions to begin with, named p1, p2 and so on; 1 to 1,000",
        new SqliteStoreOptions().InitialPartitions,
        number => number is >= 1 and <= 1000,
        "1 to 1,000");

    private readonly Option<int> buckets = NumberOption(
        "--buckets",
        "Hash classes of entity keys; a power of two, 1 to 65,536; can't change later",
        new SqliteStoreOptions().Buckets,
        number => number is >= 1 and <= 65_536 && BitOperations.IsPow2(number),
        "a power of two, 1 to 65,536");

    public InitCommand(Terminal terminal)
        : base("init", "Make a store", terminal)
    {
        Add(folder);
        Add(schema);
        Add(sql);
        Add(partitions);
        Add(buckets);
        Add(Json);
        Validators.Add(result =>
        {
            if (result.GetResult(sql) is not null && result.GetResult(schema) is null) result.AddError("--sql needs --schema, which says what the tables are.");
        });
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var path = arguments.GetRequiredValue(folder);
        if (File.Exists(Path.Combine(path, SqliteMappingStore.FileName)))
            throw new ArgumentException($"There is a store in '{path}' already. Nothing was changed.");
        var script = arguments.GetValue(sql) is { } sqlFile ? await ReadAsync(sqlFile, cancellationToken) : null;
        StoreSchema? declared;
        try
        {
            declared = arguments.GetValue(schema) is { } file ? StoreSchema.FromJson(await ReadAsync(file, cancellationToken)) : null;
            if (script is not null) Check(declared!, script);
        }
        catch (SchemaException exception)
        {
            Print(arguments, CheckReport.Of(exception.Problems), CliJson.Report.CheckReport, report => SchemaView.Write(Terminal, report));
            return ExitCode.Found;
        }

        var options = new SqliteStoreOptions
        {
            InitialPartitions = arguments.GetValue(partitions),
            Buckets = arguments.GetValue(buckets),
            TimeProvider = Terminal.Time,
        };
        await using var store = await EntityStore.OpenAsync(path, declared, options, cancellationToken);
        if (script is not null) await store.ApplySchemaAsync(1, script, cancellationToken: cancellationToken);
        Print(arguments, await StoreReport.OfAsync(store, path, Terminal.Time, cancellationToken), CliJson.Report.StoreReport, report =>
        {
            var tables = script is null ? "no tables yet" : "schema version 1";
            Say($"Made a store in '{path}': {Words.Count(report.Partitions.Count, "partition")}, {Words.Count(report.Buckets, "bucket")}, {tables}.");
        });
        return ExitCode.Done;
    }

    /// <summary>Before anything is made: a script that breaks rules must leave no store behind.</summary>
    private static void Check(StoreSchema declared, string script)
    {
        var (_, problems) = SchemaRules.Check(declared, SqliteSchemaFile.ReadCatalogue(script));
        if (problems.Count > 0) throw new SchemaException(problems);
    }
}
