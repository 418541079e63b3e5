using System.Text;
using System.Text.Unicode;

namespace Foreshard.Simulation.AccessLogs;

/// <summary>One string for each text, so that the accesses of an entity share it and reading a known one allocates nothing.</summary>
/// <remarks>Bounded: a full pool forgets everything and begins anew, and those in use are back soon. Not safe for concurrent use.</remarks>
/// <param name="maxTexts">How many texts it holds.</param>
/// <param name="maxBytes">How many bytes they have in UTF-8, together.</param>
internal sealed class TextPool(int maxTexts = TextPool.DefaultTexts, long maxBytes = TextPool.DefaultBytes)
{
    /// <summary>A million entities with the memory that they need anyway: some 100 MB.</summary>
    private const int DefaultTexts = 1 << 20;

    private const long DefaultBytes = 64 << 20;

    private readonly Dictionary<byte[], string> texts = new(Utf8Comparer.Instance);
    private long bytes;

    /// <summary>The string of a text in UTF-8; null if it is not UTF-8 or holds a NUL, which databases can't keep.</summary>
    public string? Get(ReadOnlySpan<byte> utf8)
    {
        var lookup = texts.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (lookup.TryGetValue(utf8, out var known)) return known;
        if (!Utf8.IsValid(utf8) || utf8.Contains((byte)0)) return null;
        if (texts.Count >= maxTexts || bytes + utf8.Length > maxBytes)
        {
            texts.Clear();
            bytes = 0;
        }

        var text = Encoding.UTF8.GetString(utf8);
        lookup[utf8] = text;
        bytes += utf8.Length;
        return text;
    }
}
