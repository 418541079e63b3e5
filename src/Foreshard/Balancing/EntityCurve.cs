using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>What is expected of one entity, step by step: its base (forecast, or the present), and what a surge adds.</summary>
/// <remarks>Loads are in cost units per second, one value per slot of the plan.</remarks>
internal sealed class EntityCurve
{
    private readonly float[] variance;

    /// <param name="mean">The expected loads, without a surge.</param>
    /// <param name="room">How far loads may be above that.</param>
    /// <param name="isAbstaining">Whether they are the present.</param>
    public EntityCurve(float[] mean, float[] room, bool isAbstaining)
    {
        Base = mean;
        variance = [.. room.Select(distance => distance * distance)];
        IsAbstaining = isAbstaining;
        Extra = new float[mean.Length];
        Curve = new LoadCurve(mean, variance);
    }

    public float[] Base { get; }

    /// <summary>What a surge adds; 0 without one.</summary>
    public float[] Extra { get; }

    public bool IsAbstaining { get; }

    public bool IsSurging { get; private set; }

    /// <summary>Both together, and the room.</summary>
    public LoadCurve Curve { get; private set; }

    /// <summary>Starts from what comes, and decays to what was expected.</summary>
    /// <param name="present">What comes.</param>
    /// <param name="decaySlots">Slots after which 37 % of the difference is left; a slot counts as it begins.</param>
    public void Surge(double present, double decaySlots)
    {
        IsSurging = true;
        var above = Math.Max(0, present - Base[0]);
        for (var slot = 0; slot < Extra.Length; slot++) Extra[slot] = (float)(above * Math.Exp(-slot / decaySlots));
        Curve = new LoadCurve([.. Base.Zip(Extra, (mean, extra) => mean + extra)], variance);
    }
}
