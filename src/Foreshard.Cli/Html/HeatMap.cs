using System.Text;
using System.Xml.Linq;
using Foreshard.Cli.Output;

namespace Foreshard.Cli.Html;

/// <summary>Entities × time: the darker, the more load.</summary>
internal static class HeatMap
{
    private const double Width = 1200;
    private const double LeftMin = 60;

    /// <summary>Room for a character of a name.</summary>
    private const double CharacterWidth = 7;
    private const double RowHeight = 16;
    private const double Top = 4;
    private const int ColumnsMax = 280;

    /// <summary>Characters of a name for which there is room; the whole name is in the tip.</summary>
    private const int NameLength = 28;

    /// <summary>A row of the map.</summary>
    /// <param name="Name">Whose.</param>
    /// <param name="Demand">Evenly over the time, cost units per second.</param>
    public readonly record struct Row(string Name, IReadOnlyList<float> Demand);

    /// <param name="fromUtc">When the rows begin.</param>
    /// <param name="toUtc">When they end.</param>
    /// <param name="rows">From top to bottom; at least one.</param>
    public static XElement Draw(DateTime fromUtc, DateTime toUtc, IReadOnlyList<Row> rows)
    {
        var left = Math.Max(LeftMin, 12 + (CharacterWidth * rows.Max(row => Shortened(row.Name).Length)));
        var time = new TimeScale(fromUtc, toUtc, left, Width - left - 2);
        var columns = rows.Select(row => Columns.Mean(row.Demand, ColumnsMax)).ToList();
        var largest = columns.SelectMany(row => row).Where(load => !float.IsNaN(load)).DefaultIfEmpty().Max();
        var bottom = Top + (rows.Count * RowHeight);
        var unit = LoadUnit.For(largest);
        return new XElement(
            "figure",
            new XElement(
                "p",
                new XAttribute("class", "legend"),
                new XElement("span", new XAttribute("class", "scale"), $"0 {unit.Name} "),
                Svg.Drawing(HtmlStyle.HeatShades * 24, 12, "Shades from no load to the largest", Scale()),
                $" {unit.Of(largest)} {unit.Name}"),
            Svg.Drawing(Width, bottom + 18, "Load of entities over time", Parts()));

        IEnumerable<XElement> Parts()
        {
            var shades = new StringBuilder[HtmlStyle.HeatShades];
            for (var shade = 0; shade < shades.Length; shade++) shades[shade] = new StringBuilder();
            for (var row = 0; row < rows.Count; row++) Paint(shades, columns[row], Top + (row * RowHeight), largest, time);
            for (var shade = 0; shade < shades.Length; shade++) yield return Svg.Path($"heat{shade}", shades[shade].ToString());
            foreach (var tick in time.Ticks(bottom, bottom)) yield return tick;
            for (var row = 0; row < rows.Count; row++)
            {
                var y = Top + (row * RowHeight);
                yield return Svg.Text("end name", left - 6, y + RowHeight - 4, Shortened(rows[row].Name));
                yield return Svg.Rectangle("seen", 0, y, Width - 2, RowHeight, Tip(rows[row], unit, fromUtc, toUtc));
            }
        }
    }

    private static IEnumerable<XElement> Scale() =>
        Enumerable.Range(0, HtmlStyle.HeatShades).Select(shade => Svg.Rectangle($"heat{shade}", shade * 24, 0, 24, 12));

    /// <summary>Neighbours of the same shade become one rectangle, all of a shade one path: so the file stays small.</summary>
    private static void Paint(StringBuilder[] shades, float[] row, double y, float largest, TimeScale time)
    {
        var width = time.Width / row.Length;
        for (int at = 0, end; at < row.Length; at = end)
        {
            var shade = ShadeOf(row[at], largest);
            for (end = at + 1; end < row.Length && ShadeOf(row[end], largest) == shade;) end++;
            shades[shade].Append('M').Append(Svg.Number(time.Left + (at * width))).Append(' ').Append(Svg.Number(y))
                .Append('H').Append(Svg.Number(time.Left + (end * width))).Append('v').Append(Svg.Number(RowHeight - 1))
                .Append('H').Append(Svg.Number(time.Left + (at * width))).Append('Z');
        }
    }

    /// <summary>By the root of the load, so that the smaller ones among the large are seen, too.</summary>
    private static int ShadeOf(float load, float largest) =>
        load > 0 ? Math.Clamp(1 + (int)(Math.Sqrt(load / largest) * (HtmlStyle.HeatShades - 1)), 1, HtmlStyle.HeatShades - 1) : 0;

    private static string Tip(Row row, LoadUnit unit, DateTime fromUtc, DateTime toUtc)
    {
        var peak = 0;
        for (var at = 1; at < row.Demand.Count; at++)
        {
            if (row.Demand[at] > row.Demand[peak]) peak = at;
        }

        var mean = row.Demand.Where(load => !float.IsNaN(load)).DefaultIfEmpty().Average();
        return $"{row.Name}: {unit.Of(mean)} {unit.Name} in the mean, the most {unit.Of(row.Demand[peak])} "
            + $"at {Words.Moment(fromUtc + ((toUtc - fromUtc) * ((double)peak / row.Demand.Count)))}";
    }

    private static string Shortened(string name) => name.Length <= NameLength ? name : name[..(NameLength - 1)] + "…";
}
