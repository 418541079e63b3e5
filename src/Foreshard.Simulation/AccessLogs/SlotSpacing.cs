using Foreshard.Profiling;

namespace Foreshard.Simulation.AccessLogs;

/// <summary>How the times of a table fall into slots: how long these are, and where in its slot a usual time is.</summary>
internal sealed class SlotSpacing
{
    /// <summary>A usual distance that is further from every divisor of the day is no slot length that was measured with jitter.</summary>
    private const double MaxDeviation = 0.1;

    /// <summary>A usual time that is at most so much of a slot before its end belongs to the next one, come a little early.</summary>
    private const double Early = 0.05;

    private readonly long length;
    private readonly long phase;

    private SlotSpacing(long length, IReadOnlyList<long> ticks)
    {
        this.length = length;
        phase = Phase(ticks, length);
        Grid = new SlotGrid(new TimeSpan(length));
    }

    public SlotGrid Grid { get; }

    /// <summary>The spacing of times whose slot length is known.</summary>
    public static SlotSpacing Of(IReadOnlyList<long> ticks, TimeSpan length) => new(length.Ticks, ticks);

    /// <summary>The spacing of times by the median of their distances.</summary>
    /// <param name="ticks">Sorted; equal ones count once.</param>
    /// <param name="median">The median; zero if there are fewer than two times.</param>
    /// <returns>Null if there are fewer than two times, or no divisor of the day is near the median.</returns>
    public static SlotSpacing? Detect(IReadOnlyList<long> ticks, out TimeSpan median)
    {
        var distances = ticks.Skip(1).Zip(ticks, (next, before) => next - before).Where(distance => distance > 0).Order().ToList();
        median = distances.Count == 0 ? TimeSpan.Zero : new TimeSpan(distances[(distances.Count - 1) / 2]);
        if (distances.Count == 0) return null;
        var seconds = median.TotalSeconds;
        var nearest = Enumerable.Range(1, 24 * 60 * 60)
            .Where(length => SlotGrid.Divides(TimeSpan.FromSeconds(length)))
            .MinBy(length => Math.Abs(length - seconds) / length);
        return Math.Abs(nearest - seconds) / nearest > MaxDeviation ? null : new SlotSpacing(TimeSpan.FromSeconds(nearest).Ticks, ticks);
    }

    /// <summary>The slot whose usual time is nearest.</summary>
    public long SlotOf(long ticks) => (long)Math.Floor((ticks - phase + (length / 2.0)) / length);

    /// <summary>The circular mean of the places in their slots: jitter around a slot's border must not tear the times apart.</summary>
    private static long Phase(IReadOnlyList<long> ticks, long length)
    {
        var (x, y) = (0.0, 0.0);
        foreach (var one in ticks)
        {
            var (sin, cos) = Math.SinCos(2 * Math.PI * (one % length) / length);
            (x, y) = (x + cos, y + sin);
        }

        var turn = Math.Atan2(y, x) / (2 * Math.PI);
        if (turn < -Early) turn++;
        return (long)(turn * length);
    }
}
