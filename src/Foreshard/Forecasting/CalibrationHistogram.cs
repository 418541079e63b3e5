namespace Foreshard.Forecasting;

/// <summary>Where in their forecast distribution the outcomes of sparse series lay; even if the distributions are right. Discounted.</summary>
internal sealed class CalibrationHistogram
{
    private const int Bins = 50;

    /// <summary>Observations that the prior, an even spread, counts for.</summary>
    private const double Prior = 500;

    private readonly double[] counts = new double[Bins];

    public CalibrationHistogram() => Array.Fill(counts, Prior / Bins);

    /// <summary>What was counted, for saving.</summary>
    public double[] Counts => counts;

    /// <summary>Adds an outcome, spread evenly over the probability that its count has.</summary>
    public void Add(double below, double upTo)
    {
        var width = Math.Max(upTo - below, 1e-9);
        var first = Math.Clamp((int)(below * Bins), 0, Bins - 1);
        var last = Math.Clamp((int)(upTo * Bins), first, Bins - 1);
        for (var bin = first; bin <= last; bin++)
        {
            var part = Math.Min(upTo, (bin + 1.0) / Bins) - Math.Max(below, (double)bin / Bins);
            counts[bin] += first == last ? 1 : Math.Max(0, part) / width;
        }
    }

    public void Discount(double factor)
    {
        for (var bin = 0; bin < Bins; bin++) counts[bin] *= factor;
    }

    /// <summary>The level to ask of the distribution so that a share of all outcomes lies below.</summary>
    public double LevelFor(double share)
    {
        var wanted = share * counts.Sum();
        for (var bin = 0; bin < Bins; bin++)
        {
            if (wanted <= counts[bin]) return Math.Clamp((bin + (wanted / counts[bin])) / Bins, 0.001, 0.999);
            wanted -= counts[bin];
        }

        return 0.999;
    }
}
