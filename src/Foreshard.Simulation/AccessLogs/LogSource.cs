using System.IO.Compression;

namespace Foreshard.Simulation.AccessLogs;

/// <summary>Opens what logs come from, and tells text from what isn't by its first bytes.</summary>
internal static class LogSource
{
    private const int NulSearchBytes = 4096;

    /// <exception cref="AccessLogException">There is no such file, or it can't be opened.</exception>
    public static Stream Open(string path)
    {
        if (path == "-") return Console.OpenStandardInput();
        if (Directory.Exists(path)) throw new AccessLogException(path, null, "this is a folder. Name a file in it, or '-' for the standard input.");
        try
        {
            return new FileStream(path, new FileStreamOptions { BufferSize = 0, Options = FileOptions.SequentialScan });
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new AccessLogException(path, null, "there is no such file. Check the name, or give '-' for the standard input.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AccessLogException(path, null, $"it can't be opened ({exception.Message}). Check who may read it.", exception);
        }
    }

    /// <summary>The stream itself, or what its gzip holds; known by its bytes and not by the name.</summary>
    public static Stream Unpack(string path, Stream stream)
    {
        var first = new byte[4];
        int read;
        try
        {
            read = stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        }
        catch (IOException exception)
        {
            stream.Dispose();
            throw new AccessLogException(path, null, $"it can't be read ({exception.Message}).", exception);
        }

        var whole = new Rejoined(first.AsMemory(0, read), stream);
        return first is [0x1F, 0x8B, ..] ? new GZipStream(whole, CompressionMode.Decompress) : whole;
    }

    /// <summary>Looks at the first bytes of the text.</summary>
    /// <returns>How many of them are a byte order mark.</returns>
    /// <exception cref="AccessLogException">There are none, or they are no text in UTF-8.</exception>
    public static int SkipMark(string path, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty) throw new AccessLogException(path, null, "it is empty. A log has at least one line.");
        var what = text switch
        {
            [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => "it is text in UTF-16. Convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)",
            [0x50, 0x4B, 0x03, 0x04, ..] => "it is a zip archive. Unpack it and name the file inside",
            [0x28, 0xB5, 0x2F, 0xFD, ..] => "it is packed with zstd. Unpack it first, or pipe it in (zstd -dc FILE) and name '-'",
            [0xFD, 0x37, 0x7A, 0x58, ..] => "it is packed with xz. Unpack it first, or pipe it in (xz -dc FILE) and name '-'",
            [0x42, 0x5A, 0x68, ..] when text[..Math.Min(text.Length, NulSearchBytes)].Contains((byte)0) =>
                "it is packed with bzip2. Unpack it first, or pipe it in (bzip2 -dc FILE) and name '-'",
            [0x50, 0x41, 0x52, 0x31, ..] => "it is a Parquet file. Export it as CSV or JSON lines",
            _ when text[..Math.Min(text.Length, NulSearchBytes)].Contains((byte)0) =>
                "it holds NUL bytes, so it is no text. Logs are CSV or JSON lines in UTF-8, plain or gzip",
            _ => null,
        };
        return what is null ? (text is [0xEF, 0xBB, 0xBF, ..] ? 3 : 0) : throw new AccessLogException(path, null, what + ".");
    }

    /// <summary>Bytes that were read ahead, and then the stream that they came from; seeking back is not for pipes.</summary>
    private sealed class Rejoined(ReadOnlyMemory<byte> ahead, Stream rest) : ForwardStream
    {
        private ReadOnlyMemory<byte> ahead = ahead;

        public override int Read(Span<byte> buffer)
        {
            if (ahead.IsEmpty) return rest.Read(buffer);
            var count = Math.Min(buffer.Length, ahead.Length);
            ahead.Span[..count].CopyTo(buffer);
            ahead = ahead[count..];
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) rest.Dispose();
            base.Dispose(disposing);
        }
    }
}
