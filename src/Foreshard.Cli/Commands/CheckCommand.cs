using System.CommandLine;
using Foreshard.Cli.Fleets;
using Foreshard.Cli.Output;
using Foreshard.Schema;
using Foreshard.Sqlite;

namespace Foreshard.Cli.Commands;

/// <summary>Tells whether tables obey the rules, in a store or before there is one.</summary>
internal sealed class CheckCommand : ReportingCommand
{
    private readonly StoreWords words;
    private readonly Option<FileInfo> schema =
        FileOption("--schema", "What is declared: foreshard.json. With STORE: check its tables against this instead of what it keeps");

    private readonly Option<FileInfo> sql = FileOption("--sql", "The tables: a script of CREATE statements. It runs on an empty database in memory");

    public CheckCommand(Terminal terminal)
        : base("check", "Tell whether tables obey the rules: all problems, with remedies", terminal)
    {
        words = new StoreWords(terminal.Environment, isRequired: false);
        words.Folder.Description = "The store's folder; left out: --schema and --sql";
        words.AddTo(this);
        Add(schema);
        Add(sql);
        Add(Json);
        Validators.Add(result =>
        {
            var hasStore = words.IsNamed(result);
            if (hasStore && result.GetResult(sql) is not null) result.AddError("Name a STORE or --sql, not both.");
            if (hasStore || words.IsInEnvironment) return;
            if (result.GetResult(schema) is null || result.GetResult(sql) is null) result.AddError("Name a STORE, or both --schema and --sql.");
        });
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var report = await CheckAsync(arguments, cancellationToken);
        Print(arguments, report, CliJson.Report.CheckReport, report => SchemaView.Write(Terminal, report));
        return report.Ok ? ExitCode.Done : ExitCode.Found;
    }

    private async Task<CheckReport> CheckAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        try
        {
            var declared = arguments.GetValue(schema) is { } file ? StoreSchema.FromJson(await ReadAsync(file, cancellationToken)) : null;
            if (arguments.GetValue(sql) is { } script && declared is not null)
                return CheckReport.Of(declared, SqliteSchemaFile.ReadCatalogue(await ReadAsync(script, cancellationToken)));
            var place = words.Of(arguments);
            var how = new StoreOpening(Terminal.Time) { IsReadOnly = true, Schema = place is FolderPlace ? declared : null };
            await using var store = await place.OpenAsync(how, cancellationToken);
            if (declared is not null && place is FleetPlace)
                return CheckReport.Of(declared, await store.Moving.Partitions.All[0].ReadCatalogueAsync(cancellationToken));
            return store.PendingProblems.Count > 0 ? CheckReport.Of(store.PendingProblems) : CheckReport.Of(store.Schema, store.Layout);
        }
        catch (SchemaException exception)
        {
            return CheckReport.Of(exception.Problems);
        }
    }
}

/// <param name="Ok">Whether there is no problem.</param>
/// <param name="Problems">All of them, by table and column.</param>
/// <param name="Tables">How each table was sorted; none if there are problems, or no tables yet.</param>
internal sealed record CheckReport(bool Ok, IReadOnlyList<ProblemReport> Problems, IReadOnlyList<TableReport> Tables)
{
    public static CheckReport Of(StoreSchema schema, Catalogue catalogue)
    {
        var (layout, problems) = SchemaRules.Check(schema, catalogue);
        return problems.Count > 0 ? Of(problems) : Of(schema, layout);
    }

    public static CheckReport Of(StoreSchema schema, StoreLayout? layout) =>
        new(true, [], layout is null ? [] :
        [
            .. schema.EntityTypes.SelectMany(type => TableReport.Of(layout.Of(type.Type)!)),
            .. layout.References.Select(TableReport.Of),
        ]);

    public static CheckReport Of(IReadOnlyList<SchemaProblem> problems) =>
        new(false, [.. problems.Select(problem => new ProblemReport(problem.Rule, problem.Table, problem.Column, problem.Message, problem.Remedy))], []);
}

internal sealed record ProblemReport(string Rule, string Table, string Column, string Message, string Remedy);

/// <param name="Name">The table.</param>
/// <param name="Sort">root, core, grouped or reference.</param>
/// <param name="EntityType">The type that it belongs to; null for reference tables.</param>
/// <param name="KeyColumn">Where the entity's key stands; null for reference tables.</param>
/// <param name="GroupColumn">Where the group stands; null unless grouped.</param>
internal sealed record TableReport(string Name, string Sort, string? EntityType, string? KeyColumn, string? GroupColumn)
{
    public static IEnumerable<TableReport> Of(EntityLayout entity) => entity.Tables.OrderBy(table => table.Role).Select(Of);

    public static TableReport Of(TableLayout table) => table.Owner is null
        ? new(table.Name, "reference", null, null, null)
        : new(table.Name, Words.Of(table.Role), table.Owner.Name, table.KeyColumn, table.GroupColumn);
}
