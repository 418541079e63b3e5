using System.Globalization;
using System.Xml.Linq;

namespace Foreshard.Cli.Html;

/// <summary>Elements of drawings. Coordinates are in units of the drawing's own width; a style is a class of <see cref="HtmlStyle"/>.</summary>
internal static class Svg
{
    /// <summary>A drawing that is as wide as there is room.</summary>
    /// <param name="width">Its width, to which all coordinates refer.</param>
    /// <param name="height">Its height, likewise.</param>
    /// <param name="label">What it shows, for those who can't see it.</param>
    /// <param name="content">Its elements, in the order in which they are drawn.</param>
    public static XElement Drawing(double width, double height, string label, params IEnumerable<object?> content) => new(
        "svg",
        new XAttribute("viewBox", $"0 0 {Number(width)} {Number(height)}"),
        new XAttribute("role", "img"),
        new XAttribute("aria-label", label),
        content);

    /// <param name="style">How it looks.</param>
    /// <param name="x">Its left edge.</param>
    /// <param name="y">Its upper edge.</param>
    /// <param name="width">Its width.</param>
    /// <param name="height">Its height.</param>
    /// <param name="tip">What is shown while the pointer is on it.</param>
    public static XElement Rectangle(string style, double x, double y, double width, double height, string? tip = null) => new(
        "rect",
        new XAttribute("class", style),
        new XAttribute("x", Number(x)),
        new XAttribute("y", Number(y)),
        new XAttribute("width", Number(width)),
        new XAttribute("height", Number(height)),
        tip is null ? null : new XElement("title", tip));

    public static XElement Line(string style, double fromX, double fromY, double toX, double toY) =>
        Path(style, $"M{Number(fromX)} {Number(fromY)}L{Number(toX)} {Number(toY)}");

    /// <param name="style">How it looks.</param>
    /// <param name="outline">What SVG calls path data.</param>
    /// <param name="tip">What is shown while the pointer is on it.</param>
    public static XElement Path(string style, string outline, string? tip = null) => new(
        "path", new XAttribute("class", style), new XAttribute("d", outline), tip is null ? null : new XElement("title", tip));

    /// <param name="style">How it looks, and where it is anchored.</param>
    /// <param name="x">Where it is anchored.</param>
    /// <param name="y">Its base line.</param>
    /// <param name="text">What it says.</param>
    public static XElement Text(string style, double x, double y, string text) =>
        new("text", new XAttribute("class", style), new XAttribute("x", Number(x)), new XAttribute("y", Number(y)), text);

    /// <summary>A coordinate, to a tenth: a screen shows no more.</summary>
    public static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
