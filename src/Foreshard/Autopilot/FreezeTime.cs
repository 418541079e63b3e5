using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Foreshard.Balancing;

namespace Foreshard.Autopilot;

/// <summary>A time in which the autopilot begins no move and lets none run that it can plan around: once, every day, or on a day of the week. UTC.</summary>
/// <remarks>
/// Immutable. As text, also in configuration: <c>17:00-19:00</c> every day, <c>Sun 02:00-04:00</c> on a day of the week, and
/// <c>2026-12-24T18:00Z/2026-12-27T06:00Z</c> once.
/// </remarks>
[TypeConverter(typeof(FreezeTimeConverter))]
public sealed class FreezeTime : IParsable<FreezeTime>
{
    private const string TimeFormat = "HH:mm";

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

    /// <summary>Reads a freeze as text; see the remarks of the class.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static FreezeTime Parse(string s, IFormatProvider? provider = null) => TryParse(s, provider, out var freeze) ? freeze : throw new FormatException(
        $"'{s}' is no time in which nothing moves. There are 17:00-19:00 (every day), Sun 02:00-04:00 (on a day of the week) and "
        + "2026-12-24T18:00Z/2026-12-27T06:00Z (once); all in UTC.");

    /// <summary>Reads a freeze as text, if it is one.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out FreezeTime result)
    {
        result = null;
        var text = (s ?? "").Trim();
        if (text.Split('/') is [var begin, var end])
        {
            if (MomentOf(begin) is { } once && MomentOf(end) is { } over && over > once) result = Once(once, over);
            return result is not null;
        }

        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is 0 or > 2 || words[^1].Split('-') is not [var fromText, var toText]) return false;
        if (TimeOf(fromText) is not { } from || TimeOf(toText) is not { } to) return false;
        if (words.Length == 1) result = Daily(from, to);
        else if (DayOf(words[0]) is { } day) result = Weekly(day, from, to);
        return result is not null;
    }

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public override string ToString()
    {
        if (onceFrom is { } once) return string.Create(CultureInfo.InvariantCulture, $"{once.UtcDateTime:O}/{(once + length).UtcDateTime:O}");
        var times = string.Create(CultureInfo.InvariantCulture, $"{from.ToString(TimeFormat)}-{from.Add(length).ToString(TimeFormat)}");
        return day is { } only ? $"{only.ToString()[..3]} {times}" : times;
    }

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

    private static DateTimeOffset? MomentOf(string text) => DateTimeOffset.TryParse(
        text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment) ? moment : null;

    private static TimeOnly? TimeOf(string text) =>
        TimeOnly.TryParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;

    /// <summary>The day of an English name, or of its first three letters.</summary>
    private static DayOfWeek? DayOf(string text)
    {
        foreach (var one in Enum.GetValues<DayOfWeek>())
        {
            var name = one.ToString();
            if (text.Equals(name, StringComparison.OrdinalIgnoreCase) || text.Equals(name[..3], StringComparison.OrdinalIgnoreCase)) return one;
        }

        return null;
    }

    private static TimeSpan LengthOf(TimeOnly from, TimeOnly to) => from == to ? TimeSpan.FromDays(1) : to - from;
}
