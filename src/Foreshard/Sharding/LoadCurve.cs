using System.Numerics.Tensors;

namespace Foreshard.Sharding;

/// <summary>What load is expected over a horizon: mean and variance of each slot. Immutable; adds up.</summary>
/// <remarks>
/// Means are in cost units per second. A variance is the square of how far a slot's load may be above its mean at the level that plans
/// are made for; errors of different units are taken as independent, so that the room a partition keeps grows with the root of its units.
/// </remarks>
internal sealed class LoadCurve
{
    private readonly float[] mean;
    private readonly float[] variance;
    private int peakSlot = -1;

    /// <summary>Takes the arrays as they are.</summary>
    /// <param name="mean">Of each slot, cost units per second.</param>
    /// <param name="variance">Of each slot, the square of cost units per second.</param>
    /// <param name="busy">As of <see cref="Busy"/>.</param>
    /// <exception cref="ArgumentException">They differ in length.</exception>
    public LoadCurve(float[] mean, float[] variance, double busy = 0)
    {
        Busy = busy;
        if (mean.Length != variance.Length) throw new ArgumentException($"{mean.Length} means, but {variance.Length} variances.", nameof(variance));
        this.mean = mean;
        this.variance = variance;
    }

    /// <summary>Number of slots.</summary>
    public int Count => mean.Length;

    /// <summary>Expected load of each slot, cost units per second.</summary>
    public ReadOnlySpan<float> Mean => mean;

    /// <summary>Variance of each slot, the square of cost units per second.</summary>
    public ReadOnlySpan<float> Variance => variance;

    /// <summary>
    /// What it asked for in the past when most was asked of all entities together, cost units per second; 0 if that isn't known. A crowd that
    /// nobody forecast is expected to come in these proportions.
    /// </summary>
    public double Busy { get; }

    /// <summary>Mean over all slots, cost units per second.</summary>
    public double MeanLoad => mean.Length == 0 ? 0 : TensorPrimitives.Sum<float>(mean) / mean.Length;

    /// <summary>Largest load that is planned for, mean and room, cost units per second.</summary>
    public double Peak => Count == 0 ? 0 : Planned(PeakSlot);

    /// <summary>The slot of <see cref="Peak"/>, the first of equals.</summary>
    public int PeakSlot => peakSlot >= 0 ? peakSlot : peakSlot = FindPeak();

    /// <summary>No load.</summary>
    public static LoadCurve Zero(int slots) => new(new float[slots], new float[slots]);

    /// <summary>The same load in all slots.</summary>
    /// <param name="slots">How many.</param>
    /// <param name="load">Cost units per second.</param>
    /// <param name="room">How far it may be above that, cost units per second.</param>
    public static LoadCurve Flat(int slots, double load, double room = 0)
    {
        var curve = Zero(slots);
        Array.Fill(curve.mean, (float)load);
        Array.Fill(curve.variance, (float)(room * room));
        return curve;
    }

    /// <summary>The sum, in the order given; of none, no load.</summary>
    public static LoadCurve Sum(int slots, IEnumerable<LoadCurve> curves)
    {
        var sum = Zero(slots);
        var busy = 0.0;
        foreach (var curve in curves)
        {
            busy += curve.Busy;
            TensorPrimitives.Add(sum.mean, curve.mean, sum.mean);
            TensorPrimitives.Add(sum.variance, curve.variance, sum.variance);
        }

        return new LoadCurve(sum.mean, sum.variance, busy);
    }

    /// <summary>Load that is planned for in a slot: mean and room, cost units per second.</summary>
    public double Planned(int slot) => mean[slot] + Math.Sqrt(variance[slot]);

    /// <summary>A part of it: means by the factor, variances by its square.</summary>
    public LoadCurve Times(double factor)
    {
        var scaled = new LoadCurve(new float[Count], new float[Count], Busy * factor);
        TensorPrimitives.Multiply(mean, (float)factor, scaled.mean);
        TensorPrimitives.Multiply(variance, (float)(factor * factor), scaled.variance);
        return scaled;
    }

    /// <summary>Its first slots.</summary>
    public LoadCurve First(int slots) => slots >= Count ? this : new LoadCurve(mean[..slots], variance[..slots], Busy);

    /// <summary>What is left of it without some parts of it, taken away in their order; never negative, though sums are rounded.</summary>
    public LoadCurve Without(IEnumerable<LoadCurve> parts)
    {
        var (means, variances) = (mean.ToArray(), variance.ToArray());
        var sum = Sum(Count, parts);
        for (var slot = 0; slot < means.Length; slot++)
        {
            means[slot] = Math.Max(0, means[slot] - sum.mean[slot]);
            variances[slot] = Math.Max(0, variances[slot] - sum.variance[slot]);
        }

        return new LoadCurve(means, variances, Math.Max(0, Busy - sum.Busy));
    }

    private int FindPeak()
    {
        var (peak, most) = (0, double.NegativeInfinity);
        for (var slot = 0; slot < Count; slot++)
        {
            if (Planned(slot) is var planned && planned > most) (peak, most) = (slot, planned);
        }

        return peak;
    }
}
