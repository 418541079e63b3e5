using System.Runtime.InteropServices;

namespace Foreshard.Profiling;

/// <summary>Size and growth: least squares of size against time, in which an observation counts less the older it is; 44 bytes.</summary>
/// <remarks>
/// Discounted regression (West and Harrison 1997, chapter 6): weights fade by time, not by count, so that many observations in one hour
/// don't outvote a month. Sums are kept about their means, and those relative to the newest observation, so that single precision does.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct SizeTrend
{
    /// <summary>Weight of two observations: with no more of it there is no telling how uncertain a line is.</summary>
    private const double LeastWeight = 2;

    /// <summary>Bytes at the newest observation.</summary>
    public long Bytes;

    /// <summary>Rows at the newest observation.</summary>
    public long Rows;

    /// <summary>Seconds from 1970 to the newest observation.</summary>
    public uint Seconds;

    private float weight;
    private float meanDays;
    private float meanBytes;
    private float daysSquared;
    private float daysBytes;
    private float bytesSquared;

    public readonly bool IsKnown => weight > 0;

    /// <summary>How many observations of today the faded ones are worth.</summary>
    public readonly double Weight => weight;

    /// <summary>Takes an observation in. One that is not newer than the newest replaces nothing and is left out.</summary>
    /// <returns>Whether it was newer.</returns>
    public bool Observe(uint seconds, long bytes, long rows, double growthDays)
    {
        if (IsKnown && seconds <= Seconds) return false;
        if (IsKnown) Fade((seconds - Seconds) / 86400.0, bytes, growthDays);

        // The new observation is at the origin; West's update of a weighted covariance with a weight of 1.
        var (total, days, size) = (weight + 1.0, -(double)meanDays, -(double)meanBytes);
        var share = weight / total;
        daysSquared += (float)(share * days * days);
        daysBytes += (float)(share * days * size);
        bytesSquared += (float)(share * size * size);
        meanDays += (float)(days / total);
        meanBytes += (float)(size / total);
        (weight, Seconds, Bytes, Rows) = ((float)total, seconds, bytes, rows);
        return true;
    }

    /// <summary>Growth in bytes per day, and its standard error (infinite if too little is known); null with fewer than two moments.</summary>
    public readonly (double PerDay, double StandardError)? Growth()
    {
        if (!(daysSquared > 0)) return null;
        var slope = (double)daysBytes / daysSquared;
        if (weight <= LeastWeight) return (slope, double.PositiveInfinity);
        var unexplained = Math.Max(0, bytesSquared - (slope * daysBytes));
        return (slope, Math.Sqrt(unexplained / (weight - LeastWeight) / daysSquared));
    }

    /// <summary>The one that was observed last; the heavier one if both were at once.</summary>
    public static SizeTrend Newer(in SizeTrend left, in SizeTrend right) =>
        (left.Seconds, left.weight, left.Bytes).CompareTo((right.Seconds, right.weight, right.Bytes)) >= 0 ? left : right;

    /// <summary>Moves the origin to the new observation and lets the old ones fade.</summary>
    private void Fade(double days, long bytes, double growthDays)
    {
        var factor = (float)Math.Exp(-days / growthDays);
        meanDays -= (float)days;
        meanBytes -= unchecked((float)(bytes - Bytes));
        weight *= factor;
        daysSquared *= factor;
        daysBytes *= factor;
        bytesSquared *= factor;
    }
}
