namespace Foreshard.Benchmarks;

/// <summary>The competition's measures, as means over series.</summary>
internal sealed class M4Score
{
    private const int Season = 24;

    /// <summary>The competition's intervals hold 95 %.</summary>
    private const double Alpha = 0.05;

    private double smape;
    private double mase;
    private double msis;
    private int series;
    private int hours;
    private int covered;

    /// <summary>Mean of 200·|y − f| / (|y| + |f|), in percent.</summary>
    public double Smape => smape / series;

    /// <summary>Mean absolute error by that of repeating the last day within the training part.</summary>
    public double Mase => mase / series;

    /// <summary>Width of the 95 % interval and 40 times what lies outside, scaled as <see cref="Mase"/>.</summary>
    public double Msis => msis / series;

    /// <summary>Share of hours within the interval.</summary>
    public double Coverage => (double)covered / hours;

    /// <summary>Mean of sMAPE and MASE, each by that of Naive2.</summary>
    public double OwaBy(M4Score naive2) => ((Smape / naive2.Smape) + (Mase / naive2.Mase)) / 2;

    public void Add(ReadOnlySpan<float> train, ReadOnlySpan<float> actual, ReadOnlySpan<float> point) => Add(train, actual, point, point, point);

    public void Add(ReadOnlySpan<float> train, ReadOnlySpan<float> actual, ReadOnlySpan<float> point, ReadOnlySpan<float> lower, ReadOnlySpan<float> upper)
    {
        var scale = 0.0;
        for (var t = Season; t < train.Length; t++) scale += Math.Abs(train[t] - train[t - Season]);
        scale /= train.Length - Season;
        var (relative, absolute, interval) = (0.0, 0.0, 0.0);
        for (var h = 0; h < actual.Length; h++)
        {
            double y = actual[h];
            double f = point[h];
            var sum = Math.Abs(y) + Math.Abs(f);
            if (sum > 0) relative += 200 * Math.Abs(y - f) / sum;
            absolute += Math.Abs(y - f);
            interval += upper[h] - lower[h] + (2 / Alpha * Math.Max(0, Math.Max(lower[h] - y, y - upper[h])));
            if (y >= lower[h] && y <= upper[h]) covered++;
        }

        smape += relative / actual.Length;
        mase += absolute / actual.Length / scale;
        msis += interval / actual.Length / scale;
        hours += actual.Length;
        series++;
    }
}
