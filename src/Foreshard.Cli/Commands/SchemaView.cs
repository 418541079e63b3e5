using Foreshard.Cli.Output;
using Spectre.Console;

namespace Foreshard.Cli.Commands;

/// <summary>What is wrong with tables, or what they were found to be, on the screen.</summary>
internal static class SchemaView
{
    public static void Write(Terminal terminal, CheckReport report)
    {
        if (!report.Ok) WriteProblems(terminal, report.Problems);
        else if (report.Tables.Count == 0) terminal.Output.WriteLine("No problems, but no tables either: apply a schema first.");
        else WriteTables(terminal, report.Tables);
    }

    private static void WriteProblems(Terminal terminal, IReadOnlyList<ProblemReport> problems)
    {
        foreach (var problem in problems)
        {
            var place = problem.Column.Length > 0 ? $"{problem.Table}.{problem.Column}" : problem.Table;
            var heading = place.Length > 0 ? $"[bold]{Markup.Escape(place)}[/]  [grey]{problem.Rule}[/]" : $"[grey]{problem.Rule}[/]";
            terminal.Write(new Markup(heading));
            terminal.Write(new Padder(new Text(problem.Message)).Padding(2, 0, 0, 0));
            terminal.Write(new Padder(new Markup($"[green]Remedy:[/] {Markup.Escape(problem.Remedy)}")).Padding(2, 0, 0, 0));
            terminal.Output.WriteLine();
        }

        terminal.Write(new Markup($"[red]{Words.Count(problems.Count, "problem")}.[/] Nothing was changed."));
    }

    private static void WriteTables(Terminal terminal, IReadOnlyList<TableReport> tables)
    {
        var view = Tables.Of("table", "sort", "entity type", "key column", "group column");
        foreach (var table in tables)
            view.Row(table.Name, table.Sort, table.EntityType ?? "", table.KeyColumn ?? "", table.GroupColumn ?? "");
        terminal.Write(view);
        terminal.Write(new Markup($"[green]No problems[/] in {Words.Count(tables.Count, "table")}."));
    }
}
