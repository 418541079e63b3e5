using System.Text;
using System.Text.Json;

namespace Foreshard.Simulation.AccessLogs;

/// <summary>A JSON object in a line; its fields may differ from line to line, and what lies deeper is not looked at.</summary>
internal sealed class JsonRow(string path, ColumnMap map) : ILogRow
{
    /// <summary>More names than a log has; what comes after is looked up anew each time, so that memory stays bounded.</summary>
    private const int MaxNames = 1_024;

    private readonly Dictionary<byte[], (LogColumn Column, int Rank)[]> known = new(Utf8Comparer.Instance);
    private readonly List<(byte[] Name, (LogColumn Column, int Rank)[] Meant)> usual = [];
    private readonly Dictionary<LogColumn, string> columns = [];
    private readonly List<string> names = [];
    private readonly Slice[] slices = new Slice[LogColumns.Count];
    private readonly int[] ranks = new int[LogColumns.Count];
    private byte[] unescaped = [];
    private int unescapedLength;
    private bool hasObject;

    public IReadOnlyDictionary<LogColumn, string> Columns => columns;

    public LineFinding? Locate(ReadOnlySpan<byte> line)
    {
        Array.Clear(slices);
        Array.Fill(ranks, int.MaxValue);
        unescapedLength = 0;
        try
        {
            var reader = new Utf8JsonReader(line);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return LineFinding.InvalidJson;
            for (var place = 0; reader.Read() && reader.TokenType == JsonTokenType.PropertyName; place++)
            {
                var meant = Meaning(ref reader, place);
                reader.Read();
                if (meant.Length == 0) reader.Skip();
                else if (!TryTake(ref reader, meant)) return LineFinding.InvalidJson;
            }

            // Throws if anything follows the object.
            reader.Read();
            hasObject = true;
            return null;
        }
        catch (JsonException)
        {
            return LineFinding.InvalidJson;
        }
        catch (InvalidOperationException)
        {
            // A name or text that is no UTF-8, or escapes half a surrogate pair.
            return LineFinding.NotUtf8;
        }
    }

    public ReadOnlySpan<byte> Field(ReadOnlySpan<byte> line, LogColumn column)
    {
        var slice = slices[(int)column];
        return slice.IsUnescaped ? unescaped.AsSpan(slice.Start, slice.Length) : line.Slice(slice.Start, slice.Length);
    }

    public void ThrowIfMissing()
    {
        if (hasObject) map.ThrowIfMissing(path, columns.ContainsKey, names);
    }

    /// <summary>What a field is. Most lines of a log have the same fields in the same order, so the name is compared before it is looked up.</summary>
    private (LogColumn Column, int Rank)[] Meaning(ref Utf8JsonReader reader, int place)
    {
        if (!reader.ValueIsEscaped)
        {
            if (place < usual.Count && reader.ValueSpan.SequenceEqual(usual[place].Name)) return usual[place].Meant;
            if (known.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(reader.ValueSpan, out var found)) return found;
        }

        var name = reader.GetString()!;
        var meant = map.Of(name).ToArray();
        foreach (var (column, _) in meant) columns.TryAdd(column, name);
        var utf8 = Encoding.UTF8.GetBytes(name);
        if (known.Count < MaxNames && known.TryAdd(utf8, meant)) names.Add(name);
        if (place == usual.Count && place < MaxNames) usual.Add((utf8, meant));
        return meant;
    }

    /// <summary>Notes where a value is; null stands for nothing.</summary>
    /// <returns>False for an object, which no column can be.</returns>
    private bool TryTake(ref Utf8JsonReader reader, (LogColumn Column, int Rank)[] meant)
    {
        Slice slice;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return false;
            case JsonTokenType.Null:
                return true;
            case JsonTokenType.StartArray:
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                slice = new Slice(start, (int)reader.BytesConsumed - start, false);
                break;
            case JsonTokenType.String when reader.ValueIsEscaped:
                slice = Unescape(ref reader);
                break;
            case JsonTokenType.String:
                slice = new Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length, false);
                break;
            default:
                slice = new Slice((int)reader.TokenStartIndex, reader.ValueSpan.Length, false);
                break;
        }

        foreach (var (column, rank) in meant)
        {
            if (rank > ranks[(int)column]) continue;
            slices[(int)column] = slice;
            ranks[(int)column] = rank;
        }

        return true;
    }

    private Slice Unescape(ref Utf8JsonReader reader)
    {
        var room = unescapedLength + reader.ValueSpan.Length;
        if (room > unescaped.Length) Array.Resize(ref unescaped, Math.Max(256, 2 * room));
        var slice = new Slice(unescapedLength, reader.CopyString(unescaped.AsSpan(unescapedLength)), true);
        unescapedLength += slice.Length;
        return slice;
    }

    /// <param name="Start">In the line, or in <see cref="unescaped"/>.</param>
    /// <param name="Length">In bytes; 0 if the column is not there.</param>
    /// <param name="IsUnescaped">Whether it stands in <see cref="unescaped"/>, because it has escapes in the line.</param>
    private readonly record struct Slice(int Start, int Length, bool IsUnescaped);
}
