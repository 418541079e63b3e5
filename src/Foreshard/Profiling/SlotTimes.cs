namespace Foreshard.Profiling;

/// <summary>A grid's slots counted from 1970, and how averages fade from slot to slot. Immutable.</summary>
/// <remarks>
/// An average with the time constant τ that is a at the end of a slot is a·exp(−d/τ) after d seconds without load, and a slot of length Δ
/// with the rate r adds r·(1 − exp(−Δ/τ)): the integral of the rate, weighted by its age, exact for a rate that is even within each slot.
/// </remarks>
internal sealed class SlotTimes
{
    public const double SecondsPerDay = 86400;

    private readonly long firstSlot;

    /// <summary>Base slots before the Monday before 1970.</summary>
    private readonly long baseOrigin;

    public SlotTimes(SlotGrid grid, ProfileOptions options)
    {
        Grid = grid;
        firstSlot = grid.SlotOf(DateTime.UnixEpoch);
        baseOrigin = grid.BaseOf(firstSlot) / grid.BaseSlotsPerWeek * grid.BaseSlotsPerWeek;
        BaseSeconds = SecondsPerDay / grid.BaseSlotsPerDay;
        Seconds = grid.SlotLength.TotalSeconds;
        FastSlots = options.FastTime / grid.SlotLength;
        SlowSlots = options.SlowTime / grid.SlotLength;
        MixSlots = options.MixTime / grid.SlotLength;
        GrowthDays = options.GrowthTime.TotalDays;
        (FastGain, SlowGain, MixGain) = (1 - Math.Exp(-1 / FastSlots), 1 - Math.Exp(-1 / SlowSlots), 1 - Math.Exp(-1 / MixSlots));
    }

    public SlotGrid Grid { get; }

    /// <summary>Length of a slot.</summary>
    public double Seconds { get; }

    /// <summary>Length of a base slot.</summary>
    public double BaseSeconds { get; }

    /// <summary>Time constants, in slots.</summary>
    public double FastSlots { get; }

    /// <inheritdoc cref="FastSlots"/>
    public double SlowSlots { get; }

    /// <inheritdoc cref="FastSlots"/>
    public double MixSlots { get; }

    /// <summary>Time constant of growth, in days.</summary>
    public double GrowthDays { get; }

    /// <summary>What the rate of one slot adds to an average.</summary>
    public double FastGain { get; }

    /// <inheritdoc cref="FastGain"/>
    public double SlowGain { get; }

    /// <inheritdoc cref="FastGain"/>
    public double MixGain { get; }

    /// <summary>What is left after slots without load.</summary>
    public static double Left(double slots, double timeConstant) => slots == 0 ? 1 : Math.Exp(-slots / timeConstant);

    /// <summary>Seconds from 1970; 0 before, and the largest number after 2106.</summary>
    public static uint SecondsOf(DateTime timeUtc) =>
        (uint)Math.Clamp((timeUtc.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond, 0, uint.MaxValue);

    public static DateTime TimeOf(uint seconds) => DateTime.UnixEpoch.AddTicks(seconds * TimeSpan.TicksPerSecond);

    /// <summary>The grid's slot, counted from 1970.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is before 1970 or after 2106.</exception>
    public uint Short(long slot) => slot >= firstSlot && slot - firstSlot <= uint.MaxValue
        ? (uint)(slot - firstSlot)
        : throw new ArgumentOutOfRangeException(nameof(slot), slot, "Profiles hold times from 1970 to 2106.");

    /// <summary>The grid's own number of a slot counted from 1970.</summary>
    public long Long(uint slot) => slot + firstSlot;

    public DateTime StartOf(uint slot) => Grid.StartOf(Long(slot));

    /// <summary>The base slot, counted from a Monday: its remainder by the week is its place in the week.</summary>
    public uint BaseOf(uint slot) => (uint)(Grid.BaseOf(Long(slot)) - baseOrigin);

    /// <summary>The day, counted from the same Monday.</summary>
    public uint DayOf(uint slot) => BaseOf(slot) / (uint)Grid.BaseSlotsPerDay;
}
