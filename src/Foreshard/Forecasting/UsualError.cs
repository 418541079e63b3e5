using System.Numerics.Tensors;
using Foreshard.Profiling;

namespace Foreshard.Forecasting;

/// <summary>By how much a series' forecasts are usually off, by time of day: what quantiles are measured in.</summary>
internal static class UsualError
{
    /// <summary>Error of a series that was never scored, as a share of its peak.</summary>
    private const float Unknown = 0.25f;

    /// <summary>Share of the error at that time of day and in the slots beside; the rest is the error overall.</summary>
    private const float LocalShare = 0.8f;

    /// <summary>The same of a warm series, which doesn't remember its errors by time and goes by how much its weeks differ.</summary>
    private const float WeeksShare = 0.7f;

    private const int DaysPerWeek = 7;

    /// <summary>The usual errors in the slots of a day.</summary>
    /// <param name="series">The series.</param>
    /// <param name="known">Its loads up to the day, oldest first.</param>
    /// <param name="first">The day's first base slot.</param>
    /// <param name="into">One day's slots; all above 0.</param>
    public static void Of(SeriesView series, ReadOnlySpan<float> known, long first, Span<float> into)
    {
        var head = series.Head;
        var isUnknown = head.Scored == 0 && head.Error == 0;
        var floor = Math.Max((isUnknown ? Unknown : 1e-5f) * head.Peak, 1e-9f);
        if (head.Scored == 0) into.Fill(Math.Max(head.Error, floor));
        else if (series.Layout.Tier == SeriesTier.Warm || float.IsNaN(series.Errors[0])) ByWeeks(series.Layout, head.Error, known, into);
        else ByTime(series, first, into);
        TensorPrimitives.Max(into, floor, into);
    }

    private static void ByTime(SeriesView series, long first, Span<float> into)
    {
        var day = series.Layout.Day;
        Span<float> byTime = stackalloc float[SlotGrid.BaseSlotsPerDayMax + 2];
        series.Errors.CopyTo(byTime[1..]);
        byTime[0] = byTime[day];
        byTime[day + 1] = byTime[1];
        var start = (int)(first % day);
        for (var i = 0; i < day; i++)
        {
            var slot = start + i < day ? start + i : start + i - day;
            var near = (byTime[slot] + byTime[slot + 1] + byTime[slot + 2]) / 3;
            into[i] = (LocalShare * near) + ((1 - LocalShare) * series.Head.Error);
        }
    }

    /// <summary>The error overall, spread over the day as the changes from week to week are.</summary>
    private static void ByWeeks(SeriesLayout layout, float error, ReadOnlySpan<float> known, Span<float> into)
    {
        var day = layout.Day;
        Span<float> changes = stackalloc float[SlotGrid.BaseSlotsPerDayMax + 2];
        Span<float> change = stackalloc float[SlotGrid.BaseSlotsPerDayMax];
        changes.Clear();
        change = change[..day];
        var days = 0;
        for (var start = known.Length - layout.Week; start >= layout.Week && days < DaysPerWeek; start += day, days++)
        {
            TensorPrimitives.Subtract(known.Slice(start, day), known.Slice(start - layout.Week, day), change);
            TensorPrimitives.Abs(change, change);
            TensorPrimitives.Add(changes.Slice(1, day), change, changes.Slice(1, day));
        }

        var mean = SeriesWindow.Mean(changes.Slice(1, day));
        if (!(mean > 0))
        {
            into.Fill(error);
            return;
        }

        changes[0] = changes[day];
        changes[day + 1] = changes[1];
        for (var i = 0; i < day; i++)
        {
            var near = (changes[i] + changes[i + 1] + changes[i + 2]) / (3 * mean);
            into[i] = error * ((WeeksShare * near) + (1 - WeeksShare));
        }
    }
}
