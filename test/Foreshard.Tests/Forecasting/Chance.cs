namespace Foreshard.Tests.Forecasting;

/// <summary>Random numbers of the distributions that loads have; the same for the same seed.</summary>
internal sealed class Chance(int seed)
{
    private readonly Random random = new(seed);

    /// <summary>In [0, 1).</summary>
    public double Part() => random.NextDouble();

    public double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>A count with that mean.</summary>
    public int Poisson(double mean)
    {
        if (mean > 200) return (int)Math.Max(0, Math.Round(mean + (Math.Sqrt(mean) * Normal())));
        var count = 0;
        for (var product = random.NextDouble(); product > Math.Exp(-mean); product *= random.NextDouble()) count++;
        return count;
    }

    /// <summary>A count with that mean and the variance mean + dispersion·mean².</summary>
    public int NegativeBinomial(double mean, double dispersion) => Poisson(mean * dispersion * Gamma(1 / dispersion));

    /// <summary>Marsaglia and Tsang (2000), with their step up for shapes below 1.</summary>
    private double Gamma(double shape)
    {
        if (shape < 1) return Gamma(shape + 1) * Math.Pow(random.NextDouble(), 1 / shape);
        var d = shape - (1.0 / 3);
        while (true)
        {
            var x = Normal();
            var v = Math.Pow(1 + (x / Math.Sqrt(9 * d)), 3);
            if (v > 0 && Math.Log(1 - random.NextDouble()) < (0.5 * x * x) + d - (d * v) + (d * Math.Log(v))) return d * v;
        }
    }
}
