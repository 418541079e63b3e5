namespace Foreshard.Simulation.Workloads;

/// <summary>Rates given by the hour, read at any slot: straight lines between the middles of the hours.</summary>
/// <remarks>
/// So that no step at the full hour flatters whoever knows the clock. Lines through the hours' own rates would flatten peaks: an hour's
/// mean would be ⅛ of each neighbour and ¾ of itself. So the lines run through other points, chosen so that each hour's mean comes out, as
/// far as no rate would have to be negative; the total of a series always comes out.
/// </remarks>
internal sealed class HourlyRates
{
    /// <summary>What is left of an error after a pass is at most half of it.</summary>
    private const int Passes = 8;

    /// <summary>Share of an hour's mean that its neighbours' points have, each.</summary>
    private const double NeighbourShare = 0.125;

    private readonly float[][] points;

    /// <param name="hours">Of each series, its rate of each hour: finite and not negative. The arrays are taken over.</param>
    public HourlyRates(float[][] hours)
    {
        points = hours;
        HourCount = hours.Length == 0 ? 0 : hours[0].Length;
        var mean = new double[HourCount];
        var next = new double[HourCount];
        foreach (var series in points) Fit(series, mean, next);
    }

    /// <summary>Number of hours.</summary>
    public int HourCount { get; }

    /// <summary>Whether a series has no load in an hour and its neighbours.</summary>
    public bool IsIdle(int series, int hour)
    {
        var line = points[series];
        return line[hour] == 0 && line[Math.Max(0, hour - 1)] == 0 && line[Math.Min(HourCount - 1, hour + 1)] == 0;
    }

    /// <summary>Rate of a series in the middle of a slot.</summary>
    /// <param name="series">Which one.</param>
    /// <param name="hour">The slot's hour.</param>
    /// <param name="slotOfHour">0 to <paramref name="slotsPerHour"/> - 1.</param>
    /// <param name="slotsPerHour">Slots of an hour; even.</param>
    public double At(int series, int hour, int slotOfHour, int slotsPerHour)
    {
        var line = points[series];
        var offset = ((slotOfHour + 0.5) / slotsPerHour) - 0.5;
        var neighbour = Math.Clamp(offset < 0 ? hour - 1 : hour + 1, 0, HourCount - 1);
        var share = Math.Abs(offset);
        return (line[hour] * (1 - share)) + (line[neighbour] * share);
    }

    /// <summary>Richardson's iteration on the tridiagonal system of the hours' means, held at 0 from below.</summary>
    private static void Fit(float[] hours, double[] points, double[] next)
    {
        for (var i = 0; i < hours.Length; i++) points[i] = hours[i];
        for (var pass = 0; pass < Passes; pass++)
        {
            for (var i = 0; i < hours.Length; i++) next[i] = Math.Max(0, points[i] + hours[i] - MeanAt(points, i, hours.Length));
            next.AsSpan(0, hours.Length).CopyTo(points);
        }

        double told = 0, made = 0;
        for (var i = 0; i < hours.Length; i++)
        {
            told += hours[i];
            made += MeanAt(points, i, hours.Length);
        }

        var factor = made > 0 ? told / made : 0;
        for (var i = 0; i < hours.Length; i++) hours[i] = (float)(points[i] * factor);
    }

    private static double MeanAt(double[] points, int hour, int count) =>
        ((1 - (2 * NeighbourShare)) * points[hour])
        + (NeighbourShare * (points[Math.Max(0, hour - 1)] + points[Math.Min(count - 1, hour + 1)]));
}
