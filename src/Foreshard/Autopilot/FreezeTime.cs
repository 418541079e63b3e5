using Foreshard.Balancing;

namespace Foreshard.Autopilot;

/// <summary>A time in which the autopilot begins no move and lets none run that it can plan around: once, every day, or on a day of the week. UTC.</summary>
/// <remarks>Immutable.</remarks>
public sealed class FreezeTime
{
    private readonly DateTimeOffset? onceFrom;
    private readonly DayOfWeek? day;
    private readonly TimeOnly from;
    private readonly TimeSpan length;

    private FreezeTime(DateTimeOffset? onceFrom, DayOfWeek? day, TimeOnly from, TimeSpan length)
    {
        this.onceFrom = onceFrom;
        this.day = day;
        this.from = from;
        this.length = length;
    }

    /// <summary>Once.</summary>
    /// <exception cref="ArgumentException">It ends before it begins, or at once.</exception>
    public static FreezeTime Once(DateTimeOffset from, DateTimeOffset to) => to > from
        ? new FreezeTime(from, null, default, to - from)
        : throw new ArgumentException($"A freeze that begins {from:u} can't end {to:u}.", nameof(to));

    /// <summary>Every day, from one time of day to another; over midnight if the second is the earlier one. Equal ones: all day.</summary>
    public static FreezeTime Daily(TimeOnly fromUtc, TimeOnly toUtc) => new(null, null, fromUtc, LengthOf(fromUtc, toUtc));

    /// <summary>On one day of the week, as <see cref="Daily"/>.</summary>
    public static FreezeTime Weekly(DayOfWeek day, TimeOnly fromUtc, TimeOnly toUtc) => new(null, day, fromUtc, LengthOf(fromUtc, toUtc));

    /// <summary>The windows that touch a time, in order.</summary>
    internal IEnumerable<FreezeWindow> Windows(DateTime startUtc, DateTime endUtc)
    {
        if (onceFrom is { } once)
        {
            var window = new FreezeWindow(once.UtcDateTime, once.UtcDateTime + length);
            if (window.ToUtc > startUtc && window.FromUtc < endUtc) yield return window;
            yield break;
        }

        // The one that began yesterday may go on over midnight.
        for (var date = startUtc.Date.AddDays(-1); date < endUtc; date = date.AddDays(1))
        {
            var begin = date + from.ToTimeSpan();
            if (day is { } only && date.DayOfWeek != only) continue;
            if (begin + length > startUtc && begin < endUtc) yield return new FreezeWindow(begin, begin + length);
        }
    }

    private static TimeSpan LengthOf(TimeOnly from, TimeOnly to) => from == to ? TimeSpan.FromDays(1) : to - from;
}
