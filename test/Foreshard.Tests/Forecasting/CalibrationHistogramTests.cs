using CsCheck;
using Foreshard.Forecasting;

namespace Foreshard.Tests.Forecasting;

public sealed class CalibrationHistogramTests
{
    [Fact]
    public void Before_anything_was_seen_levels_are_right() => Gen.Double[0.001, 0.999].Sample(level =>
        Assert.Equal(level, new CalibrationHistogram().LevelFor(level), 1e-9));

    [Fact]
    public void An_outcome_counts_once_however_many_bins_its_probability_covers() =>
        Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1]).Sample((one, other) =>
        {
            var histogram = new CalibrationHistogram();
            histogram.Discount(0);
            histogram.Add(Math.Min(one, other), Math.Max(one, other));

            var mean = histogram.Counts.ToArray().Select((count, bin) => count * (bin + 0.5) / 50).Sum();
            Assert.Equal(1, histogram.Counts.ToArray().Sum(), 1e-9);
            Assert.Equal((one + other) / 2, mean, 0.0101);
        });

    [Fact]
    public void The_level_to_ask_is_the_one_that_the_share_lay_below() => Gen.Select(Gen.Double[0.5, 2], Gen.Double[0.1, 0.95]).Sample((power, share) =>
    {
        var histogram = new CalibrationHistogram();
        histogram.Discount(0);
        for (var i = 0; i < 20_000; i++)
        {
            var outcome = Math.Pow((i + 0.5) / 20_000, power);
            histogram.Add(outcome, outcome);
        }

        Assert.Equal(Math.Pow(share, power), histogram.LevelFor(share), 0.01);
    });

    [Fact]
    public void The_prior_weighs_as_500_outcomes_until_it_is_discounted()
    {
        var histogram = new CalibrationHistogram();
        for (var i = 0; i < 500; i++) histogram.Add(0.99, 0.99);
        var level = histogram.LevelFor(0.4);
        histogram.Discount(0.5);

        Assert.Equal(0.8, level, 0.02);
        Assert.Equal(level, histogram.LevelFor(0.4), 1e-9);
        Assert.Equal(500, histogram.Counts.ToArray().Sum(), 1e-6);
    }
}
