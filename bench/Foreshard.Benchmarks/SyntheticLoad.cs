namespace Foreshard.Benchmarks;

/// <summary>Made loads with a day and a week: counts, or costs with fractions. The same for the same seed.</summary>
/// <param name="seed">Chooses all of it.</param>
internal sealed class SyntheticLoad(int seed)
{
    /// <summary>Above it a count is drawn from the normal distribution.</summary>
    private const double PoissonMax = 30;

    private readonly Random random = new(seed);

    /// <summary>Counts with a mean of 0.2 to 1.2 an hour.</summary>
    public float Sparse(int series, long hour) => Poisson((0.2 + (series % 11 / 10.0)) * Shape(series, hour));

    /// <summary>Loads with fractions, 50 to 5,000 an hour.</summary>
    public float Dense(int series, long hour)
    {
        var mean = 50 * Math.Pow(10, series % 21 / 10.0) * Shape(series, hour);
        return (float)(mean * Math.Exp(0.1 * Normal()));
    }

    /// <summary>Mean 1 or so: a wave a day with its peak at an hour of the series' own, and less at weekends.</summary>
    private static double Shape(int series, long hour)
    {
        var day = 1 + (0.8 * Math.Sin(2 * Math.PI * (hour + (series % 5)) / 24));
        return hour / 24 % 7 < 5 ? day : day * 0.5;
    }

    private float Poisson(double mean)
    {
        if (mean > PoissonMax) return (float)Math.Max(0, Math.Round(mean + (Math.Sqrt(mean) * Normal())));
        var limit = Math.Exp(-mean);
        var count = 0;
        for (var product = random.NextDouble(); product > limit; product *= random.NextDouble()) count++;
        return count;
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
