using System.Xml.Linq;

namespace Foreshard.Cli.Html;

/// <summary>Moves and re-units over time, a row for each partition.</summary>
internal static class StepTimeline
{
    private const double Width = 1200;
    private const double Left = 96;
    private const double RowHeight = 20;
    private const double Top = 4;

    /// <summary>A bar can be seen and pointed at from here on.</summary>
    private const double BarWidthMin = 2;

    /// <summary>More than that can't be told apart, and make the file large.</summary>
    public const int StepsMax = 3000;

    /// <summary>What happened on partitions.</summary>
    /// <param name="FromRow">Row of the partition, from 0 on.</param>
    /// <param name="ToRow">Row of the one that it went to; the same of re-units.</param>
    /// <param name="StartUtc">Begin.</param>
    /// <param name="EndUtc">End.</param>
    /// <param name="Tip">What it was and why.</param>
    public readonly record struct Mark(int FromRow, int ToRow, DateTime StartUtc, DateTime EndUtc, string Tip);

    /// <param name="fromUtc">The left edge.</param>
    /// <param name="toUtc">The right edge.</param>
    /// <param name="partitions">What the rows are called.</param>
    /// <param name="marks">What happened, in order; at most <see cref="StepsMax"/> of it is drawn.</param>
    public static XElement Draw(DateTime fromUtc, DateTime toUtc, IReadOnlyList<string> partitions, IReadOnlyList<Mark> marks)
    {
        var time = new TimeScale(fromUtc, toUtc, Left, Width - Left - 8);
        var bottom = Top + (partitions.Count * RowHeight);
        return new XElement("figure", Svg.Drawing(Width, bottom + 18, "Moves and splits over time", Parts()));

        IEnumerable<XElement> Parts()
        {
            for (var row = 0; row < partitions.Count; row++)
            {
                yield return Svg.Rectangle("frame", Left, RowTop(row), time.Width, RowHeight - 2);
                yield return Svg.Text("end name", Left - 6, RowTop(row) + 13, partitions[row]);
            }

            foreach (var tick in time.Ticks(Top, bottom)) yield return tick;
            foreach (var mark in marks.Take(StepsMax))
            {
                foreach (var element in Of(mark, time)) yield return element;
            }
        }
    }

    private static double RowTop(int row) => Top + (row * RowHeight);

    /// <summary>A move leaves in the upper half of its source's row and arrives in the lower half of its target's; a re-unit is a diamond.</summary>
    private static IEnumerable<XElement> Of(Mark mark, TimeScale time)
    {
        var (x, y) = (time.At(mark.StartUtc), RowTop(mark.FromRow));
        if (mark.FromRow == mark.ToRow)
        {
            yield return Svg.Path("reunit", $"M{Svg.Number(x)} {Svg.Number(y + 3)}l6 6l-6 6l-6 -6Z", mark.Tip);
            yield break;
        }

        var width = Math.Max(BarWidthMin, time.At(mark.EndUtc) - x);
        yield return Svg.Rectangle("out", x, y + 1, width, (RowHeight / 2) - 2, mark.Tip);
        yield return Svg.Rectangle("in", x, RowTop(mark.ToRow) + (RowHeight / 2) - 1, width, (RowHeight / 2) - 2, mark.Tip);
    }
}
