using System.Globalization;
using System.Text.Json;

namespace Foreshard.Cli.Output;

/// <summary>Values as people and JSON read them.</summary>
internal static class Words
{
    /// <summary>Stands where nothing is known.</summary>
    public const string Unknown = "–";

    private static readonly string[] ByteUnits = ["B", "kB", "MB", "GB", "TB", "PB"];

    /// <summary>As <c>strayRows</c>: the same word in JSON and on the screen.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => Name(value.ToString());

    /// <summary>The name of a value of an enumeration, in the same way.</summary>
    public static string Name(string value) => JsonNamingPolicy.CamelCase.ConvertName(value);

    /// <summary>As <c>12,345</c>.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>As <c>1 row</c> or <c>12,345 rows</c>.</summary>
    public static string Count(long value, string noun) => Count(value, noun, $"{noun}s");

    /// <summary>As <c>1 entity</c> or <c>12,345 entities</c>.</summary>
    public static string Count(long value, string one, string many) => $"{Count(value)} {(value == 1 ? one : many)}";

    /// <summary>As <c>1.2 MB</c>; a kilobyte is 1,000 bytes.</summary>
    public static string Bytes(long value)
    {
        var (scaled, unit) = ((double)value, 0);
        while (scaled >= 999.5 && unit < ByteUnits.Length - 1) (scaled, unit) = (scaled / 1000, unit + 1);
        var format = unit == 0 || scaled >= 99.95 ? "0" : "0.0";
        return $"{scaled.ToString(format, CultureInfo.InvariantCulture)} {ByteUnits[unit]}";
    }

    /// <summary>As <c>3.2 ms</c>, <c>1.2 s</c>, <c>12 min</c>, <c>3 h</c>, <c>5 d</c>.</summary>
    public static string Duration(TimeSpan value)
    {
        var (number, unit) = value switch
        {
            { TotalMilliseconds: < 999.5 } => (value.TotalMilliseconds, "ms"),
            { TotalSeconds: < 59.5 } => (value.TotalSeconds, "s"),
            { TotalMinutes: < 59.5 } => (value.TotalMinutes, "min"),
            { TotalHours: < 47.5 } => (value.TotalHours, "h"),
            _ => (value.TotalDays, "d"),
        };
        return $"{number.ToString(number < 9.95 && unit is "ms" or "s" ? "0.0" : "0", CultureInfo.InvariantCulture)} {unit}";
    }

    /// <summary>How long before now, as <c>3 min ago</c>.</summary>
    public static string Ago(DateTimeOffset moment, TimeProvider time)
    {
        var age = time.GetUtcNow() - moment;
        return age < TimeSpan.FromSeconds(1) ? "now"
            : $"{Duration(TimeSpan.FromSeconds(Math.Floor(age.TotalSeconds))).Replace(".0", "", StringComparison.Ordinal)} ago";
    }

    /// <summary>Three digits that count, at most three behind the point: <c>1,230</c>, <c>12.3</c>, <c>0.012</c>.</summary>
    public static string Load(double value)
    {
        if (!double.IsFinite(value)) return Unknown;
        if (Math.Abs(value) >= 999.5) return value.ToString("N0", CultureInfo.InvariantCulture);
        var format = Math.Abs(value) switch { >= 99.95 => "0", >= 9.995 => "0.0", >= 0.9995 => "0.00", _ => "0.000" };
        var text = value.ToString(format, CultureInfo.InvariantCulture);
        return text == "0.000" ? value > 0 ? "~0" : "0" : text;
    }

    /// <summary>As <c>12 %</c>.</summary>
    public static string Percent(double share) => $"{(100 * share).ToString("0", CultureInfo.InvariantCulture)} %";

    /// <summary>As <c>2026-03-01 10:00</c>; in UTC.</summary>
    public static string Moment(DateTime timeUtc) => timeUtc.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
