using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Foreshard.Profiling;

/// <summary>Hashes for the profiler's own tables. Of text they differ from process to process, so nothing that is seen may go by them.</summary>
internal static class ProfileHash
{
    private const ulong Odd = 0x9fb21c651e98df25;

    /// <summary>Texts up to here are hashed whole by two reads that overlap.</summary>
    private const int ShortText = 8;

    public static ulong Of(in EntityKey entity)
    {
        var key = entity.Text is { } text ? Of(text) : entity.Low ^ entity.High;
        return Mix(unchecked(entity.Type.Salt + key));
    }

    /// <summary>All bits of the result depend on all of the value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong value)
    {
        var high = Math.BigMul(value ^ (value >> 32), Odd, out var low);
        return high ^ low;
    }

    public static ulong Of(string text)
    {
        if (text.Length > ShortText) return unchecked((uint)text.GetHashCode(StringComparison.Ordinal));
        if (text.Length >= ShortText / 2)
        {
            var first = MemoryMarshal.Read<ulong>(MemoryMarshal.AsBytes(text.AsSpan()));
            var last = MemoryMarshal.Read<ulong>(MemoryMarshal.AsBytes(text.AsSpan(text.Length - (ShortText / 2))));
            return unchecked((first * Odd) ^ (last + (uint)text.Length));
        }

        var hash = (ulong)text.Length;
        foreach (var c in text) hash = (hash << 16) | c;
        return hash;
    }
}
