using System.Xml.Linq;

namespace Foreshard.Cli.Html;

/// <summary>A table of a page.</summary>
internal static class HtmlTable
{
    /// <param name="rows">What it is of.</param>
    /// <param name="columns">Its columns; a heading that begins with <c>&gt;</c> is of numbers, which stand right.</param>
    public static XElement Of<T>(IEnumerable<T> rows, IReadOnlyList<HtmlColumn<T>> columns) => new(
        "div",
        new XAttribute("class", "wide"),
        new XElement(
            "table",
            new XElement("thead", new XElement("tr", columns.Select(column => new XElement(
                "th", StyleOf(column), column.Help is null ? null : new XAttribute("title", column.Help), column.Heading.TrimStart('>'))))),
            new XElement("tbody", rows.Select(row => new XElement("tr", columns.Select(column => new XElement("td", StyleOf(column), column.Cell(row))))))));

    private static XAttribute? StyleOf<T>(HtmlColumn<T> column) => column.Heading.StartsWith('>') ? new XAttribute("class", "number") : null;
}

/// <summary>A column of a table.</summary>
/// <param name="Heading">Its title.</param>
/// <param name="Cell">What it says of a row: a text, or elements.</param>
/// <param name="Help">What the title means; shown while the pointer is on it.</param>
internal sealed record HtmlColumn<T>(string Heading, Func<T, object> Cell, string? Help = null);
