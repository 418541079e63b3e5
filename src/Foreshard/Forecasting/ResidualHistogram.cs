namespace Foreshard.Forecasting;

/// <summary>How many usual errors the outcomes of a whole population lay above or below their forecasts; discounted.</summary>
/// <remarks>The conformal part of the quantiles: a quantile of the future is one of the past's, in units of each series' error.</remarks>
internal sealed class ResidualHistogram
{
    private const int Bins = 256;

    /// <summary>Bins of one unit of the inverse hyperbolic sine, which is linear near 0 and logarithmic far out; ±5 is ±74 errors.</summary>
    private const float PerUnit = Bins / 10f;

    /// <summary>Observations that the prior counts for: Laplace's distribution, whose mean absolute deviation is 1.</summary>
    private const double Prior = 200;

    private readonly double[] counts = new double[Bins];

    public ResidualHistogram()
    {
        for (var bin = 0; bin < Bins; bin++) counts[bin] = Prior * (Laplace(Edge(bin + 1)) - Laplace(Edge(bin)));
    }

    /// <summary>Adds an error.</summary>
    /// <param name="residual">In usual errors of its series; positive if more came than was forecast.</param>
    public void Add(float residual)
    {

        var bin = (int)((MathF.Asinh(residual) * PerUnit) + (Bins / 2));
        counts[Math.Clamp(bin, 0, Bins - 1)]++;
    }

    public void Discount(double factor)
    {
        for (var bin = 0; bin < Bins; bin++) counts[bin] *= factor;
    }

    /// <summary>The error that a share of all errors is not above.</summary>
    public float Quantile(double level)
    {
        var wanted = level * counts.Sum();
        for (var bin = 0; bin < Bins; bin++)
        {
            if (wanted <= counts[bin]) return (float)(Edge(bin) + ((Edge(bin + 1) - Edge(bin)) * wanted / Math.Max(counts[bin], 1e-12)));
            wanted -= counts[bin];
        }

        return (float)Edge(Bins);
    }

    /// <summary>What was counted, for saving.</summary>
    public double[] Counts => counts;

    private static double Edge(int bin) => Math.Sinh((bin - (Bins / 2)) / (double)PerUnit);

    private static double Laplace(double value) => value < 0 ? Math.Exp(value) / 2 : 1 - (Math.Exp(-value) / 2);
}
