namespace Foreshard.Simulation.AccessLogs;

/// <summary>Where the fields of a line of CSV are. Holds no text: the line is handed in again to look at one. Not safe for concurrent use.</summary>
/// <remarks>
/// A field is quoted if a quote is its first character; quotes in it are doubled (RFC 4180). Elsewhere a quote is a character like
/// any other. Spaces around fields don't count, within quotes they do.
/// </remarks>
internal sealed class CsvFields(byte delimiter)
{
    private const byte Quote = (byte)'"';

    private Slice[] slices = new Slice[16];
    private byte[] unquoted = [];
    private int unquotedLength;

    public byte Delimiter { get; } = delimiter;

    /// <summary>How many fields the line has that was split last.</summary>
    public int Count { get; private set; }

    /// <summary>Finds the fields of a line, which has no line break at its end.</summary>
    /// <returns>False if a quoted field doesn't end, or not before a delimiter.</returns>
    public bool TrySplit(ReadOnlySpan<byte> line)
    {
        Count = 0;
        unquotedLength = 0;
        var at = 0;
        while (true)
        {
            while (at < line.Length && line[at] == (byte)' ') at++;
            if (at < line.Length && line[at] == Quote)
            {
                if (!TryReadQuoted(line, ref at)) return false;
            }
            else
            {
                var length = line[at..].IndexOf(Delimiter);
                if (length < 0) length = line.Length - at;
                var shown = length;
                while (shown > 0 && line[at + shown - 1] == (byte)' ') shown--;
                Add(new Slice(at, shown, false));
                at += length;
            }

            if (at == line.Length) return true;
            at++;
        }
    }

    /// <summary>A field of the line that was split last.</summary>
    public ReadOnlySpan<byte> Field(ReadOnlySpan<byte> line, int index)
    {
        var slice = slices[index];
        return slice.IsUnquoted ? unquoted.AsSpan(slice.Start, slice.Length) : line.Slice(slice.Start, slice.Length);
    }

    private bool TryReadQuoted(ReadOnlySpan<byte> line, ref int at)
    {
        var first = at + 1;
        var start = first;
        var isDoubled = false;
        var copied = unquotedLength;
        while (true)
        {
            var length = line[start..].IndexOf(Quote);
            if (length < 0) return false;
            var end = start + length;
            if (end + 1 < line.Length && line[end + 1] == Quote)
            {
                isDoubled = true;
                Append(line[start..(end + 1)]);
                start = end + 2;
                continue;
            }

            if (isDoubled) Append(line[start..end]);
            Add(isDoubled ? new Slice(copied, unquotedLength - copied, true) : new Slice(first, end - first, false));
            at = end + 1;
            while (at < line.Length && line[at] == (byte)' ') at++;
            return at == line.Length || line[at] == Delimiter;
        }
    }

    private void Append(ReadOnlySpan<byte> text)
    {
        if (unquotedLength + text.Length > unquoted.Length) Array.Resize(ref unquoted, Math.Max(256, 2 * (unquotedLength + text.Length)));
        text.CopyTo(unquoted.AsSpan(unquotedLength));
        unquotedLength += text.Length;
    }

    private void Add(Slice slice)
    {
        if (Count == slices.Length) Array.Resize(ref slices, 2 * Count);
        slices[Count++] = slice;
    }

    /// <param name="Start">In the line, or in <see cref="unquoted"/>.</param>
    /// <param name="Length">In bytes.</param>
    /// <param name="IsUnquoted">Whether it stands in <see cref="unquoted"/>, because it has doubled quotes in the line.</param>
    private readonly record struct Slice(int Start, int Length, bool IsUnquoted);
}
