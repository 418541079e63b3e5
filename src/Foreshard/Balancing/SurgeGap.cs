namespace Foreshard.Balancing;

/// <summary>By how much the last two intervals were above an expectation.</summary>
internal sealed class SurgeGap
{
    private float[] expected = [];
    private double last = double.NegativeInfinity;
    private double before = double.NegativeInfinity;

    /// <summary>The smaller of both, in cost units per second.</summary>
    public double Smaller => Math.Min(last, before);

    /// <summary>Changes the expectation of the intervals to come; what is behind keeps its gap.</summary>
    /// <param name="high">Of the first slots of the plan; the last one stands for those after. None: nothing is expected.</param>
    public void Expect(float[] high) => expected = high;

    /// <summary>Forgets the gaps, but takes the last interval as if it had come now.</summary>
    public void Restart(double load)
    {
        before = double.NegativeInfinity;
        last = load - ExpectedAt(0);
    }

    /// <summary>Takes the next interval.</summary>
    /// <param name="load">Its load.</param>
    /// <param name="position">Where its middle is in the plan, in slots from its start.</param>
    public void Push(double load, double position)
    {
        before = last;
        last = load - ExpectedAt(position);
    }

    /// <summary>
    /// On the line through the middles of two slots, where intervals of a ramp are; but at least the slot's own, where an event begins with it.
    /// </summary>
    private double ExpectedAt(double position)
    {
        if (expected.Length == 0) return 0;
        var end = expected.Length - 1;
        var middle = Math.Min(position - 0.5, end);
        var left = (int)Math.Clamp(middle, 0, Math.Max(0, end - 1));
        var (lower, upper) = (expected[left], expected[Math.Min(left + 1, end)]);
        return Math.Max(expected[(int)Math.Min(position, end)], lower + ((upper - lower) * (middle - left)));
    }
}
