using System.Text;

namespace Foreshard.Simulation.AccessLogs;

/// <summary>How the lines of a log are written.</summary>
internal enum LogFormat
{
    /// <summary>Seen from the first line: JSON lines if it begins with a brace, else CSV.</summary>
    Auto,

    /// <summary>Fields between delimiters.</summary>
    Csv,

    /// <summary>A JSON object per line.</summary>
    JsonLines,
}

/// <summary>What becomes of lines that were there before.</summary>
internal enum DuplicatePolicy
{
    /// <summary>
    /// With a column of ids, the same id is skipped. Without one, an equal line is skipped in a log that tells times finer than a second;
    /// else it is kept and counted, since a busy entity really has several equal accesses in one second.
    /// </summary>
    Auto,

    /// <summary>Skipped: the same id, or without ids an equal line.</summary>
    Skip,

    /// <summary>Nothing is looked for.</summary>
    Keep,
}

/// <summary>How an access log is to be read.</summary>
internal sealed class AccessLogOptions
{
    /// <summary>What a write costs if the log doesn't tell, in cost units: as for a changed row of a session on SQLite. A read costs 1.</summary>
    public const double WriteCost = 4;

    /// <summary>Largest <see cref="DuplicateWindow"/>: some 800 MB.</summary>
    public const int MaxDuplicateWindow = 1 << 24;

    /// <summary>The moment after which nothing can have happened yet.</summary>
    public required DateTime NowUtc { get; init; }

    /// <summary>How far times may be ahead of <see cref="NowUtc"/>: clocks differ. Default 1 hour.</summary>
    public TimeSpan FutureTolerance { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How far a line's time may be before the latest one. Default 1 hour.</summary>
    public TimeSpan Lateness { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How the lines are written. Default: seen from the first one.</summary>
    public LogFormat Format { get; init; }

    /// <summary>Whether the first line of a CSV file names the columns. Default (null): it does unless one of its fields is a time.</summary>
    public bool? HasHeader { get; init; }

    /// <summary>What stands between fields: one ASCII character. Default (null): <c>,</c> <c>;</c> tab or <c>|</c>, seen from the first line.</summary>
    public char? Delimiter { get; init; }

    /// <summary>What the file calls columns, as <see cref="LogColumns.Parse"/> reads it; a number, from 1, in a CSV file without header.</summary>
    public IReadOnlyDictionary<LogColumn, string> Columns { get; init; } = new Dictionary<LogColumn, string>();

    /// <summary>Of lines that tell no type. Where a line does, its keys are of the same kind. Default <c>entity</c>, with text for keys.</summary>
    public EntityType EntityType { get; init; } = EntityType.Of("entity", KeyKind.Text);

    /// <summary>What groups are. Default: segments.</summary>
    public GroupKind GroupKind { get; init; }

    /// <summary>Whether a line that doesn't tell counts as one write instead of one read.</summary>
    public bool CountsAsWrite { get; init; }

    /// <summary>The IANA name of the zone that times without an offset are in. Default (null): UTC.</summary>
    /// <remarks>Of an hour that occurs twice because clocks go back, the second is meant.</remarks>
    public string? TimeZoneId { get; init; }

    /// <summary>What becomes of lines that were there before.</summary>
    public DuplicatePolicy Duplicates { get; init; }

    /// <summary>
    /// Among how many accepted lines before it at least a duplicate is found; 1 to <see cref="MaxDuplicateWindow"/>. Up to 48 bytes each.
    /// Default 1,000,000.
    /// </summary>
    public int DuplicateWindow { get; init; } = 1_000_000;

    /// <exception cref="ArgumentException">Options are out of range; the message names all that are.</exception>
    internal void Validate()
    {
        var problems = new List<string>();
        Check(problems, NowUtc, FutureTolerance, Delimiter, TimeZoneId);
        if (Lateness < TimeSpan.Zero) problems.Add($"{nameof(Lateness)} is {Lateness}: it can't be negative.");
        if (DuplicateWindow is < 1 or > MaxDuplicateWindow)
            problems.Add($"{nameof(DuplicateWindow)} is {DuplicateWindow}: it is 1 to {MaxDuplicateWindow}.");
        if (problems.Count > 0) throw new ArgumentException(string.Join(' ', problems));
    }

    /// <summary>The checks of what logs and tables have in common.</summary>
    internal static void Check(List<string> problems, DateTime nowUtc, TimeSpan futureTolerance, char? delimiter, string? timeZoneId)
    {
        if (nowUtc.Kind != DateTimeKind.Utc) problems.Add($"{nameof(NowUtc)} has to be in UTC.");
        if (futureTolerance < TimeSpan.Zero) problems.Add($"{nameof(FutureTolerance)} is {futureTolerance}: it can't be negative.");
        if (delimiter is { } c && (!char.IsAscii(c) || char.IsAsciiLetterOrDigit(c) || "\"\r\n\0 .-:".Contains(c, StringComparison.Ordinal)))
            problems.Add($"'{c}' can't be the delimiter: it is one ASCII character that doesn't occur in numbers and times.");
        if (timeZoneId is not null && !TimeZoneInfo.TryFindSystemTimeZoneById(timeZoneId, out _))
            problems.Add($"This system knows no time zone '{timeZoneId}': give an IANA name such as Europe/Berlin, or leave it out for UTC.");
    }

    /// <summary>The last moment that lies not in the future.</summary>
    internal static DateTime LatestAllowed(DateTime nowUtc, TimeSpan tolerance) =>
        nowUtc.Ticks < DateTime.MaxValue.Ticks - tolerance.Ticks ? nowUtc + tolerance : DateTime.MaxValue;

    /// <summary>A name of the file as text; whatever is no UTF-8 in it is replaced.</summary>
    internal static string TextOf(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8).Trim();
}
