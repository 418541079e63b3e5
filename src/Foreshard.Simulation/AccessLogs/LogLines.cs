namespace Foreshard.Simulation.AccessLogs;

/// <summary>A file, or the standard input, as a stream of lines: bytes without their line break. Unpacks gzip by itself.</summary>
/// <remarks>
/// A line is a record, in CSV too: a line break inside quotes is not supported, so that one stray quote spoils one line and not the rest
/// of the file. Memory is one buffer that grows to the longest line, <see cref="MaxLineBytes"/> at most. Not safe for concurrent use.
/// </remarks>
internal sealed class LogLines : IDisposable
{
    /// <summary>Longer lines are skipped. Room for tables of several hundred thousand columns.</summary>
    public const int MaxLineBytes = 4 << 20;

    private const int FirstBufferBytes = 128 << 10;

    private readonly Stream stream;
    private readonly Stream source;
    private byte[] buffer = new byte[FirstBufferBytes];
    private int start;
    private int end;
    private bool isEnd;
    private bool isSkipping;

    private LogLines(string path, Stream stream, Stream source, bool isGrowing)
    {
        IsGrowing = isGrowing;
        Path = path;
        this.stream = stream;
        this.source = source;
        LengthBytes = source.CanSeek ? source.Length : null;
    }

    /// <summary>The file as it was named; <c>-</c> for the standard input.</summary>
    public string Path { get; }

    /// <summary>The number of the line that was read last, from 1; 0 before the first.</summary>
    public long LineNumber { get; private set; }

    /// <summary>Whether the line that was read last was too long; it is handed out as empty.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>The length of the file, packed as it is; null if what is read has none.</summary>
    public long? LengthBytes { get; }

    /// <summary>Bytes of the file that were read, packed as they are; of what has no length, unpacked.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Whether there may be more after the end.</summary>
    public bool IsGrowing { get; }

    /// <summary>Told after each piece that was read.</summary>
    public Action<LogLines>? Reading { get; set; }

    /// <summary>Opens a file, or the standard input if the path is <c>-</c>.</summary>
    /// <exception cref="AccessLogException">There is none, it can't be opened, is empty or is no text.</exception>
    public static LogLines Open(string path) => Open(path, LogSource.Open(path));

    /// <summary>Reads a stream, which it will dispose of.</summary>
    /// <param name="path">What it is called.</param>
    /// <param name="stream">The stream; if it grows, one that ends at the end of a line each time.</param>
    /// <param name="isGrowing">Whether there may be more after its end: <see cref="Resume"/>.</param>
    /// <exception cref="AccessLogException">It can't be read, is empty or is no text.</exception>
    public static LogLines Open(string path, Stream stream, bool isGrowing = false)
    {
        var lines = new LogLines(path, LogSource.Unpack(path, stream), stream, isGrowing);
        try
        {
            lines.Fill();
            lines.start = LogSource.SkipMark(path, lines.buffer.AsSpan(0, lines.end));
            return lines;
        }
        catch
        {
            lines.Dispose();
            throw;
        }
    }

    /// <summary>Whether a line is no data: empty, or a comment.</summary>
    public static bool IsIgnored(ReadOnlySpan<byte> line)
    {
        if (line.Length > 0 && line[0] > (byte)'#') return false;
        var text = line.Trim(" \t"u8);
        return text.IsEmpty || text[0] == (byte)'#';
    }

    /// <summary>The first data lines, without moving on: to see what the file is. Only before the first line is read.</summary>
    /// <param name="count">How many at most; fewer if they are long.</param>
    public IReadOnlyList<byte[]> Peek(int count)
    {
        while (true)
        {
            var found = new List<byte[]>();
            var rest = buffer.AsSpan(start, end - start);
            while (!rest.IsEmpty && found.Count < count)
            {
                var at = rest.IndexOf((byte)'\n');
                if (at < 0 && !isEnd) break;
                var line = at < 0 ? rest : rest[..at];
                rest = at < 0 ? [] : rest[(at + 1)..];
                if (!IsIgnored(WithoutReturn(line))) found.Add(WithoutReturn(line).ToArray());
            }

            if (found.Count > 0 || isEnd || (buffer.Length == MaxLineBytes && end == buffer.Length)) return found;
            Fill();
        }
    }

    /// <summary>The next line; it is valid until the next call.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="AccessLogException">The file can't be read on, or ends in the middle of its gzip stream.</exception>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        while (true)
        {
            var rest = buffer.AsSpan(start, end - start);
            var at = rest.IndexOf((byte)'\n');
            if (at < 0 && !isEnd)
            {
                Fill();
                continue;
            }

            line = default;
            if (at < 0 && rest.IsEmpty && !isSkipping) return false;
            start += at < 0 ? rest.Length : at + 1;
            LineNumber++;
            IsTooLong = isSkipping;
            if (!isSkipping) line = WithoutReturn(at < 0 ? rest : rest[..at]);
            isSkipping = false;
            return true;
        }
    }

    /// <summary>After the end: looks whether there is more by now.</summary>
    public void Resume() => isEnd &= !IsGrowing;

    public void Dispose() => stream.Dispose();

    private static ReadOnlySpan<byte> WithoutReturn(ReadOnlySpan<byte> line) => line is [.., (byte)'\r'] ? line[..^1] : line;

    private void Fill()
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }

        if (end == buffer.Length && buffer.Length < MaxLineBytes)
        {
            Array.Resize(ref buffer, buffer.Length * 2);
        }
        else if (end == buffer.Length)
        {
            isSkipping = true;
            end = 0;
        }

        while (end < buffer.Length && !isEnd)
        {
            var read = Read(buffer.AsSpan(end));
            end += read;
            isEnd = read == 0;
            BytesRead = LengthBytes is null ? BytesRead + read : source.Position;
            Reading?.Invoke(this);
        }
    }

    private int Read(Span<byte> target)
    {
        try
        {
            return stream.Read(target);
        }
        catch (InvalidDataException exception)
        {
            throw Broken(
                "the gzip stream is damaged or ends too early", "Get the file again, or unpack what is there with 'gzip -dc' and read that", exception);
        }
        catch (IOException exception)
        {
            throw Broken($"it can't be read on ({exception.Message})", "Repeat when the disk or the pipe is in order", exception);
        }
    }

    private AccessLogException Broken(string what, string remedy, Exception inner) =>
        new(Path, null, $"{what}, somewhere after line {LineNumber}. What was read up to there is valid, but not all. {remedy}.", inner);
}
