using System.Text;
using System.Xml.Linq;
using Foreshard.Cli.Output;

namespace Foreshard.Cli.Html;

/// <summary>The load of one partition over time, beside its capacity and what was forecast.</summary>
internal sealed class LoadPanel
{
    public const double Width = 640;
    private const double Height = 128;
    private const double Left = 44;
    private const double Top = 20;
    private const double Bottom = 108;

    /// <summary>More points than that can't be told apart.</summary>
    private const int ColumnsMax = 560;

    /// <summary>Of loads far above capacity it is only shown that they are.</summary>
    private const double ShareMax = 3;

    private readonly TimeScale time;
    private readonly double capacity;
    private readonly double largest;

    /// <param name="time">From when to when; its edges are the panel's.</param>
    /// <param name="capacity">Of the partition, cost units per second; above 0.</param>
    /// <param name="largest">Largest load of all panels that are to be compared, likewise.</param>
    public LoadPanel((DateTime FromUtc, DateTime ToUtc) time, double capacity, double largest)
    {
        this.time = new TimeScale(time.FromUtc, time.ToUtc, Left, Width - Left - 2);
        this.capacity = capacity;
        this.largest = Math.Clamp(1.05 * largest, 1.2 * capacity, ShareMax * capacity);
    }

    /// <summary>Draws a partition.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="demand">Load of each interval, evenly over the time; NaN while it slept.</param>
    /// <param name="expected">What was forecast, likewise; null: nothing.</param>
    /// <param name="high">What room was kept for, likewise.</param>
    public XElement Draw(string name, IReadOnlyList<float> demand, IReadOnlyList<float>? expected, IReadOnlyList<float>? high)
    {
        var came = Columns.Largest(demand, ColumnsMax);
        var peak = came.Where(load => !float.IsNaN(load)).DefaultIfEmpty().Max();
        var above = demand.Count(load => load > capacity) * ((time.ToUtc - time.FromUtc) / demand.Count);
        var summary = $"peak {Words.Percent(peak / capacity)} of capacity"
            + (above > TimeSpan.Zero ? $", above it for {Words.Duration(above)}" : "");
        return new XElement("figure", Svg.Drawing(Width, Height, $"Load of {name}: {summary}", Parts()));

        IEnumerable<XElement?> Parts()
        {
            yield return Svg.Rectangle("frame", Left, Top, time.Width, Bottom - Top, $"{name}: {summary}");
            foreach (var tick in time.Ticks(Top, Bottom)) yield return tick;
            if (high is not null) yield return Svg.Path("band", Area(Columns.Mean(expected!, ColumnsMax), Columns.Largest(high, ColumnsMax)));
            yield return Svg.Path("above", Above(came));
            if (expected is not null) yield return Svg.Path("expected", Curve(Columns.Mean(expected, ColumnsMax)));
            yield return Svg.Path("demand", Curve(came));
            yield return Svg.Line("capacity", Left, Y(capacity), time.Right, Y(capacity));
            yield return Svg.Text("end capacity-label", Left - 4, Y(capacity) + 4, "100 %");
            yield return Svg.Text("end", Left - 4, Bottom, "0");
            yield return Svg.Text("start name", Left, Top - 6, name);
            yield return Svg.Text("end", time.Right, Top - 6, summary);
        }
    }

    private double Y(double load) => Bottom - ((Bottom - Top) * Math.Min(1, load / largest));

    private double X(int column, int count) => Left + (time.Width * column / count);

    /// <summary>A line through the middles of the columns, broken where nothing is known.</summary>
    private string Curve(float[] values)
    {
        var outline = new StringBuilder();
        var isBroken = true;
        for (var at = 0; at < values.Length; at++)
        {
            if (!float.IsNaN(values[at])) Point(outline, isBroken ? 'M' : 'L', X(at, values.Length) + (time.Width / values.Length / 2), values[at]);
            isBroken = float.IsNaN(values[at]);
        }

        return outline.ToString();
    }

    /// <summary>What lies between two lines, stretch by stretch.</summary>
    private string Area(float[] low, float[] high)
    {
        var outline = new StringBuilder();
        for (var at = 0; at < low.Length; at++)
        {
            if (IsUnknown(at)) continue;
            var end = at;
            while (end < low.Length && !IsUnknown(end)) end++;
            for (var i = at; i < end; i++) Point(outline, i == at ? 'M' : 'L', X(i, low.Length), high[i]);
            Point(outline, 'L', X(end, low.Length), high[end - 1]);
            Point(outline, 'L', X(end, low.Length), low[end - 1]);
            for (var i = end - 1; i >= at; i--) Point(outline, 'L', X(i, low.Length), low[i]);
            outline.Append('Z');
            at = end;
        }

        return outline.ToString();

        bool IsUnknown(int at) => float.IsNaN(low[at]) || float.IsNaN(high[at]);
    }

    /// <summary>What is above capacity, column by column.</summary>
    private string Above(float[] came)
    {
        var outline = new StringBuilder();
        for (var at = 0; at < came.Length; at++)
        {
            if (!(came[at] > capacity)) continue;
            Point(outline, 'M', X(at, came.Length), came[at]);
            outline.Append('H').Append(Svg.Number(X(at + 1, came.Length))).Append('V').Append(Svg.Number(Y(capacity)));
            outline.Append('H').Append(Svg.Number(X(at, came.Length))).Append('Z');
        }

        return outline.ToString();
    }

    private void Point(StringBuilder outline, char command, double x, double load) =>
        outline.Append(command).Append(Svg.Number(x)).Append(' ').Append(Svg.Number(Y(load)));
}
