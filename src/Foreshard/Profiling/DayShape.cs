using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Foreshard.Profiling;

/// <summary>Mean load of each base slot of the day and of each day of the week; 57 bytes. For the warm tier.</summary>
/// <remarks>The load of Monday at nine is taken as that of nine o'clock times that of a Monday over that of any day.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct DayShape
{
    private const int DaysPerWeek = 7;

    /// <summary>After three weeks, a day's hour counts a 21st: with more, the mean of all days would lean to the latest days of the week.</summary>
    private const double HourFloor = 1.0 / 21;

    public SeasonClock Hours;
    public SeasonClock Days;
    private HourCodes hourCodes;
    private DayCodes dayCodes;

    public static DayShape StartingAt(uint slot, SlotTimes times) => new()
    {
        Hours = SeasonClock.StartingAt(times.BaseOf(slot)),
        Days = SeasonClock.StartingAt(times.DayOf(slot)),
    };

    /// <summary>The hours and days of a week's means.</summary>
    public static DayShape From(WeekShape week, SlotTimes times)
    {
        var perDay = times.Grid.BaseSlotsPerDay;
        var shape = new DayShape { Hours = week.Clock, Days = SeasonClock.StartingAt(week.Clock.Start / (uint)perDay) };
        shape.Days.Now = week.Clock.Now / (uint)perDay;
        shape.Days.Pending = shape.Hours.Pending;
        shape.Hours.Exponent = 0;
        var hours = shape.HoursOf(times);
        var days = shape.DaysOf();
        for (var hour = 0; hour < perDay; hour++)
        {
            var sum = 0.0;
            for (var day = 0; day < DaysPerWeek; day++) sum += week.ValueAt((day * perDay) + hour, times);
            SeasonCodes.Set(hours, ref shape.Hours.Exponent, hour, sum / DaysPerWeek, hour);
        }

        for (var day = 0; day < DaysPerWeek; day++)
        {
            var sum = 0.0;
            for (var hour = 0; hour < perDay; hour++) sum += week.ValueAt((day * perDay) + hour, times);
            SeasonCodes.Set(days, ref shape.Days.Exponent, day, sum / perDay, day);
        }

        return shape;
    }

    /// <summary>The load at a base slot of the week, in cost units per second. Days never seen count as an average one.</summary>
    public double ValueAt(int baseSlotOfWeek, SlotTimes times)
    {
        var (day, hour) = Math.DivRem(baseSlotOfWeek, times.Grid.BaseSlotsPerDay);
        var load = SeasonCodes.Value(HoursOf(times)[hour], Hours.Exponent);
        var (sum, seen) = (0.0, 0);
        for (var i = 0; i < DaysPerWeek; i++)
        {
            if (!IsSeen(i)) continue;
            sum += SeasonCodes.Value(dayCodes[i], Days.Exponent);
            seen++;
        }

        return sum > 0 && IsSeen(day) ? load * SeasonCodes.Value(dayCodes[day], Days.Exponent) * seen / sum : load;
    }

    /// <summary>Closes all base slots and days before those of the slot.</summary>
    public void Advance(uint slot, SlotTimes times)
    {
        AdvanceHours(times.BaseOf(slot), times);
        AdvanceDays(times.DayOf(slot));
    }

    /// <summary>Adds the cost of a slot.</summary>
    public void Add(uint slot, double cost, SlotTimes times)
    {
        Advance(slot, times);
        var (hour, day) = (times.BaseOf(slot), times.DayOf(slot));
        if (hour == Hours.Now) Hours.Pending = (float)(Hours.Pending + cost);
        else Hours.AddLate(HoursOf(times), hour, cost / times.BaseSeconds, HourFloor);
        if (day == Days.Now) Days.Pending = (float)(Days.Pending + cost);
        else Days.AddLate(DaysOf(), day, cost / SlotTimes.SecondsPerDay, WeekShape.Floor);
    }

    /// <summary>Adds another part of the load.</summary>
    public void Merge(DayShape other, SlotTimes times)
    {
        AdvanceHours(other.Hours.Now, times);
        AdvanceDays(other.Days.Now);
        other.AdvanceHours(Hours.Now, times);
        other.AdvanceDays(Days.Now);
        Hours.Merge(HoursOf(times), other.Hours, other.HoursOf(times), HourFloor);
        Days.Merge(DaysOf(), other.Days, other.DaysOf(), WeekShape.Floor);
    }

    private void AdvanceHours(uint step, SlotTimes times) => Hours.Advance(HoursOf(times), step, Hours.Pending / times.BaseSeconds, HourFloor);

    private void AdvanceDays(uint step) => Days.Advance(DaysOf(), step, Days.Pending / SlotTimes.SecondsPerDay, WeekShape.Floor);

    [UnscopedRef]
    private Span<byte> HoursOf(SlotTimes times) => ((Span<byte>)hourCodes)[..times.Grid.BaseSlotsPerDay];

    [UnscopedRef]
    private Span<byte> DaysOf() => dayCodes;

    private readonly bool IsSeen(int day) =>
        (day + DaysPerWeek - (int)(Days.Start % DaysPerWeek)) % DaysPerWeek < Days.Now - Days.Start;

    [InlineArray(SlotGrid.BaseSlotsPerDayMax)]
    private struct HourCodes
    {
        private byte first;
    }

    [InlineArray(DaysPerWeek)]
    private struct DayCodes
    {
        private byte first;
    }
}
