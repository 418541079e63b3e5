using System.Globalization;
using System.Text.RegularExpressions;

namespace Foreshard.Simulation.Workloads;

/// <summary>The words of a line of a scenario, read one by one.</summary>
/// <param name="line">Words between blanks.</param>
internal sealed partial class ScenarioWords(string line)
{
    private readonly string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    private int at;

    /// <summary>The next word.</summary>
    /// <param name="what">What it tells.</param>
    /// <exception cref="FormatException">There is none.</exception>
    public string Next(string what) => at < words.Length ? words[at++] : throw new FormatException($"{what} is missing at its end.");

    /// <summary>All that are left.</summary>
    public string[] Rest()
    {
        var rest = words[at..];
        at = words.Length;
        return rest.Length > 0 ? rest : throw new FormatException("its end is missing.");
    }

    /// <summary>Takes a word if it comes next.</summary>
    public bool TryWord(string word)
    {
        if (at >= words.Length || words[at] != word) return false;
        at++;
        return true;
    }

    /// <summary>A word that has to come.</summary>
    public void Word(string word)
    {
        if (!TryWord(word)) throw new FormatException($"'{word}' is expected{(at < words.Length ? $", not '{words[at]}'" : " at its end")}.");
    }

    /// <summary>No word is left.</summary>
    public void End()
    {
        if (at < words.Length) throw new FormatException($"'{words[at]}' is too much.");
    }

    /// <summary>As <c>12.5</c>.</summary>
    public double Number(double min, double max) => NumberOf(Next("a number"), min, max);

    /// <summary>As <c>1..20</c>, or one number.</summary>
    public (double Low, double High) Range(double min, double max)
    {
        var parts = Next("a number").Split("..");
        if (parts.Length > 2) throw new FormatException($"'{words[at - 1]}' is no range: 1..20.");
        return (NumberOf(parts[0], min, max), NumberOf(parts[^1], min, max));
    }

    /// <summary>As <c>80%</c>.</summary>
    public double Share()
    {
        var word = Next("a share");
        return word.EndsWith('%') && double.TryParse(word[..^1], CultureInfo.InvariantCulture, out var percent) && percent is >= 0 and <= 10_000
            ? percent / 100
            : throw new FormatException($"'{word}' is no share: 80%.");
    }

    /// <summary>As <c>9d12h</c>, <c>30m</c>, <c>90s</c> or <c>80ms</c>.</summary>
    public TimeSpan Time()
    {
        var word = Next("a time");
        var match = TimePattern().Match(word);
        if (word.Length == 0 || !match.Success) throw new FormatException($"'{word}' is no time: 9d12h, 30m, 90s or 80ms.");
        return Part("d", TimeSpan.TicksPerDay) + Part("h", TimeSpan.TicksPerHour) + Part("m", TimeSpan.TicksPerMinute)
            + Part("s", TimeSpan.TicksPerSecond) + Part("ms", TimeSpan.TicksPerMillisecond);

        TimeSpan Part(string unit, long ticks) =>
            match.Groups[unit].Success ? TimeSpan.FromTicks(long.Parse(match.Groups[unit].Value, CultureInfo.InvariantCulture) * ticks) : TimeSpan.Zero;
    }

    /// <summary>As <c>14:30</c>.</summary>
    public TimeSpan TimeOfDay()
    {
        var word = Next("a time of day");
        return TimeSpan.TryParseExact(word, @"hh\:mm", CultureInfo.InvariantCulture, out var time)
            ? time
            : throw new FormatException($"'{word}' is no time of day: 14:30.");
    }

    /// <summary>As <c>2026-03-02</c>.</summary>
    public DateTime Date()
    {
        var word = Next("a date");
        return DateOnly.TryParseExact(word, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc)
            : throw new FormatException($"'{word}' is no date: 2026-03-02.");
    }

    /// <summary>As <c>5GB</c>, <c>50MB/s</c> or <c>100B</c>; powers of 1,000.</summary>
    public double Bytes()
    {
        var word = Next("a size");
        var match = BytesPattern().Match(word);
        if (!match.Success) throw new FormatException($"'{word}' is no size: 5GB, 50MB/s or 100B.");
        var unit = match.Groups["unit"].Value switch { "T" => 1e12, "G" => 1e9, "M" => 1e6, "k" => 1e3, _ => 1 };
        return NumberOf(match.Groups["number"].Value, 0, 1e15) * unit;
    }

    private static double NumberOf(string word, double min, double max) =>
        double.TryParse(word, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new FormatException(FormattableString.Invariant($"'{word}' is no number from {min} to {max}."));

    [GeneratedRegex("^((?<d>[0-9]{1,5})d)?((?<h>[0-9]{1,5})h)?((?<m>[0-9]{1,5})m)?((?<s>[0-9]{1,5})s)?((?<ms>[0-9]{1,5})ms)?$")]
    private static partial Regex TimePattern();

    [GeneratedRegex("^(?<number>[0-9.]+)(?<unit>[TGMk]?)B(/s)?$")]
    private static partial Regex BytesPattern();
}
