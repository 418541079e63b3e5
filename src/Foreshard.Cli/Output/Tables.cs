using Spectre.Console;
using Spectre.Console.Rendering;

namespace Foreshard.Cli.Output;

/// <summary>Tables that look alike in all commands.</summary>
internal static class Tables
{
    /// <param name="headings">Titles of the columns; one that begins with <c>&gt;</c> is of numbers and stands right.</param>
    public static Table Of(params ReadOnlySpan<string> headings)
    {
        var table = new Table().Border(TableBorder.Simple).BorderStyle(Style.Parse("grey"));
        foreach (var heading in headings)
        {
            var isNumber = heading.StartsWith('>');
            var column = new TableColumn(new Text(isNumber ? heading[1..] : heading, Style.Parse("bold")));
            column.Padding = new Padding(0, 0, 1, 0);
            table.AddColumn(isNumber ? column.RightAligned().NoWrap() : column);
        }

        return table;
    }

    /// <summary>Adds a row; text is printed as it is, markup means nothing in it.</summary>
    public static void Row(this Table table, params ReadOnlySpan<string> cells)
    {
        var row = new IRenderable[cells.Length];
        for (var cell = 0; cell < cells.Length; cell++) row[cell] = new Text(cells[cell]);
        table.AddRow(row);
    }

    /// <summary>A table of the columns that fit into a width, in their order.</summary>
    /// <param name="width">In characters.</param>
    /// <param name="rows">What it is of.</param>
    /// <param name="columns">All columns. Those of rank 0 are always shown, the others by rank, as far as there is room.</param>
    /// <param name="leftOut">Headings of the columns that found no room.</param>
    public static Table Fitting<T>(int width, IReadOnlyList<T> rows, IReadOnlyList<FittingColumn<T>> columns, out IReadOnlyList<string> leftOut)
    {
        var taken = 1;
        var shown = new HashSet<FittingColumn<T>>();
        foreach (var column in columns.OrderBy(column => column.Rank))
        {
            var needed = 2 + rows.Select(row => column.Cell(row).Length).Append(column.Heading.TrimStart('>').Length).Max();
            if (column.Rank > 0 && taken + needed > width) continue;
            taken += needed;
            shown.Add(column);
        }

        leftOut = [.. columns.Where(column => !shown.Contains(column)).Select(column => column.Heading.TrimStart('>'))];
        var fitting = columns.Where(shown.Contains).ToList();
        var table = Of([.. fitting.Select(column => column.Heading)]);
        foreach (var row in rows) table.Row([.. fitting.Select(column => column.Cell(row))]);
        return table;
    }
}

/// <summary>A column that is shown if there is room.</summary>
/// <param name="Heading">As for <see cref="Tables.Of"/>.</param>
/// <param name="Rank">How much it matters: 0 most.</param>
/// <param name="Cell">What it says of a row.</param>
internal sealed record FittingColumn<T>(string Heading, int Rank, Func<T, string> Cell);
