using System.Globalization;

namespace Foreshard.Cli.Output;

/// <summary>Loads over time in characters: what came as full bars, what is expected as shaded ones.</summary>
internal static class LoadChart
{
    public const string Legend = "█ came   ▒ expected   ░ stays below with 90 % probability";

    private const int Height = 10;
    private const int LabelWidth = 6;
    private const string Eighths = " ▁▂▃▄▅▆▇█";

    /// <param name="Time">When it begins.</param>
    /// <param name="Came">What came; NaN if that isn't known, or lies ahead.</param>
    /// <param name="Mean">What is expected.</param>
    /// <param name="High">What it stays below with high probability.</param>
    public readonly record struct Bar(DateTime Time, double Came, double Mean, double High);

    /// <summary>The lines of a chart.</summary>
    /// <param name="bars">In order; those without <see cref="Bar.Came"/> at the end are the forecast.</param>
    /// <param name="ahead">How many at the end are the forecast.</param>
    /// <param name="width">In characters; several bars share a column if there are too many.</param>
    /// <param name="unit">What the axis is in.</param>
    public static IEnumerable<string> Draw(IReadOnlyList<Bar> bars, int ahead, int width, LoadUnit unit)
    {
        const int gutter = LabelWidth + 2;
        var each = Math.Max(1, (int)Math.Ceiling((bars.Count + 1.0) / Math.Max(1, width - gutter)));
        var past = Columns(bars.Take(bars.Count - ahead), each).ToList();
        var all = past.Concat(Columns(bars.Skip(bars.Count - ahead), each)).ToList();
        var largest = all.Max(bar => double.IsNaN(bar.Came) ? bar.High : bar.Came);
        if (!(largest > 0)) largest = 1 / unit.Seconds;
        for (var row = Height - 1; row >= 0; row--)
        {
            var label = row == Height - 1 ? unit.Of(largest) : row == Height / 2 ? unit.Of(largest / 2) : row == 0 ? "0" : "";
            var mark = label.Length > 0 ? "┤" : "│";
            yield return $"{label.PadLeft(LabelWidth)} {mark}{string.Concat(all.Select((bar, at) => Cell(bar, at < past.Count, row, largest)))}".TrimEnd();
        }

        yield return $"{new string(' ', gutter - 1)}└{string.Concat(all.Select((bar, at) => at == past.Count ? '┴' : IsDay(all, at) ? '┬' : '─'))}";
        yield return $"{new string(' ', gutter)}{Days(all)}";
    }

    private static IEnumerable<Bar> Columns(IEnumerable<Bar> bars, int each) => bars.Chunk(each).Select(chunk => new Bar(
        chunk[0].Time,
        chunk.Select(bar => bar.Came).Where(came => !double.IsNaN(came)).DefaultIfEmpty(double.NaN).Average(),
        chunk.Average(bar => bar.Mean),
        chunk.Max(bar => bar.High)));

    private static char Cell(Bar bar, bool isPast, int row, double largest)
    {
        if (isPast) return Eighths[double.IsNaN(bar.Came) ? 0 : (int)Math.Clamp(Math.Round(bar.Came / largest * Height * 8) - (row * 8), 0, 8)];
        if (row < Math.Round(bar.Mean / largest * Height)) return '▒';
        return row < Math.Round(bar.High / largest * Height) ? '░' : row == 0 && bar.High > 0 ? '░' : ' ';
    }

    private static bool IsDay(List<Bar> all, int at) => at > 0 && all[at].Time.Date != all[at - 1].Time.Date;

    /// <summary>The days below their midnights, as far as there is room.</summary>
    private static string Days(List<Bar> all)
    {
        var line = "";
        for (var at = 0; at < all.Count; at++)
        {
            if (!IsDay(all, at) && at > 0) continue;
            if (at > 0 && line.Length >= at) continue;
            line = line.PadRight(at) + all[at].Time.ToString(at == 0 ? "ddd HH:mm" : "ddd d MMM", CultureInfo.InvariantCulture);
        }

        return line;
    }
}
