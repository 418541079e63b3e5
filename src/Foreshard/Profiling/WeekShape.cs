using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Foreshard.Profiling;

/// <summary>Mean load of each base slot of the week; 181 bytes. For the hot tier.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct WeekShape
{
    /// <summary>After four weeks, a week's load counts a quarter.</summary>
    public const double Floor = 0.25;

    public SeasonClock Clock;
    private Codes codes;

    /// <summary>The means, in cost units per second.</summary>
    [UnscopedRef]
    public Span<byte> CodesOf(SlotTimes times) => ((Span<byte>)codes)[..times.Grid.BaseSlotsPerWeek];

    public static WeekShape StartingAt(uint slot, SlotTimes times) => new() { Clock = SeasonClock.StartingAt(times.BaseOf(slot)) };

    /// <summary>What is known of the week from the hours and days apart.</summary>
    public static WeekShape From(DayShape days, SlotTimes times)
    {
        var shape = new WeekShape { Clock = days.Hours };
        shape.Clock.Exponent = 0;
        var codes = shape.CodesOf(times);
        for (var i = 0; i < codes.Length; i++) SeasonCodes.Set(codes, ref shape.Clock.Exponent, i, days.ValueAt(i, times), i);
        return shape;
    }

    public double ValueAt(int baseSlotOfWeek, SlotTimes times) => SeasonCodes.Value(CodesOf(times)[baseSlotOfWeek], Clock.Exponent);

    /// <summary>Closes all base slots before that of the slot.</summary>
    public void Advance(uint slot, SlotTimes times) => AdvanceTo(times.BaseOf(slot), times);

    /// <summary>Adds the cost of a slot.</summary>
    public void Add(uint slot, double cost, SlotTimes times)
    {
        Advance(slot, times);
        var step = times.BaseOf(slot);
        if (step == Clock.Now) Clock.Pending = (float)(Clock.Pending + cost);
        else Clock.AddLate(CodesOf(times), step, cost / times.BaseSeconds, Floor);
    }

    /// <summary>Adds another part of the load.</summary>
    public void Merge(WeekShape other, SlotTimes times)
    {
        AdvanceTo(other.Clock.Now, times);
        other.AdvanceTo(Clock.Now, times);
        Clock.Merge(CodesOf(times), other.Clock, other.CodesOf(times), Floor);
    }

    private void AdvanceTo(uint step, SlotTimes times) => Clock.Advance(CodesOf(times), step, Clock.Pending / times.BaseSeconds, Floor);

    [InlineArray(SlotGrid.BaseSlotsPerDayMax * 7)]
    private struct Codes
    {
        private byte first;
    }
}
