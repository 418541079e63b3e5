using System.IO.Hashing;
using Foreshard.Profiling;

namespace Foreshard.Simulation.AccessLogs;

/// <summary>Reads accesses from a log, one after the other, and counts what became of each line.</summary>
/// <remarks>
/// Memory does not depend on the size of the log. Accesses come in the order of the log: each at most
/// <see cref="AccessLogOptions.Lateness"/> earlier than the latest before it. Not safe for concurrent use.
/// </remarks>
internal sealed class AccessLogReader : IDisposable
{
    /// <summary>
    /// A line that is further ahead of the one before is believed if the line after it is there too. Otherwise one wrong clock would make
    /// all that follow late.
    /// </summary>
    private static readonly TimeSpan MaxLeap = TimeSpan.FromDays(30);

    /// <summary>If a column that was told of isn't in so many JSON lines, it isn't in the log.</summary>
    private const long LinesToFindColumnsIn = 100_000;

    private const int LinesPeeked = 20;

    private readonly LogLines lines;
    private readonly AccessLogOptions options;
    private readonly ILogRow row;
    private readonly AccessText text;
    private readonly RecentHashes? seen;
    private DateTime latestAllowed;
    private DateTime latest;
    private bool isFinerThanSeconds;
    private bool isHeaderNext;
    private (Access Access, LineMark Mark)? ahead;
    private (Access Access, LineMark Mark)? waiting;

    /// <summary>Reads lines, which it will dispose of.</summary>
    /// <exception cref="ArgumentException">The options are out of range; the message names all that are.</exception>
    /// <exception cref="AccessLogException">The file has no data line, or lacks a column.</exception>
    public AccessLogReader(LogLines lines, AccessLogOptions options)
    {
        options.Validate();
        this.lines = lines;
        this.options = options;
        text = new AccessText(options);
        seen = options.Duplicates == DuplicatePolicy.Keep ? null : new RecentHashes(options.DuplicateWindow);
        latestAllowed = AccessLogOptions.LatestAllowed(options.NowUtc, options.FutureTolerance);
        row = CreateRow();
    }

    /// <summary>What became of the lines so far.</summary>
    public LogCounts Counts { get; } = new();

    /// <summary>Whether the first line names the columns.</summary>
    public bool HasHeader { get; private set; }

    /// <summary>What the file calls the columns that were found; of JSON lines, so far.</summary>
    public IReadOnlyDictionary<LogColumn, string> Columns => row.Columns;

    /// <summary>Opens a log, or the standard input if the path is <c>-</c>.</summary>
    /// <exception cref="ArgumentException">The options are out of range; the message names all that are.</exception>
    /// <exception cref="AccessLogException">The file can't be read, is no log, or lacks a column.</exception>
    public static AccessLogReader Open(string path, AccessLogOptions options)
    {
        options.Validate();
        var lines = LogLines.Open(path);
        try
        {
            return new AccessLogReader(lines, options);
        }
        catch
        {
            lines.Dispose();
            throw;
        }
    }

    /// <summary>The next access.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="AccessLogException">The file can't be read on, or a column that is needed is in none of its JSON lines.</exception>
    public bool TryRead(out Access access)
    {
        while (TryNext(out access, out var mark))
        {
            if (TryAccept(access.TimeUtc, mark)) return true;
        }

        return false;
    }

    /// <summary>After the end of a file that grows: goes on with what was appended meanwhile.</summary>
    /// <param name="nowUtc">In place of what the options say.</param>
    public void Resume(DateTime nowUtc)
    {
        latestAllowed = AccessLogOptions.LatestAllowed(nowUtc, options.FutureTolerance);
        lines.Resume();
    }

    public void Dispose() => lines.Dispose();

    private ILogRow CreateRow()
    {
        var first = lines.Peek(LinesPeeked);
        if (first.Count == 0) throw new AccessLogException(lines.Path, null, $"no line of data in its first {LogLines.MaxLineBytes >> 20} MB. Is it a log?");
        var map = new ColumnMap(options.Columns);
        var format = options.Format;
        if (format == LogFormat.Auto) format = first[0].AsSpan().TrimStart((byte)' ') is [(byte)'{', ..] ? LogFormat.JsonLines : LogFormat.Csv;
        if (format == LogFormat.JsonLines) return new JsonRow(lines.Path, map);
        if (first[0] is [(byte)'[', ..])
            throw new AccessLogException(lines.Path, null, "it begins as a JSON array. Write one object per line (jq -c '.[]') and read that.");

        var delimiter = options.Delimiter is { } told ? (byte)told : CsvDialect.DelimiterOf(first[0], options.Columns);
        var names = CsvDialect.Split(first[0], delimiter);
        isHeaderNext = HasHeader = options.HasHeader ?? CsvDialect.IsHeader(names);
        if (isHeaderNext) return new CsvRow(lines.Path, delimiter, names, map);

        // Without header columns go by number; the first two are time and entity unless told otherwise.
        var columns = new Dictionary<LogColumn, string>(options.Columns);
        columns.TryAdd(LogColumn.Time, "1");
        columns.TryAdd(LogColumn.Entity, "2");
        var numbers = Enumerable.Range(1, names.Count).Select(number => number.ToString(System.Globalization.CultureInfo.InvariantCulture)).ToList();
        return new CsvRow(lines.Path, delimiter, numbers, new ColumnMap(columns));
    }

    /// <summary>The next access whose time can be relied on.</summary>
    private bool TryNext(out Access access, out LineMark mark)
    {
        while (TryTake(out access, out mark))
        {
            if (ahead is not null && IsConfirmed(ref access, ref mark)) return true;
            if (access.TimeUtc - latest <= MaxLeap) return true;
            ahead = (access, mark);
        }

        // At the end nothing speaks against it.
        if (ahead is not { } last) return false;
        ahead = null;
        (access, mark) = last;
        return true;
    }

    /// <summary>Whether the line after one that leapt ahead is there too; then that one's turn comes first.</summary>
    private bool IsConfirmed(ref Access access, ref LineMark mark)
    {
        var leapt = ahead.GetValueOrDefault();
        ahead = null;

        // Before the first line there is nothing to tell which of two is wrong, so only a great distance speaks against it.
        var isContradicted = latest == DateTime.MinValue
            ? leapt.Access.TimeUtc - access.TimeUtc > MaxLeap
            : access.TimeUtc < Earliest(leapt.Access.TimeUtc);
        if (isContradicted)
        {
            Counts.Reject(LineFinding.Future, leapt.Mark.Line);
            return false;
        }

        waiting = (access, mark);
        (access, mark) = leapt;
        return true;
    }

    /// <summary>What may come after a time without being late.</summary>
    private DateTime Earliest(DateTime timeUtc) => options.Lateness.Ticks < timeUtc.Ticks ? timeUtc - options.Lateness : DateTime.MinValue;

    private bool TryTake(out Access access, out LineMark mark)
    {
        if (waiting is null) return TryParse(out access, out mark);
        (access, mark) = waiting.GetValueOrDefault();
        waiting = null;
        return true;
    }

    private bool TryParse(out Access access, out LineMark mark)
    {
        while (lines.TryRead(out var line))
        {
            if (!lines.IsTooLong && Counts.Ignore(line)) continue;
            if (isHeaderNext)
            {
                isHeaderNext = false;
                continue;
            }

            if (Counts.Lines == LinesToFindColumnsIn) row.ThrowIfMissing();
            if (Examine(line, out access, out mark) is not { } wrong) return true;
            Counts.Reject(wrong, lines.LineNumber, line);
        }

        if (Counts.Lines > 0 && !lines.IsGrowing) row.ThrowIfMissing();
        (access, mark) = (default, default);
        return false;
    }

    private LineFinding? Examine(ReadOnlySpan<byte> line, out Access access, out LineMark mark)
    {
        (access, mark) = (default, default);
        if (lines.IsTooLong) return LineFinding.TooLong;
        if (row.Locate(line) is { } unreadable) return unreadable;
        if (seen is not null)
        {
            var id = row.Field(line, LogColumn.Id);
            mark = new LineMark(lines.LineNumber, id.IsEmpty ? XxHash3.HashToUInt64(line) : XxHash3.HashToUInt64(id, seed: 1), !id.IsEmpty);
            seen.Prefetch(mark.Hash);
        }
        else
        {
            mark = new LineMark(lines.LineNumber, 0, false);
        }

        if (text.Read(line, row, out access) is { } wrong) return wrong;
        return access.TimeUtc > latestAllowed ? LineFinding.Future : null;
    }

    private bool TryAccept(DateTime timeUtc, in LineMark mark)
    {
        if (timeUtc < Earliest(latest))
        {
            Counts.Reject(LineFinding.OutOfOrder, mark.Line);
            return false;
        }

        isFinerThanSeconds |= timeUtc.Ticks % TimeSpan.TicksPerSecond != 0;
        var isKnown = seen is not null && seen.Contains(mark.Hash);
        if (isKnown && (mark.HasId || isFinerThanSeconds || options.Duplicates == DuplicatePolicy.Skip))
        {
            Counts.Reject(LineFinding.Duplicate, mark.Line);
            return false;
        }

        if (isKnown) Counts.Note(LineFinding.IdenticalKept, mark.Line);
        else seen?.Add(mark.Hash);
        if (timeUtc > latest) latest = timeUtc;
        Counts.Accept(timeUtc);
        return true;
    }

    /// <param name="Line">Its number.</param>
    /// <param name="Hash">Of its id, or of the whole line if it has none.</param>
    /// <param name="HasId">Whether it has an id.</param>
    private readonly record struct LineMark(long Line, ulong Hash, bool HasId);
}
