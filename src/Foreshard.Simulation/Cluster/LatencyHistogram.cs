namespace Foreshard.Simulation.Cluster;

/// <summary>Answer times of accesses: how many were late, and their quantiles to within 2.4 %.</summary>
/// <param name="targetMs">Above this, an access is late.</param>
internal sealed class LatencyHistogram(double targetMs)
{
    /// <summary>Buckets of a power of ten: a bucket's ends are 4.7 % apart.</summary>
    private const int PerDecade = 50;

    private const double LowestMs = 0.01;
    private const int Decades = 7;

    /// <summary>What is left of a tail and not worth a bucket, as a share of it.</summary>
    private const double Negligible = 1e-7;

    private static readonly double[] Ends = [.. Enumerable.Range(1, Decades * PerDecade).Select(end => LowestMs * Math.Pow(10, end / (double)PerDecade))];

    private readonly double[] counts = new double[Decades * PerDecade];

    /// <summary>How many accesses.</summary>
    public double Count { get; private set; }

    /// <summary>How many of them were late.</summary>
    public double Late { get; private set; }

    /// <summary>Adds accesses that all take that time.</summary>
    public void Add(double accesses, double milliseconds)
    {
        Count += accesses;
        if (milliseconds > targetMs) Late += accesses;
        counts[BucketOf(milliseconds)] += accesses;
    }

    /// <summary>Adds accesses whose times lie evenly between two.</summary>
    public void AddEven(double accesses, double fromMs, double toMs)
    {
        var width = toMs - fromMs;
        if (width <= fromMs * 1e-9)
        {
            Add(accesses, fromMs);
            return;
        }

        Count += accesses;
        Late += accesses * Math.Clamp((toMs - targetMs) / width, 0, 1);
        var below = fromMs;
        for (var bucket = BucketOf(fromMs); ; bucket++)
        {
            var isLast = bucket == counts.Length - 1 || Ends[bucket] >= toMs;
            var end = isLast ? toMs : Ends[bucket];
            counts[bucket] += accesses * ((end - below) / width);
            if (isLast) return;
            below = end;
        }
    }

    /// <summary>Adds accesses that take a time and an exponential one on top.</summary>
    public void AddExponential(double accesses, double milliseconds, double meanMs)
    {
        if (meanMs <= milliseconds * 1e-6)
        {
            Add(accesses, milliseconds);
            return;
        }

        Count += accesses;
        Late += milliseconds >= targetMs ? accesses : accesses * Math.Exp((milliseconds - targetMs) / meanMs);
        var left = 1.0;
        for (var bucket = BucketOf(milliseconds); ; bucket++)
        {
            var beyond = bucket == counts.Length - 1 ? 0 : Math.Exp((milliseconds - Ends[bucket]) / meanMs);
            if (beyond < Negligible) beyond = 0;
            counts[bucket] += accesses * (left - beyond);
            if (beyond == 0) return;
            left = beyond;
        }
    }

    /// <summary>The time that a share of the accesses stay below; 0 if there are none.</summary>
    /// <param name="share">0 to 1.</param>
    public double Quantile(double share)
    {
        var wanted = share * Count;
        var below = 0.0;
        for (var bucket = 0; bucket < counts.Length; bucket++)
        {
            if (counts[bucket] > 0 && below + counts[bucket] >= wanted)
                return Ends[bucket] * Math.Pow(10, (((wanted - below) / counts[bucket]) - 1) / PerDecade);
            below += counts[bucket];
        }

        return Count > 0 ? Ends[^1] : 0;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        Array.Clear(counts);
        (Count, Late) = (0, 0);
    }

    private static int BucketOf(double milliseconds)
    {
        if (milliseconds <= LowestMs) return 0;
        return Math.Min(Ends.Length - 1, (int)(Math.Log10(milliseconds / LowestMs) * PerDecade));
    }
}
