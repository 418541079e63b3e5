namespace Foreshard.Profiling;

/// <summary>How time is cut into slots: equal intervals of UTC that divide the day. Slot 0 begins at 0001-01-01, a Monday.</summary>
/// <remarks>
/// Seasons are kept at <see cref="BaseSlotsPerDay"/>, at most 24 a day; shorter slots share their base slot's season. The base is
/// the largest divisor of <see cref="SlotsPerDay"/> that is not above 24: the hour itself for all usual lengths up to an hour.
/// </remarks>
internal sealed class SlotGrid
{
    /// <summary>Most base slots of a day.</summary>
    public const int BaseSlotsPerDayMax = 24;

    private const int DaysPerWeek = 7;

    /// <param name="slotLength">At least a second, and a divisor of the day.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public SlotGrid(TimeSpan slotLength)
    {
        if (!Divides(slotLength))
        {
            throw new ArgumentOutOfRangeException(
                nameof(slotLength), slotLength, "A slot has to last at least a second and to divide the day (5 min, 15 min, 1 h, 90 min, …).");
        }

        SlotLength = slotLength;
        SlotsPerDay = (int)(TimeSpan.TicksPerDay / slotLength.Ticks);
        BaseSlotsPerDay = Enumerable.Range(1, Math.Min(SlotsPerDay, BaseSlotsPerDayMax)).Last(count => SlotsPerDay % count == 0);
    }

    /// <summary>Length of a slot.</summary>
    public TimeSpan SlotLength { get; }

    /// <summary>Slots of a day.</summary>
    public int SlotsPerDay { get; }

    /// <summary>Slots of a week.</summary>
    public int SlotsPerWeek => SlotsPerDay * DaysPerWeek;

    /// <summary>Base slots of a day, 1 to 24.</summary>
    public int BaseSlotsPerDay { get; }

    /// <summary>Base slots of a week.</summary>
    public int BaseSlotsPerWeek => BaseSlotsPerDay * DaysPerWeek;

    /// <summary>Slots of a base slot; 1 if they are the same.</summary>
    public int SlotsPerBase => SlotsPerDay / BaseSlotsPerDay;

    /// <summary>Whether slots can be that long.</summary>
    public static bool Divides(TimeSpan slotLength) =>
        slotLength >= TimeSpan.FromSeconds(1) && slotLength.Ticks <= TimeSpan.TicksPerDay && TimeSpan.TicksPerDay % slotLength.Ticks == 0;

    /// <summary>The slot that a moment is in.</summary>
    public long SlotOf(DateTime timeUtc) => timeUtc.Ticks / SlotLength.Ticks;

    /// <summary>When a slot begins.</summary>
    public DateTime StartOf(long slot) => new(slot * SlotLength.Ticks, DateTimeKind.Utc);

    /// <summary>The base slot that a slot is part of.</summary>
    public long BaseOf(long slot) => slot / SlotsPerBase;
}
