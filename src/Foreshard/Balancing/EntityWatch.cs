using Foreshard.Profiling;

namespace Foreshard.Balancing;

/// <summary>One entity that has a series: its last intervals, and by how much they were above what was expected.</summary>
/// <remarks>Loads are in cost units per second.</remarks>
internal sealed class EntityWatch(EntityKey entity, int series)
{
    /// <summary>Mean difference of two numbers of a normal distribution, in standard deviations: 2/√π.</summary>
    private const double MeanDifference = 1.1284;

    /// <summary>Mean distance of a number from the middle of its neighbours, doubled, likewise: √6·√(2/π).</summary>
    private const double MeanBend = 1.9544;

    private readonly SurgeGap overForecast = new();
    private readonly SurgeGap overPlan = new();
    private double restlessness;
    private double bend;
    private double before;
    private int seen;

    public EntityKey Entity { get; } = entity;

    /// <summary>Number of its series.</summary>
    public int Series { get; } = series;

    /// <summary>Load of the open interval so far.</summary>
    public double Load { get; set; }

    /// <summary>Load of the interval that ended last.</summary>
    public double Last { get; private set; }

    /// <summary>Load when most is asked of all entities together.</summary>
    public BusyLoad Busy { get; } = new();

    /// <summary>What is expected of it, as of the last look; null before.</summary>
    public EntityCurve? Curve { get; set; }

    /// <summary>The largest load of that, mean and room; NaN before.</summary>
    public double Peak => Curve?.Curve.Peak ?? double.NaN;

    /// <summary>Whether something was announced for it: then it is watched, even if nothing came yet.</summary>
    public bool IsAnnounced { get; set; }

    /// <summary>Its groups, if they are counted.</summary>
    public GroupWatch? Groups { get; set; }

    /// <summary>Since which slot it has been too light for its groups to be counted; null while it isn't.</summary>
    public long? LightSince { get; set; }

    /// <summary>Mean of the last two intervals, as far as it was watched.</summary>
    public double LastTwo => seen < 2 ? Last : (Last + before) / 2;

    /// <summary>Standard deviation of an interval's load from one to the next: the mean difference of neighbours tells, whatever the daily cycle.</summary>
    public double Restlessness => restlessness / MeanDifference;

    /// <summary>
    /// Standard deviation of what can't be told from the neighbours of an interval: how far it lies off the line between them tells, so that ramps
    /// are no noise.
    /// </summary>
    public double Noise => bend / MeanBend;

    /// <summary>By how much both of the last two intervals were above the forecast's high quantile for them; negative if one wasn't.</summary>
    public double OverForecast => overForecast.Smaller;

    /// <summary>By how much the last two intervals differed from their forecast.</summary>
    public MeanGap Gap { get; } = new();

    /// <summary>By how much what comes rose from the interval before to the last one, beyond what its forecast did if there was one.</summary>
    public double Rise => Gap.Rise ?? (seen < 2 ? 0 : Last - before);

    /// <summary>The same above what the last plan was made for.</summary>
    public double OverPlan => overPlan.Smaller;

    /// <summary>Ends the open interval.</summary>
    /// <param name="position">Where its middle is in the last plan, in slots from its start; null if there is none.</param>
    /// <param name="gain">What one interval adds to slow averages.</param>
    /// <param name="crowd">As of <see cref="BusyLoad.Push"/>.</param>
    public void EndInterval(double? position, double gain, in Crowd crowd)
    {
        seen++;
        Busy.Push(Load, crowd);
        restlessness += Math.Max(gain, 1.0 / seen) * (Math.Abs(Load - Last) - restlessness);
        if (seen > 2) bend += Math.Max(gain, 1.0 / (seen - 2)) * (Math.Abs(Load - (2 * Last) + before) - bend);
        (before, Last, Load) = (Last, Load, 0);
        if (position is not { } at) return;
        Gap.Push(Last, at);
        overForecast.Push(Last, at);
        overPlan.Push(Last, at);
    }

    /// <summary>Writes what <see cref="Restore"/> reads: what it was like, not what was expected.</summary>
    public void Save(ChecksumWriter writer)
    {
        foreach (var value in (ReadOnlySpan<double>)[restlessness, bend, before, Last]) writer.Write(value);
        writer.Write(seen);
        writer.Write(LightSince ?? -1);
        Busy.Save(writer);
    }

    /// <summary>Goes on from what was saved.</summary>
    public void Restore(ref SavedBytes bytes)
    {
        (restlessness, bend, before, Last) = (bytes.Read<double>(), bytes.Read<double>(), bytes.Read<double>(), bytes.Read<double>());
        seen = bytes.Read<int>();
        LightSince = bytes.Read<long>() is >= 0 and var since ? since : null;
        Busy.Load(ref bytes);
    }

    /// <summary>Takes what is expected from now on.</summary>
    /// <param name="forecastHigh">The forecast's high quantile, of the first slots of the plan.</param>
    /// <param name="planHigh">What is planned for, likewise.</param>
    public void Expect(float[] forecastHigh, float[] planHigh)
    {
        overForecast.Expect(forecastHigh);
        overPlan.Expect(planHigh);

        // What was above the plan before this one counts only as far as it is above this one, too.
        overPlan.Restart(Last);
    }
}
