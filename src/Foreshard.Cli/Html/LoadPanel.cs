using System.Text;
using System.Xml.Linq;
using Foreshard.Cli.Output;

namespace Foreshard.Cli.Html;

/// <summary>The load of one partition over time, beside its capacity and what was forecast.</summary>
internal sealed class LoadPanel
{
    public const double Width = 640;
    private const double Height = 168;
    private const double Left = 44;
    private const double Top = 20;
    private const double Bottom = 148;

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

    private double X(double column, int count) => Left + (time.Width * column / count);

    private double Middle(int column, int count) => X(column + 0.5, count);

    /// <summary>A line through the middles of the columns, broken where nothing is known.</summary>
    private string Curve(float[] values)
    {
        var outline = new StringBuilder();
        var isBroken = true;
        for (var at = 0; at < values.Length; at++)
        {
            if (!float.IsNaN(values[at])) Point(outline, isBroken ? 'M' : 'L', Middle(at, values.Length), values[at]);
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
            Point(outline, 'M', X(at, low.Length), high[at]);
            for (var i = at; i < end; i++) Point(outline, 'L', Middle(i, low.Length), high[i]);
            Point(outline, 'L', X(end, low.Length), high[end - 1]);
            Point(outline, 'L', X(end, low.Length), low[end - 1]);
            for (var i = end - 1; i >= at; i--) Point(outline, 'L', Middle(i, low.Length), low[i]);
            Point(outline, 'L', X(at, low.Length), low[at]);
            outline.Append('Z');
            at = end;
        }

        return outline.ToString();

        bool IsUnknown(int at) => float.IsNaN(low[at]) || float.IsNaN(high[at]);
    }

    /// <summary>What lies between the line and capacity where the line is above.</summary>
    private string Above(float[] came)
    {
        var outline = new StringBuilder();
        for (var at = 0; at < came.Length; at++)
        {
            if (!(came[at] > capacity)) continue;
            Point(outline, 'M', Crossing(came, at, at - 1), capacity);
            for (; at < came.Length && came[at] > capacity; at++) Point(outline, 'L', Middle(at, came.Length), came[at]);
            Point(outline, 'L', Crossing(came, at - 1, at), capacity);
            outline.Append('Z');
        }

        return outline.ToString();
    }

    /// <summary>Where the line from a column above capacity to the one beside it is at capacity; the column's edge if there is none.</summary>
    private double Crossing(float[] came, int above, int beside)
    {
        var isAlone = beside < 0 || beside >= came.Length || float.IsNaN(came[beside]);
        var share = isAlone ? 0.5 : (came[above] - capacity) / (came[above] - came[beside]);
        return X(above + 0.5 + (share * (beside - above)), came.Length);
    }

    private void Point(StringBuilder outline, char command, double x, double load) =>
        outline.Append(command).Append(Svg.Number(x)).Append(' ').Append(Svg.Number(Y(load)));
}
