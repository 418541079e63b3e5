namespace Foreshard.Balancing;

/// <summary>By how much the last two intervals differed from what was forecast for them, on the average: what the present tells of the hours to come.</summary>
/// <remarks>Compared with the forecast made before, not with that of what comes next: on a ramp those differ by the ramp.</remarks>
internal sealed class MeanGap
{
    private float[] expected = [];
    private double last = double.NaN;
    private double before = double.NaN;

    /// <summary>Cost units per second; 0 until there were two intervals with a forecast.</summary>
    public double Value => double.IsNaN(before) || double.IsNaN(last) ? 0 : (last + before) / 2;

    /// <summary>By how much the gap grew from the one interval to the other, cost units per second; null until there were two with a forecast.</summary>
    public double? Rise => double.IsNaN(before) || double.IsNaN(last) ? null : last - before;

    /// <summary>Changes the forecast of the intervals to come.</summary>
    /// <param name="mean">Of the first slots of the plan; the last one stands for those after. None: nothing is forecast.</param>
    public void Expect(float[] mean) => expected = mean;

    /// <summary>Takes the next interval.</summary>
    /// <param name="load">Its load.</param>
    /// <param name="position">Where its middle is in the plan, in slots from its start.</param>
    public void Push(double load, double position) => (before, last) = (last, expected.Length == 0 ? double.NaN : GapOf(load, position));

    /// <summary>
    /// From the line through the middles of two slots, where intervals of a ramp are, or from the slot's own value, where an event begins or ends
    /// with it: whichever is nearer; between the two there is no gap.
    /// </summary>
    private double GapOf(double load, double position)
    {
        var end = expected.Length - 1;
        var middle = Math.Min(position - 0.5, end);
        var left = (int)Math.Clamp(middle, 0, Math.Max(0, end - 1));
        var (lower, upper) = (expected[left], expected[Math.Min(left + 1, end)]);
        var (toLine, toSlot) = (load - Math.Max(0, lower + ((upper - lower) * (middle - left))), load - expected[(int)Math.Min(position, end)]);
        return toLine * toSlot <= 0 ? 0 : Math.Abs(toLine) < Math.Abs(toSlot) ? toLine : toSlot;
    }
}
