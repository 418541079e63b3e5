using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Foreshard.Cli.Commands;

/// <summary>Times and durations on the command line.</summary>
internal static class Durations
{
    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("min", TimeSpan.FromMinutes(1)), ("h", TimeSpan.FromHours(1)), ("d", TimeSpan.FromDays(1)),
        ("ms", TimeSpan.FromMilliseconds(1)), ("s", TimeSpan.FromSeconds(1)),
    ];

    /// <summary>An option that is a duration.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it says.</param>
    /// <param name="fits">Whether a duration is within the limits.</param>
    /// <param name="expected">The limits in words: what it takes.</param>
    public static Option<TimeSpan?> Option(string name, string description, Func<TimeSpan, bool> fits, string expected) => new(name)
    {
        HelpName = "TIME",
        Description = description,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (TryParse(text, out var duration) && fits(duration)) return duration;
            result.AddError($"{name} takes {expected}, not '{text}'.");
            return null;
        },
    };

    /// <summary>The option of how far forecasts reach.</summary>
    public static Option<TimeSpan?> Horizon(string description) => Option(
        "--horizon",
        description + ": 1h, 24h, 7d. Default: 24h",
        time => time > TimeSpan.Zero && time <= TimeSpan.FromDays(7),
        "up to seven days (1h, 24h, 7d)");

    /// <summary>An option that is a moment; without an offset it is in UTC.</summary>
    public static Option<DateTimeOffset?> Moment(string name, string description) => new(name)
    {
        HelpName = "MOMENT",
        Description = description,
        CustomParser = result => ParseMoment(name, result),
    };

    private static DateTimeOffset? ParseMoment(string name, ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (text.Length >= 10 && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, utc, out var moment)) return moment;
        result.AddError($"{name} takes a moment such as 2026-11-27T18:00Z, not '{text}'.");
        return null;
    }

    /// <summary>Reads <c>50ms</c>, <c>30s</c>, <c>5min</c>, <c>2h</c>, <c>14d</c>.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var (unit, length) = Units.FirstOrDefault(one => text.EndsWith(one.Unit, StringComparison.Ordinal));
        if (unit is null) return false;
        var digits = text.AsSpan(0, text.Length - unit.Length);
        if (!decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return false;
        if (number * length.Ticks > TimeSpan.MaxValue.Ticks / 1000) return false;
        duration = TimeSpan.FromTicks((long)(number * length.Ticks));
        return true;
    }
}
