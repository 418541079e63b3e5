using CsCheck;
using Foreshard.Forecasting;

namespace Foreshard.Tests.Forecasting;

public sealed class ResidualHistogramTests
{
    [Theory]
    [InlineData(0.05, -2.302585)]
    [InlineData(0.25, -0.693147)]
    [InlineData(0.5, 0)]
    [InlineData(0.9, 1.609438)]
    [InlineData(0.95, 2.302585)]
    public void Before_anything_was_seen_errors_spread_as_Laplace_says(double level, double expected) =>
        Assert.Equal(expected, new ResidualHistogram().Quantile(level), 0.01);

    [Fact]
    public void Quantiles_are_those_of_the_sorted_errors_to_a_bin() =>
        Gen.Select(Gen.Double[-2, 2], Gen.Double[0.1, 10], Gen.Double[0.03, 0.97], Gen.Int).Sample((shift, width, level, seed) =>
        {
            var random = new Random(seed);
            var errors = Enumerable.Range(0, 5_000).Select(_ => (float)(shift + (width * (random.NextDouble() + random.NextDouble() - 1)))).Order().ToArray();
            var histogram = new ResidualHistogram();
            histogram.Discount(0);
            foreach (var error in errors) histogram.Add(error);

            var expected = errors[(int)(level * errors.Length)];

            Assert.Equal(expected, histogram.Quantile(level), (0.04 * Math.Sqrt(1 + (expected * expected))) + (0.01 * width));
        });

    [Fact]
    public void Quantiles_rise_with_their_level() =>
        Gen.Select(Gen.Float[-100, 100].Array[0, 50], Gen.Double[0.001, 0.999], Gen.Double[0.001, 0.999]).Sample((errors, one, other) =>
        {
            var histogram = new ResidualHistogram();
            histogram.Discount(0.1);
            foreach (var error in errors) histogram.Add(error);

            return histogram.Quantile(Math.Min(one, other)) <= histogram.Quantile(Math.Max(one, other));
        });

    [Fact]
    public void Older_errors_count_for_less()
    {
        var histogram = new ResidualHistogram();
        for (var i = 0; i < 10_000; i++) histogram.Add(10);
        var old = histogram.Quantile(0.5);
        histogram.Discount(0.01);
        for (var i = 0; i < 200; i++) histogram.Add(-1);

        Assert.Equal(10, old, 0.5f);
        Assert.Equal(-1, histogram.Quantile(0.5), 0.1f);
    }

    [Fact]
    public void Errors_beyond_all_bins_are_kept_in_the_last()
    {
        var histogram = new ResidualHistogram();
        for (var i = 0; i < 10_000; i++) histogram.Add(i % 2 == 0 ? 1e20f : -1e20f);

        Assert.InRange(histogram.Quantile(0.9), 70, 75);
        Assert.InRange(histogram.Quantile(0.1), -75, -70);
    }
}
