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
}
