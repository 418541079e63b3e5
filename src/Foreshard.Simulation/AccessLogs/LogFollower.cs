using Foreshard.Profiling;

namespace Foreshard.Simulation.AccessLogs;

/// <summary>Reads an access log as an application appends to it, also over the change to a new file of the same name.</summary>
/// <remarks>
/// A file that isn't there, or is empty, is waited for. A line that isn't finished is left until it is. Not safe for concurrent use.
/// </remarks>
internal sealed class LogFollower(string path, AccessLogOptions options, TimeProvider time, bool startsAtEnd) : IDisposable
{
    private readonly long[] earlier = new long[Enum.GetValues<LineFinding>().Length];
    private long earlierLines;
    private long earlierAccepted;
    private bool isFirst = true;
    private GrowingFile? file;
    private AccessLogReader? reader;

    /// <summary>How often another file took the place of the one that was read.</summary>
    public int Rotations { get; private set; }

    /// <summary>Lines of data so far, those that were there before the start left out.</summary>
    public long Lines => earlierLines + (reader?.Counts.Lines ?? 0);

    /// <summary>Of them, those that were accepted.</summary>
    public long Accepted => earlierAccepted + (reader?.Counts.Accepted ?? 0);

    /// <summary>What became of the lines of the file that is being read; null before the first line.</summary>
    public LogCounts? Counts => reader?.Counts;

    /// <summary>How many lines that is to be said of.</summary>
    public long Found(LineFinding finding) => earlier[(int)finding] + (reader?.Counts[finding] ?? 0);

    /// <summary>The accesses that were appended since the last call.</summary>
    /// <exception cref="AccessLogException">The file can't be read, is no log, or lacks a column.</exception>
    public IEnumerable<Access> ReadNew()
    {
        while (true)
        {
            if (!TryOpen()) yield break;
            if (file!.IsCutOff)
            {
                Close();
                continue;
            }

            while (TryRead(out var access)) yield return access;
            if (!file.IsReplaced(path)) yield break;

            // What was written before the change is still in the old file.
            file.Complete();
            while (TryRead(out var access)) yield return access;
            Close();
        }
    }

    public void Dispose()
    {
        if (reader is not null) reader.Dispose();
        else file?.Dispose();
    }

    private bool TryOpen()
    {
        if (reader is not null) return true;
        file ??= GrowingFile.TryOpen(path);
        var skips = startsAtEnd && isFirst;
        isFirst = false; // of what isn't there yet, all is new
        if (skips) file?.SkipToEnd();
        if (file is not { HasLines: true }) return false;
        reader = new AccessLogReader(LogLines.Open(path, file, isGrowing: true), options);
        if (!skips || reader.HasHeader) return true;

        // The first line was read to see what the file is; it is an access of the past.
        reader.TryRead(out _);
        Count(reader.Counts, -1);
        return true;
    }

    private bool TryRead(out Access access)
    {
        reader!.Resume(time.GetUtcNow().UtcDateTime);
        return reader.TryRead(out access);
    }

    private void Close()
    {
        Rotations++;
        Count(reader!.Counts, 1);
        reader.Dispose();
        (reader, file) = (null, null);
    }

    private void Count(LogCounts counts, int times)
    {
        for (var finding = 0; finding < earlier.Length; finding++) earlier[finding] += times * counts[(LineFinding)finding];
        earlierLines += times * counts.Lines;
        earlierAccepted += times * counts.Accepted;
    }
}
