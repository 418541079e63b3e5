using CsCheck;
using Foreshard.Forecasting;

namespace Foreshard.Tests.Forecasting;

public sealed class CountQuantilesTests
{
    private static readonly float[] Dispersions = [0, 0.05f, 0.1f, 0.2f, 0.4f, 0.8f, 1.6f, 3.2f];
    private static readonly Gen<double> AnyLevel = Gen.Double[0.02, 0.98];
    private static readonly Gen<float> AnyDispersion = Gen.Int[0, 7].Select(row => Dispersions[row]);
    private static readonly Gen<double> AnyMean = Gen.Double[-6, 6].Select(power => Math.Pow(2, power));

    [Fact]
    public void Exact_quantiles_are_those_of_the_summed_probabilities() => Gen.Select(AnyLevel, AnyMean, AnyDispersion).Sample((level, mean, dispersion) =>
    {
        var (whole, smooth) = CountQuantiles.Exact(level, mean, dispersion);

        var below = Enumerable.Range(0, (int)whole).Sum(count => Probability(count, mean, dispersion));
        var own = Probability((int)whole, mean, dispersion);
        Assert.InRange(below, 0, level + 1e-9);
        Assert.InRange(below + own, level - 1e-9, 1 + 1e-9);
        Assert.Equal(whole == 0 ? 0 : whole - 1 + ((level - below) / own), smooth, 1e-4);
    });

    [Fact]
    public void Shares_below_a_count_and_up_to_it_are_those_of_the_summed_probabilities() =>
        Gen.Select(Gen.Int[0, 150], AnyMean, AnyDispersion).Sample((count, mean, dispersion) =>
        {
            var (below, upTo) = CountQuantiles.Distribution(count, mean, dispersion);

            var expected = Enumerable.Range(0, count).Sum(k => Probability(k, mean, dispersion));
            Assert.Equal(expected, below, 1e-8);
            Assert.Equal(expected + Probability(count, mean, dispersion), upTo, 1e-8);
        });

    [Fact]
    public void Where_nothing_is_expected_nothing_is_certain_and_anything_else_impossible()
    {
        Assert.Equal((0, 1), CountQuantiles.Distribution(0, 0, 0.2));
        Assert.Equal((1, 1), CountQuantiles.Distribution(1, 0, 0.2));
        Assert.Equal(0, new CountQuantiles(0.95).Of(0, 0.2f, isWhole: false));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(0.95)]
    public void The_table_is_right_to_half_a_step_of_its_means(double level)
    {
        var table = new CountQuantiles(level);
        Gen.Select(AnyMean, AnyDispersion, Gen.Bool).Sample((mean, dispersion, isWhole) =>
        {
            var step = Math.Pow(2, 1.01 / 32);

            var quantile = table.Of((float)mean, dispersion, isWhole);

            var (wholeLow, smoothLow) = CountQuantiles.Exact(level, mean / step, dispersion);
            var (wholeHigh, smoothHigh) = CountQuantiles.Exact(level, mean * step, dispersion);
            Assert.InRange(quantile, isWhole ? wholeLow : smoothLow - 1e-4f, isWhole ? wholeHigh : smoothHigh + 1e-4f);
        });
    }

    [Fact]
    public void The_dispersion_is_that_of_the_table_which_is_nearest()
    {
        var table = new CountQuantiles(0.9);

        Assert.All(Dispersions, dispersion => Assert.All([0.75f, 1.3f], times =>
            Assert.Equal(table.Of(20, dispersion, isWhole: false), table.Of(20, dispersion * times, isWhole: false))));
        Assert.Equal(table.Of(20, 0, isWhole: false), table.Of(20, 0.02f, isWhole: false));
        Assert.Equal(table.Of(20, 3.2f, isWhole: false), table.Of(20, 9, isWhole: false));
        Assert.Equal(Dispersions.Length, Dispersions.Select(dispersion => table.Of(20, dispersion, isWhole: false)).Distinct().Count());
    }

    [Fact]
    public void Large_means_are_treated_as_continuous_and_still_right() =>
        Gen.Select(Gen.OneOf(Gen.Const(0.5), Gen.Const(0.9), Gen.Const(0.95)), Gen.Double[65, 500], AnyDispersion).Sample((level, mean, dispersion) =>
        {
            var exact = CountQuantiles.Exact(level, mean, dispersion).Smooth;

            var share = dispersion < 1 ? 0.02 : dispersion < 2 ? 0.04 : 0.08;
            Assert.Equal(exact, new CountQuantiles(level).Of((float)mean, dispersion, isWhole: false), 1 + (share * exact));
        }, iter: 30);

    [Theory]
    [InlineData(0.0001, -3.719016485455709)]
    [InlineData(0.01, -2.3263478740408408)]
    [InlineData(0.02425, -1.9729610558)]
    [InlineData(0.25, -0.6744897501960817)]
    [InlineData(0.5, 0)]
    [InlineData(0.9, 1.2815515655446004)]
    [InlineData(0.95, 1.6448536269514722)]
    [InlineData(0.975, 1.959963984540054)]
    [InlineData(0.999, 3.090232306167813)]
    public void Quantiles_of_the_normal_distribution_are_the_known_ones(double level, double expected)
    {
        Assert.Equal(expected, CountQuantiles.NormalQuantile(level), 1e-6);
        Assert.Equal(-expected, CountQuantiles.NormalQuantile(1 - level), 1e-6);
    }

    private static double Probability(int count, double mean, double dispersion)
    {
        if (dispersion == 0) return Math.Exp((count * Math.Log(mean)) - mean - LogGamma(count + 1));
        var size = 1 / dispersion;
        return Math.Exp(LogGamma(count + size) - LogGamma(size) - LogGamma(count + 1)
            + (size * Math.Log(size / (size + mean))) + (count * Math.Log(mean / (size + mean))));
    }

    /// <summary>Stirling's series, after stepping up to where it is exact to the last digits.</summary>
    private static double LogGamma(double x)
    {
        var product = 0.0;
        for (; x < 20; x++) product += Math.Log(x);
        var series = (1 / (12 * x)) - (1 / (360 * x * x * x)) + (1 / (1260 * Math.Pow(x, 5)));
        return ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI)) + series - product;
    }
}
