using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>What is expected of one entity, step by step: its base (forecast, or the present), and by how much the present differs from it.</summary>
/// <remarks>Loads are in cost units per second, one value per slot of the plan.</remarks>
internal sealed class EntityCurve
{
    private readonly float[] variance;

    /// <param name="mean">The expected loads, without a surge.</param>
    /// <param name="room">How far loads may be above that.</param>
    /// <param name="isAbstaining">Whether they are the present.</param>
    /// <param name="busy">As of <see cref="LoadCurve.Busy"/>.</param>
    public EntityCurve(float[] mean, float[] room, bool isAbstaining, double busy = 0)
    {
        Base = mean;
        variance = [.. room.Select(distance => distance * distance)];
        IsAbstaining = isAbstaining;
        Extra = new float[mean.Length];
        Curve = new LoadCurve(mean, variance, busy);
    }

    public float[] Base { get; }

    /// <summary>What the present adds to the base, or takes from it; it fades.</summary>
    public float[] Extra { get; }

    public bool IsAbstaining { get; }

    public bool IsSurging { get; private set; }

    /// <summary>Both together, and the room.</summary>
    public LoadCurve Curve { get; private set; }

    /// <summary>A surge: starts from what comes, rises for a while as it has lately, and decays to what was expected.</summary>
    /// <param name="present">What comes.</param>
    /// <param name="fade">What of the difference is left in each slot.</param>
    /// <param name="rise">By how much the difference grew from one interval to the next; not negative.</param>
    /// <param name="ramp">How many times that it is expected to have grown in each slot.</param>
    public void Surge(double present, double[] fade, double rise, double[] ramp)
    {
        IsSurging = true;
        var difference = Math.Max(0, present - Base[0]);
        Add([.. fade.Zip(ramp, (left, times) => (difference + (rise * times)) * left)]);
    }

    /// <summary>No surge: the present is believed as far as it differs from what was expected by more than its noise.</summary>
    /// <param name="gap">By how much it differed from what was forecast for it.</param>
    /// <param name="noise">By how much what comes differs from one interval to the next.</param>
    /// <param name="fade">As of a surge.</param>
    public void Correct(double gap, double noise, double[] fade)
    {
        var difference = Beyond(gap, noise);
        Add([.. fade.Select(left => difference * left)]);
    }

    /// <summary>What is left of a difference after its noise.</summary>
    public static double Beyond(double difference, double noise) => Math.Sign(difference) * Math.Max(0, Math.Abs(difference) - noise);

    private void Add(double[] differences)
    {
        for (var slot = 0; slot < Extra.Length; slot++)
            Extra[slot] = (float)Math.Max(-Base[slot], differences[slot]);
        Curve = new LoadCurve([.. Base.Zip(Extra, (mean, extra) => mean + extra)], variance, Curve.Busy);
    }
}
