namespace Foreshard.Simulation.AccessLogs;

/// <summary>A file that somebody appends to, as a stream of whole lines: it ends at the last line break that is there, and may go on later.</summary>
/// <remarks>Not safe for concurrent use.</remarks>
internal sealed class GrowingFile : ForwardStream
{
    /// <summary>So many bytes before the place that was read to are compared: lines with times in them are not the same in two files.</summary>
    private const int TailBytes = 256;

    private const int ChunkBytes = 64 << 10;

    private readonly FileStream file;
    private byte[] buffer = new byte[ChunkBytes];
    private int start;
    private int lineEnd;
    private int end;
    private byte[] tail = [];
    private bool isComplete;

    private GrowingFile(FileStream file) => this.file = file;

    /// <summary>Whether a whole line is there to be read.</summary>
    public bool HasLines
    {
        get
        {
            if (start == lineEnd) Fill();
            return start < lineEnd;
        }
    }

    /// <summary>Opens it, without keeping anybody from writing, renaming or deleting it.</summary>
    /// <returns>Null if it isn't there.</returns>
    /// <exception cref="AccessLogException">It can't be opened.</exception>
    public static GrowingFile? TryOpen(string path)
    {
        try
        {
            return new GrowingFile(new FileStream(
                path, new FileStreamOptions { BufferSize = 0, Share = FileShare.ReadWrite | FileShare.Delete, Options = FileOptions.SequentialScan }));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AccessLogException(path, null, $"it can't be opened ({exception.Message}). Check who may read it.", exception);
        }
    }

    /// <summary>Leaves out what is there, but for the first line of data, which tells what the file is. Only before anything is read.</summary>
    public void SkipToEnd()
    {
        var headEnd = 0;
        while (headEnd == 0 && end < LogLines.MaxLineBytes)
        {
            var before = end;
            Fill();
            headEnd = EndOfFirstLineOfData();
            if (end == before) break;
        }

        if (headEnd == 0) return; // no line of data yet: there is nothing to leave out
        var last = StartOfLastLine(headEnd);
        (lineEnd, end) = (headEnd, headEnd);
        tail = new byte[(int)Math.Min(TailBytes, last)];
        file.Position = last - tail.Length;
        file.ReadExactly(tail);
    }

    /// <summary>Nothing will be appended any more: what is left without a line break at its end is a line, too.</summary>
    public void Complete() => isComplete = true;

    /// <summary>Whether the file itself was cut off and written anew: then what follows the place that was read to is no continuation.</summary>
    public bool IsCutOff
    {
        get
        {
            var position = file.Position;
            var isCutOff = !HasTail(file, position);
            file.Position = position;
            return isCutOff;
        }
    }

    /// <summary>Whether the file of that name is another one by now.</summary>
    public bool IsReplaced(string path)
    {
        try
        {
            using var now = new FileStream(path, new FileStreamOptions { BufferSize = 0, Share = FileShare.ReadWrite | FileShare.Delete });
            return !HasTail(now, file.Position);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // renamed, and the next one isn't there yet
        }
    }

    public override int Read(Span<byte> buffer)
    {
        if (!HasLines) return 0;
        var count = Math.Min(buffer.Length, lineEnd - start);
        this.buffer.AsSpan(start, count).CopyTo(buffer);
        start += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) file.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Reads on until there is a whole line, or no more.</summary>
    private void Fill()
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (lineEnd, end, start) = (lineEnd - start, end - start, 0);
        }

        while (true)
        {
            if (end == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
            var read = file.Read(buffer.AsSpan(end));
            var lastBreak = buffer.AsSpan(end, read).LastIndexOf((byte)'\n');
            if (lastBreak >= 0) lineEnd = end + lastBreak + 1;
            Remember(buffer.AsSpan(end, read));
            end += read;

            // Whoever reads lines makes one too long of what has no end; it need not be held here.
            if (end - start >= LogLines.MaxLineBytes || (read == 0 && isComplete)) lineEnd = end;
            if (read == 0 || lineEnd > start) return;
        }
    }

    /// <summary>Whether what was read last is in a file, where it should be.</summary>
    private bool HasTail(FileStream one, long position)
    {
        if (one.Length < position) return false;
        var there = new byte[tail.Length];
        one.Position = position - there.Length;
        return one.ReadAtLeast(there, there.Length, throwOnEndOfStream: false) == there.Length && there.AsSpan().SequenceEqual(tail);
    }

    private void Remember(ReadOnlySpan<byte> read) =>
        tail = read.Length >= TailBytes ? read[^TailBytes..].ToArray() : [.. tail.AsSpan(Math.Max(0, tail.Length + read.Length - TailBytes)), .. read];

    private int EndOfFirstLineOfData()
    {
        for (var at = 0; at < lineEnd;)
        {
            var length = buffer.AsSpan(at, lineEnd - at).IndexOf((byte)'\n') + 1;
            var line = buffer.AsSpan(at, length - 1);
            at += length;
            if (!LogLines.IsIgnored(line is [.., (byte)'\r'] ? line[..^1] : line)) return at;
        }

        return 0;
    }

    /// <summary>Where the line begins that is being written now: behind the last line break.</summary>
    private long StartOfLastLine(long from)
    {
        var chunk = new byte[ChunkBytes];
        for (var to = file.Length; to > from;)
        {
            var begin = Math.Max(from, to - chunk.Length);
            var part = chunk.AsSpan(0, (int)(to - begin));
            file.Position = begin;
            file.ReadExactly(part);
            var at = part.LastIndexOf((byte)'\n');
            if (at >= 0) return begin + at + 1;
            to = begin;
        }

        return from;
    }
}
