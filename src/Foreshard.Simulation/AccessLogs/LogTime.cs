using System.Buffers.Text;

namespace Foreshard.Simulation.AccessLogs;

/// <summary>Reads the times of logs. Remembers the zone's offset of the last quarter of an hour, so not safe for concurrent use.</summary>
/// <remarks>
/// Two forms. A date with an optional time: <c>yyyy-MM-dd</c>, then after a space or <c>T</c> <c>HH:mm</c>, <c>:ss</c>, a fraction of 1 to 9
/// digits (100 ns are kept), and <c>Z</c> or an offset (<c>+02:00</c>, <c>+0200</c>, <c>+02</c>). Or a Unix time: seconds, milliseconds,
/// microseconds or nanoseconds, told apart by size; with a fraction too.
/// </remarks>
internal sealed class LogTime(TimeZoneInfo? zone)
{
    private const long TicksPerQuarter = 15 * TimeSpan.TicksPerMinute;
    private const int MaxFractionDigits = 9;

    /// <summary>Smaller numbers are taken for something else (a day written 20240131, an hour); it is a moment in March 1973.</summary>
    private const long SmallestUnix = 100_000_000;

    private long zoneQuarter = -1;
    private long zoneTicks;

    /// <summary>For times in a zone, by its IANA name; null for UTC.</summary>
    public static LogTime In(string? timeZoneId) => new(timeZoneId is null ? null : TimeZoneInfo.FindSystemTimeZoneById(timeZoneId));

    /// <summary>The time that is written so.</summary>
    /// <param name="text">In UTF-8, without spaces around it.</param>
    /// <param name="timeUtc">The moment.</param>
    /// <returns>False if it has none of the forms, is no date of the calendar, or is out of the range of <see cref="DateTime"/>.</returns>
    public bool TryParse(ReadOnlySpan<byte> text, out DateTime timeUtc)
    {
        var isTime = text.Length >= 10 && text[4] == (byte)'-'
            ? TryParseDate(text, out var ticks)
            : TryParseUnix(text, out ticks);
        timeUtc = isTime ? new DateTime(ticks, DateTimeKind.Utc) : default;
        return isTime;
    }

    private static bool TryParseUnix(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (!Utf8Parser.TryParse(text, out long number, out var consumed) || number < SmallestUnix || text[0] == (byte)'+') return false;
        var fraction = 0L;
        if (consumed < text.Length && !TryParseFraction(text[consumed..], out fraction, out var length) | (consumed + length != text.Length)) return false;

        // Seconds have 11 digits until the year 5138, and milliseconds have had 12 since 1973; so on for the finer ones.
        var since = number switch
        {
            < 100_000_000_000 => (number * TimeSpan.TicksPerSecond) + fraction,
            < 100_000_000_000_000 => (number * TimeSpan.TicksPerMillisecond) + (fraction / 1_000),
            < 100_000_000_000_000_000 => (number * TimeSpan.TicksPerMicrosecond) + (fraction / 1_000_000),
            _ => number / 100,
        };
        ticks = DateTime.UnixEpoch.Ticks + since;
        return true;
    }

    private bool TryParseDate(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (text[7] != (byte)'-' || !Digits(text, 0, 4, out var year) || !Digits(text, 5, 2, out var month) || !Digits(text, 8, 2, out var day)) return false;
        if (year == 0 || month is 0 or > 12 || day == 0 || day > DateTime.DaysInMonth(year, month)) return false;
        ticks = new DateTime(year, month, day).Ticks;
        if (text.Length == 10) return ToUtc(ref ticks, []);

        if (text.Length < 16 || text[10] is not ((byte)'T' or (byte)'t' or (byte)' ') || text[13] != (byte)':') return false;
        if (!Digits(text, 11, 2, out var hour) || hour > 23 || !Digits(text, 14, 2, out var minute) || minute > 59) return false;
        ticks += (hour * TimeSpan.TicksPerHour) + (minute * TimeSpan.TicksPerMinute);
        if (text.Length == 16 || text[16] != (byte)':') return ToUtc(ref ticks, text[16..]);

        if (!Digits(text, 17, 2, out var second) || second > 59) return false;
        ticks += second * TimeSpan.TicksPerSecond;
        var rest = text[19..];
        if (rest is [(byte)'.' or (byte)',', ..])
        {
            if (!TryParseFraction(rest, out var fraction, out var length)) return false;
            ticks += fraction;
            rest = rest[length..];
        }

        return ToUtc(ref ticks, rest);
    }

    /// <summary>A point or comma and its digits.</summary>
    private static bool TryParseFraction(ReadOnlySpan<byte> text, out long ticks, out int length)
    {
        (ticks, length) = (0, 1);
        if (text[0] is not ((byte)'.' or (byte)',')) return false;
        var scale = TimeSpan.TicksPerSecond / 10;
        for (; length < text.Length && char.IsAsciiDigit((char)text[length]); length++, scale /= 10) ticks += (text[length] - '0') * scale;
        return length is > 1 and <= MaxFractionDigits + 1;
    }

    private bool ToUtc(ref long ticks, ReadOnlySpan<byte> offset)
    {
        long offsetTicks;
        if (offset.IsEmpty) offsetTicks = zone is null ? 0 : ZoneOffset(ticks);
        else if (!TryParseOffset(offset, out offsetTicks)) return false;
        ticks -= offsetTicks;
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks;
    }

    private static bool TryParseOffset(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (text is [(byte)'Z' or (byte)'z']) return true;
        if (text[0] == (byte)' ') text = text[1..];
        if (text.Length < 3 || text[0] is not ((byte)'+' or (byte)'-') || !Digits(text, 1, 2, out var hours)) return false;
        var minutes = 0;
        var isWhole = text.Length switch
        {
            3 => true,
            5 => Digits(text, 3, 2, out minutes),
            6 => text[3] == (byte)':' && Digits(text, 4, 2, out minutes),
            _ => false,
        };
        ticks = (hours * TimeSpan.TicksPerHour) + (minutes * TimeSpan.TicksPerMinute);
        if (text[0] == (byte)'-') ticks = -ticks;
        return isWhole && hours <= 14 && minutes <= 59;
    }

    private long ZoneOffset(long localTicks)
    {
        var quarter = localTicks / TicksPerQuarter;
        if (quarter == zoneQuarter) return zoneTicks;
        zoneTicks = zone!.GetUtcOffset(new DateTime(localTicks, DateTimeKind.Unspecified)).Ticks;
        zoneQuarter = quarter;
        return zoneTicks;
    }

    private static bool Digits(ReadOnlySpan<byte> text, int start, int count, out int value)
    {
        value = 0;
        if (text.Length < start + count) return false;
        foreach (var digit in text.Slice(start, count))
        {
            if (!char.IsAsciiDigit((char)digit)) return false;
            value = (value * 10) + (digit - '0');
        }

        return true;
    }
}
