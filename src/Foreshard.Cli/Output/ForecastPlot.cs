using System.Globalization;
using Foreshard.Cli.Commands;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace Foreshard.Cli.Output;

/// <summary>A forecast and the week before it as an SVG drawing.</summary>
internal static class ForecastPlot
{
    private const double Width = 960;
    private const double Height = 420;

    private static readonly OxyColor Came = OxyColor.FromRgb(0x33, 0x41, 0x55);
    private static readonly OxyColor Expected = OxyColor.FromRgb(0x1D, 0x4E, 0xD8);

    /// <summary>How much of the past is drawn.</summary>
    public static TimeSpan Past { get; } = TimeSpan.FromDays(7);

    /// <summary>The drawing, as text of an SVG file.</summary>
    public static string Draw(ForecastReport report, IReadOnlyList<PastLoad> past)
    {
        var unit = LoadUnit.For(Math.Max(report.PeakPerSecond, past.Select(one => one.PerSecond).Where(double.IsFinite).DefaultIfEmpty().Max()));
        var length = TimeSpan.FromSeconds(report.Traffic.SlotSeconds);
        var model = new PlotModel
        {
            Title = $"Load of {(report.IsTotal ? "all entities together" : report.Entity)}, forecast from {Words.Moment(report.Slots[0].Time)} UTC on",
            Culture = CultureInfo.InvariantCulture,
            DefaultFont = "Helvetica, Arial, sans-serif",
            TitleFontSize = 15,
            TitleFontWeight = FontWeights.Normal,
            Background = OxyColors.White,
            PlotAreaBorderColor = OxyColors.Gray,
        };
        model.Axes.Add(new DateTimeAxis
        {
            Position = AxisPosition.Bottom,
            Title = "time (UTC)",
            StringFormat = "ddd d MMM",
            IntervalType = DateTimeIntervalType.Days,
            MajorStep = 1,
            MajorGridlineStyle = LineStyle.Dot,
        });
        model.Axes.Add(new LinearAxis
        {
            Position = AxisPosition.Left,
            Title = unit.Name,
            AxisTitleDistance = 14,
            Minimum = 0,
            MaximumPadding = 0.05,
            MajorGridlineStyle = LineStyle.Dot,
        });
        model.Legends.Add(new Legend
        {
            LegendPlacement = LegendPlacement.Outside,
            LegendPosition = LegendPosition.TopCenter,
            LegendOrientation = LegendOrientation.Horizontal,
        });
        model.Series.Add(Band("50 % to 95 %", report, unit, length, slot => slot.Q95, opacity: 40));
        model.Series.Add(Band("50 % to 90 %", report, unit, length, slot => slot.Q90, opacity: 70));
        model.Series.Add(Line("came", Came, past.Select(one => Point(one.Time, length, one.PerSecond, unit))));
        model.Series.Add(Line("expected (mean)", Expected, report.Slots.Select(slot => Point(slot.Time, length, slot.Mean, unit))));
        var exporter = new SvgExporter { Width = Width, Height = Height, UseVerticalTextAlignmentWorkaround = true, TextMeasurer = new WideText() };
        return exporter.ExportToString(model).Replace("\r\n", "\n", StringComparison.Ordinal).TrimEnd() + "\n";
    }

    private static AreaSeries Band(
        string title, ForecastReport report, LoadUnit unit, TimeSpan length, Func<ForecastSlotReport, double> high, byte opacity)
    {
        var band = new AreaSeries
        {
            Title = title,
            Color = OxyColors.Transparent,
            Color2 = OxyColors.Transparent,
            Fill = OxyColor.FromAColor(opacity, Expected),
        };
        foreach (var slot in report.Slots)
        {
            band.Points.Add(Point(slot.Time, length, high(slot), unit));
            band.Points2.Add(Point(slot.Time, length, slot.Q50, unit));
        }

        return band;
    }

    private static LineSeries Line(string title, OxyColor color, IEnumerable<DataPoint> points)
    {
        var line = new LineSeries { Title = title, Color = color, StrokeThickness = 1.5 };
        line.Points.AddRange(points);
        return line;
    }

    /// <summary>A load stands in the middle of its slot.</summary>
    private static DataPoint Point(DateTime time, TimeSpan length, double perSecond, LoadUnit unit) =>
        new(DateTimeAxis.ToDouble(time + (length / 2)), perSecond * unit.Seconds);

    /// <summary>Leaves room for fonts that are wider than the one that is measured: which there is, only the viewer knows.</summary>
    private sealed class WideText() : PdfRenderContext(Width, Height, OxyColors.White)
    {
        private const double WidthFactor = 1.4;
        private const double HeightFactor = 1.3;

        public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight)
        {
            var size = base.MeasureText(text, fontFamily, fontSize, fontWeight);
            return new OxySize(size.Width * WidthFactor, size.Height * HeightFactor);
        }
    }
}
