using System.CommandLine;
using System.Numerics;
using Foreshard.Cli.Fleets;
using Foreshard.Cli.Output;
using Foreshard.Schema;
using Foreshard.Sessions;
using Foreshard.Sqlite;

namespace Foreshard.Cli.Commands;

/// <summary>Makes a store.</summary>
internal sealed class InitCommand : ReportingCommand
{
    private readonly StoreWords words;
    private readonly Option<FileInfo> schema = FileOption("--schema", "What the store holds: foreshard.json. Left out: an application says it later");
    private readonly Option<FileInfo> sql = FileOption("--sql", "A script that makes the tables; applied as schema version 1");
    private readonly Option<int> partitions = NumberOption(
        "--partitions",
        "Partitions to begin with, 1 to 1,000: named p1, p2 and so on; on a fleet the first of those that its file lists (default: all)",
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
        words = new StoreWords(terminal.Environment);
        words.Folder.Description = "The folder to make it in; new, or empty";
        words.AddTo(this);
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
        var place = words.Of(arguments);
        if (await place.HoldsStoreAsync(Terminal.Time, cancellationToken))
            throw new ArgumentException($"There is a store in '{place.Name}' already. Nothing was changed.");
        var script = arguments.GetValue(sql) is { } sqlFile ? await ReadAsync(sqlFile, cancellationToken) : null;
        StoreSchema? declared;
        try
        {
            declared = arguments.GetValue(schema) is { } file ? StoreSchema.FromJson(await ReadAsync(file, cancellationToken)) : null;
            if (script is not null && place is FolderPlace) Check(declared!, script);
        }
        catch (SchemaException exception)
        {
            Print(arguments, CheckReport.Of(exception.Problems), CliJson.Report.CheckReport, report => SchemaView.Write(Terminal, report));
            return ExitCode.Found;
        }

        var told = arguments.GetResult(partitions) is { Implicit: false } ? arguments.GetValue(partitions) : (int?)null;
        var how = new StoreOpening(Terminal.Time) { Schema = declared };
        await using var store = await place.MakeAsync(how, told, arguments.GetValue(buckets), cancellationToken);
        if (script is not null && !await ApplyAsync(store, script, arguments, cancellationToken)) return ExitCode.Found;
        Print(arguments, await StoreReport.OfAsync(store, place, Terminal.Time, cancellationToken), CliJson.Report.StoreReport, report =>
        {
            var tables = script is null ? "no tables yet" : "schema version 1";
            Say(
                $"Made a store {(place is FleetPlace ? "on" : "in")} '{place.Name}': {Words.Count(report.Partitions.Count, "partition")}, "
                    + $"{Words.Count(report.Buckets, "bucket")}, {tables}.");
        });
        return ExitCode.Done;
    }

    /// <summary>False, having said why, if the tables break rules: what PostgreSQL makes of a script only a server can tell.</summary>
    private async Task<bool> ApplyAsync(EntityStore store, string script, ParseResult arguments, CancellationToken cancellationToken)
    {
        try
        {
            await store.ApplySchemaAsync(1, script, cancellationToken: cancellationToken);
            return true;
        }
        catch (SchemaException exception)
        {
            Print(arguments, CheckReport.Of(exception.Problems), CliJson.Report.CheckReport, report => SchemaView.Write(Terminal, report));
            await Terminal.Error.WriteLineAsync("The store is made, without tables. Mend the script, then 'foreshard apply' it as version 1.");
            return false;
        }
    }

    /// <summary>Before anything is made: a script that breaks rules must leave no store behind.</summary>
    private static void Check(StoreSchema declared, string script)
    {
        var (_, problems) = SchemaRules.Check(declared, SqliteSchemaFile.ReadCatalogue(script));
        if (problems.Count > 0) throw new SchemaException(problems);
    }
}
