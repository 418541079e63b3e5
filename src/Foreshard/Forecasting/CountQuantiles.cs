namespace Foreshard.Forecasting;

/// <summary>Quantiles of counts with a mean and a dispersion: the negative binomial distribution, which is Poisson's at dispersion 0.</summary>
/// <remarks>Tables, so that a quantile costs two reads. One instance per level; immutable.</remarks>
internal sealed class CountQuantiles
{
    /// <summary>Means above are treated as continuous.</summary>
    public const float MeanMax = 64;

    private const int PerOctave = 16;
    private const int Octaves = 16;
    private const int Means = (PerOctave * Octaves) + 1;

    /// <summary>Place of the mean 1 in the table, and a half, so that cutting rounds.</summary>
    private const float Zero = (10 * PerOctave) + 0.5f;

    private static readonly float[] Dispersions = [0, 0.05f, 0.1f, 0.2f, 0.4f, 0.8f, 1.6f, 3.2f];

    /// <summary>Smallest mean of the table: of 2^-10 events even the 0.999 quantile is no event.</summary>
    private static readonly float MeanMin = MathF.ScaleB(1, -10);

    private readonly float normal;
    private readonly float[] whole = new float[Means * Dispersions.Length];
    private readonly float[] smooth = new float[Means * Dispersions.Length];

    /// <param name="level">In (0, 1).</param>
    public CountQuantiles(double level)
    {
        Level = level;
        normal = (float)NormalQuantile(level);
        for (var d = 0; d < Dispersions.Length; d++)
        {
            for (var m = 0; m < Means; m++)
            {
                var mean = MeanMin * float.Exp2((float)m / PerOctave);
                (whole[(d * Means) + m], smooth[(d * Means) + m]) = Exact(level, mean, Dispersions[d]);
            }
        }
    }

    /// <summary>Share of outcomes that are not above the quantile, at least.</summary>
    public double Level { get; }

    /// <summary>The quantile.</summary>
    /// <param name="mean">In events; not negative.</param>
    /// <param name="dispersion">κ in variance = mean + κ·mean²; cut at 3.2.</param>
    /// <param name="isWhole">True if an outcome is a whole number of events; false interpolates.</param>
    public float Of(float mean, float dispersion, bool isWhole)
    {
        Span<float> quantile = stackalloc float[1];
        Span<float> logarithm = stackalloc float[1];
        logarithm[0] = MathF.Log2(mean);
        Of([mean], logarithm, dispersion, isWhole, quantile);
        return quantile[0];
    }

    /// <summary>The quantiles of many means of one dispersion.</summary>
    /// <param name="means">In events; not negative.</param>
    /// <param name="logarithms">Their binary logarithms: the same for all levels.</param>
    /// <param name="dispersion">κ in variance = mean + κ·mean²; cut at 3.2.</param>
    /// <param name="isWhole">True if an outcome is a whole number of events; false interpolates.</param>
    /// <param name="into">The quantiles, in events.</param>
    public void Of(ReadOnlySpan<float> means, ReadOnlySpan<float> logarithms, float dispersion, bool isWhole, Span<float> into)
    {
        var row = (isWhole ? whole : smooth).AsSpan(Row(dispersion) * Means, Means);
        for (var i = 0; i < into.Length; i++)
        {
            if (means[i] > MeanMax)
            {
                into[i] = Continuous(means[i], dispersion);
                continue;
            }

            var position = (logarithms[i] * PerOctave) + Zero;
            into[i] = position >= 0.5f ? row[Math.Min((int)position, Means - 1)] : 0;
        }
    }

    /// <summary>The largest dispersion of the table that is not nearer to the next, on the line of logarithms.</summary>
    private static int Row(float dispersion)
    {
        var row = 0;
        while (row + 1 < Dispersions.Length && dispersion >= (row == 0 ? Dispersions[1] / 2 : MathF.Sqrt(Dispersions[row] * Dispersions[row + 1]))) row++;
        return row;
    }

    /// <summary>Wilson and Hilferty's (1931) approximation of the gamma distribution with that mean and variance.</summary>
    private float Continuous(float mean, float dispersion)
    {
        var shape = 1 / ((1 / mean) + Math.Max(dispersion, 0));
        var root = 1 - (1 / (9 * shape)) + (normal / (3 * MathF.Sqrt(shape)));
        return root <= 0 ? 0 : mean * root * root * root;
    }

    /// <summary>The quantile by summing up probabilities; and between the counts, as if each were spread evenly below itself.</summary>
    public static (float Whole, float Smooth) Exact(double level, double mean, double dispersion)
    {
        var size = dispersion > 0 ? 1 / dispersion : 0;
        var share = dispersion > 0 ? mean / (mean + size) : 0;
        var probability = dispersion > 0 ? Math.Pow(size / (mean + size), size) : Math.Exp(-mean);
        var sum = probability;
        var count = 0;
        while (sum < level && count < 10_000)
        {
            count++;
            probability *= dispersion > 0 ? (count - 1 + size) / count * share : mean / count;
            sum += probability;
        }

        if (count == 0) return (0, 0);
        return (count, (float)(count - Math.Clamp((sum - level) / probability, 0, 1)));
    }

    /// <summary>Share of outcomes below a count, and up to it.</summary>
    public static (double Below, double UpTo) Distribution(double count, double mean, double dispersion)
    {
        if (mean <= 0) return count <= 0 ? (0, 1) : (1, 1);
        var size = dispersion > 0 ? 1 / dispersion : 0;
        var share = dispersion > 0 ? mean / (mean + size) : 0;
        var probability = dispersion > 0 ? Math.Pow(size / (mean + size), size) : Math.Exp(-mean);
        var sum = probability;
        var below = 0.0;
        for (var k = 1; k <= count && k < 2_000; k++)
        {
            below = sum;
            probability *= dispersion > 0 ? (k - 1 + size) / k * share : mean / k;
            sum += probability;
        }

        return (below, Math.Min(1, sum));
    }

    /// <summary>Inverse of the normal distribution's cumulative function; Acklam's rational approximation, good to 1e-9 relative.</summary>
    public static double NormalQuantile(double p)
    {
        const double Low = 0.02425;
        if (p < Low)
        {
            var t = Math.Sqrt(-2 * Math.Log(p));
            return Tail(t);
        }

        if (p > 1 - Low) return -Tail(Math.Sqrt(-2 * Math.Log(1 - p)));
        var q = p - 0.5;
        var r = q * q;
        return ((((((((((-39.69683028665376 * r) + 220.9460984245205) * r) - 275.9285104469687) * r) + 138.3577518672690) * r) - 30.66479806614716) * r)
            + 2.506628277459239) * q
            / ((((((((((-54.47609879822406 * r) + 161.5858368580409) * r) - 155.6989798598866) * r) + 66.80131188771972) * r) - 13.28068155288572) * r) + 1);
    }

    private static double Tail(double t) =>
        ((((((((((-0.007784894002430293 * t) - 0.3223964580411365) * t) - 2.400758277161838) * t) - 2.549732539343734) * t) + 4.374664141464968) * t)
            + 2.938163982698783)
        / ((((((((0.007784695709041462 * t) + 0.3224671290700398) * t) + 2.445134137142996) * t) + 3.754408661907416) * t) + 1);
}
