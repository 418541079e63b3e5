using System.Globalization;
using System.Xml.Linq;

namespace Foreshard.Cli.Html;

/// <summary>Where times stand in a drawing.</summary>
/// <param name="FromUtc">The time at the left edge.</param>
/// <param name="ToUtc">The time at the right edge; after <paramref name="FromUtc"/>.</param>
/// <param name="Left">The left edge.</param>
/// <param name="Width">Distance of the edges.</param>
internal sealed record TimeScale(DateTime FromUtc, DateTime ToUtc, double Left, double Width)
{
    /// <summary>Room that a label needs.</summary>
    private const double LabelWidth = 76;

    private static readonly TimeSpan[] Steps =
    [
        TimeSpan.FromMinutes(15), TimeSpan.FromHours(1), TimeSpan.FromHours(3), TimeSpan.FromHours(6), TimeSpan.FromHours(12), TimeSpan.FromDays(1),
        TimeSpan.FromDays(2), TimeSpan.FromDays(7), TimeSpan.FromDays(14), TimeSpan.FromDays(28), TimeSpan.FromDays(84), TimeSpan.FromDays(364),
    ];

    /// <summary>The right edge.</summary>
    public double Right => Left + Width;

    /// <summary>Where a time stands; times outside stand at the edges.</summary>
    public double At(DateTime time) => Left + (Width * Math.Clamp((time - FromUtc) / (ToUtc - FromUtc), 0, 1));

    /// <summary>Thin lines at round times from top to bottom, with labels below.</summary>
    public IEnumerable<XElement> Ticks(double top, double bottom)
    {
        var step = Steps.FirstOrDefault(step => (ToUtc - FromUtc) / step * LabelWidth <= Width, Steps[^1]);
        var format = step < TimeSpan.FromDays(1) ? "ddd HH:mm" : "d MMM";
        for (var ticks = (FromUtc.Ticks + step.Ticks - 1) / step.Ticks * step.Ticks; ticks <= ToUtc.Ticks; ticks += step.Ticks)
        {
            var time = new DateTime(ticks, DateTimeKind.Utc);
            yield return Svg.Line("tick", At(time), top, At(time), bottom);
            if (At(time) <= Right - (LabelWidth / 3))
                yield return Svg.Text("start", At(time) + 3, bottom + 12, time.ToString(format, CultureInfo.InvariantCulture));
        }
    }
}
