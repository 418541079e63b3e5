using CsCheck;
using Foreshard.Profiling;

namespace Foreshard.Tests.Profiling;

public sealed class SizeTrendTests
{
    private const double GrowthDays = 14;

    private static readonly Gen<(uint Gap, long Bytes)[]> Sizes =
        Gen.Select(Gen.UInt[60, 400_000], Gen.Long[1_000_000_000, 1_002_000_000]).Array[2, 60];

    [Fact]
    public void Growth_is_the_closed_form_of_weighted_least_squares() => Sizes.Sample(sizes =>
    {
        var (trend, points, now) = (default(SizeTrend), new List<(double Days, double Bytes)>(), 1_000_000u);
        foreach (var (gap, bytes) in sizes)
        {
            now += gap;
            Assert.True(trend.Observe(now, bytes, 7, GrowthDays));
            points.Add((now / 86400.0, bytes));
        }

        var (slope, error) = Reference(points, now / 86400.0);
        var (found, foundError) = trend.Growth()!.Value;
        Assert.Equal(slope, found, 1e-3 * (Math.Abs(slope) + (double.IsFinite(error) ? error : Math.Abs(slope))));
        if (double.IsFinite(error)) Assert.Equal(error, foundError, 1e-2 * error);
        Assert.Equal((sizes[^1].Bytes, 7L, now), (trend.Bytes, trend.Rows, trend.Seconds));
    });

    [Fact]
    public void A_steady_growth_is_found_with_almost_no_error()
    {
        var trend = default(SizeTrend);
        for (var day = 0u; day < 30; day++) trend.Observe(1 + (day * 86400), 5_000_000_000 + (day * 1_000_000), 0, GrowthDays);

        var (perDay, error) = trend.Growth()!.Value;

        Assert.Equal(1_000_000, perDay, 100.0);
        Assert.InRange(error, 0, 1000);
    }

    [Fact]
    public void Too_few_sizes_give_no_growth_or_no_error()
    {
        var trend = default(SizeTrend);
        Assert.Null(trend.Growth());
        trend.Observe(86400, 100, 1, GrowthDays);
        Assert.Null(trend.Growth());
        trend.Observe(2 * 86400, 150, 1, GrowthDays);

        var (perDay, error) = trend.Growth()!.Value;

        Assert.Equal((50.0, double.PositiveInfinity), (Math.Round(perDay, 3), error));
    }

    [Fact]
    public void A_size_that_is_not_newer_changes_nothing()
    {
        var trend = default(SizeTrend);
        trend.Observe(86400, 100, 1, GrowthDays);

        Assert.False(trend.Observe(86400, 900, 9, GrowthDays));
        Assert.Equal(100, trend.Bytes);
    }

    private static (double Slope, double Error) Reference(List<(double Days, double Bytes)> points, double now)
    {
        var weights = points.Select(point => Math.Exp(-(now - point.Days) / GrowthDays)).ToArray();
        var total = weights.Sum();
        var days = points.Zip(weights, (point, weight) => weight * point.Days).Sum() / total;
        var bytes = points.Zip(weights, (point, weight) => weight * point.Bytes).Sum() / total;
        var squares = points.Zip(weights, (point, weight) => weight * (point.Days - days) * (point.Days - days)).Sum();
        var slope = points.Zip(weights, (point, weight) => weight * (point.Days - days) * (point.Bytes - bytes)).Sum() / squares;
        var rest = points.Zip(weights, (point, weight) =>
            weight * Math.Pow(point.Bytes - bytes - (slope * (point.Days - days)), 2)).Sum();
        return (slope, total > 2 ? Math.Sqrt(rest / (total - 2) / squares) : double.PositiveInfinity);
    }
}
