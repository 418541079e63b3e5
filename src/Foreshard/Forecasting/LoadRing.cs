using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Foreshard.Forecasting;

/// <summary>Loads as a series remembers them: in 16 bits on a straight line, or in 8 bits on the line of square roots.</summary>
/// <remarks>
/// The square root spreads the error of rounding as counts spread themselves (the variance of a Poisson count is its mean): at
/// most 0.4 % of the largest load, and half a step of the root near zero. The largest code means that the load is missing.
/// </remarks>
internal static class LoadRing
{
    public const ushort WideMissing = ushort.MaxValue;
    public const byte NarrowMissing = byte.MaxValue;

    /// <summary>Largest code of a load in 16 bits.</summary>
    public const int WideMax = ushort.MaxValue - 1;

    /// <summary>Largest code of a load in 8 bits.</summary>
    public const int NarrowMax = byte.MaxValue - 1;

    /// <summary>Room above a load that is larger than all before, so that growth does not rescale at every step.</summary>
    private const float Headroom = 1.5f;

    /// <summary>Largest load that a scale can hold.</summary>
    public static float Limit(SeriesTier tier, float scale) => tier == SeriesTier.Hot ? scale * WideMax : scale * NarrowMax * NarrowMax;

    /// <summary>A scale at which a load fits; whole loads are kept exactly as long as 16 bits hold them.</summary>
    public static float ScaleFor(SeriesTier tier, float load, bool isWhole) => tier switch
    {
        SeriesTier.Hot when isWhole && load <= WideMax => 1,
        SeriesTier.Hot => load * Headroom / WideMax,
        _ => load * Headroom / (NarrowMax * NarrowMax),
    };

    public static ushort Wide(float load, float scale) =>
        float.IsNaN(load) ? WideMissing : (ushort)Math.Clamp(MathF.Round(load / scale), 0, WideMax);

    public static byte Narrow(float load, float scale) =>
        float.IsNaN(load) ? NarrowMissing : (byte)Math.Clamp(MathF.Round(MathF.Sqrt(load / scale)), 0, NarrowMax);

    /// <summary>Reads codes in 16 bits.</summary>
    /// <returns>How many are missing; they read as the largest code does.</returns>
    public static int Read(ReadOnlySpan<ushort> codes, float scale, Span<float> loads)
    {
        var missing = 0;
        var i = 0;
        var factor = new Vector<float>(scale);
        for (; i <= codes.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            var code = new Vector<ushort>(codes[i..]);
            Vector.Widen(code, out var low, out var high);
            (Vector.ConvertToSingle(Vector.AsVectorInt32(low)) * factor).CopyTo(loads[i..]);
            (Vector.ConvertToSingle(Vector.AsVectorInt32(high)) * factor).CopyTo(loads[(i + Vector<float>.Count)..]);
            if (Vector.EqualsAny(code, new Vector<ushort>(WideMissing))) missing++;
        }

        for (; i < codes.Length; i++)
        {
            loads[i] = codes[i] * scale;
            if (codes[i] == WideMissing) missing++;
        }

        return missing == 0 ? 0 : codes.Count(WideMissing);
    }

    /// <summary>Reads codes in 8 bits.</summary>
    /// <returns>How many are missing; they read as the largest code does.</returns>
    public static int Read(ReadOnlySpan<byte> codes, float scale, Span<float> loads)
    {
        var i = 0;
        var factor = new Vector<float>(scale);
        for (; i <= codes.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(codes[i..]), out var low, out var high);
            Square(low, factor, loads[i..]);
            Square(high, factor, loads[(i + Vector<ushort>.Count)..]);
        }

        for (; i < codes.Length; i++) loads[i] = codes[i] * codes[i] * scale;
        return codes.Count(NarrowMissing);
    }

    /// <summary>Writes all loads anew at another scale; what is missing stays so.</summary>
    public static void Rescale(SeriesTier tier, Span<byte> ring, float from, float to)
    {
        if (tier == SeriesTier.Hot)
        {
            foreach (ref var code in MemoryMarshal.Cast<byte, ushort>(ring))
            {
                if (code != WideMissing) code = Wide(code * from, to);
            }

            return;
        }

        foreach (ref var code in ring)
        {
            if (code != NarrowMissing) code = Narrow(code * code * from, to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Square(Vector<ushort> codes, Vector<float> factor, Span<float> loads)
    {
        Vector.Widen(codes, out var low, out var high);
        var first = Vector.ConvertToSingle(Vector.AsVectorInt32(low));
        var second = Vector.ConvertToSingle(Vector.AsVectorInt32(high));
        (first * first * factor).CopyTo(loads);
        (second * second * factor).CopyTo(loads[Vector<float>.Count..]);
    }
}
