namespace Foreshard.Sharding;

/// <summary>The time that is planned: equal slots from now on.</summary>
/// <param name="StartUtc">Now; the first slot begins here.</param>
/// <param name="SlotLength">Length of a slot; above 0.</param>
/// <param name="SlotCount">Number of slots; at least 1.</param>
internal readonly record struct PlanHorizon(DateTime StartUtc, TimeSpan SlotLength, int SlotCount)
{
    /// <summary>Length of a slot.</summary>
    public double SlotSeconds => SlotLength.TotalSeconds;

    /// <summary>When the last slot ends.</summary>
    public DateTime EndUtc => StartOf(SlotCount);

    /// <summary>When a slot begins.</summary>
    public DateTime StartOf(int slot) => StartUtc + (slot * SlotLength);

    /// <summary>The first <paramref name="slots"/> of it; all if there are fewer.</summary>
    public PlanHorizon First(int slots) => this with { SlotCount = Math.Clamp(slots, 1, SlotCount) };
}
