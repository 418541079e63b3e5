namespace Foreshard.Profiling;

/// <summary>Means of a load over a season's positions, a byte each: powers of 2^(1/16) below a common power of two.</summary>
/// <remarks>
/// A code is 4.4 % above the one before; 255 stands for the common power, 1 for a 60,000th of it, 0 for nothing. What lies between two
/// codes is rounded to one of them in such a proportion that the expected value is right: rounding to the nearest would hold a moving mean
/// fast as soon as its steps are smaller than the codes'. The choice hangs on the position and the value, so that it can be repeated.
/// </remarks>
internal static class SeasonCodes
{
    public const int StepsPerOctave = 16;

    private const int MaxCode = 255;
    private const int MinExponent = -60;
    private const int MaxExponent = 120;

    private static readonly float[] Fractions = [.. Enumerable.Range(0, MaxCode + 1).Select(code => code == 0 ? 0 : PowerOf(code - MaxCode))];

    /// <summary>The value of a code.</summary>
    public static double Value(byte code, sbyte exponent) => code == 0 ? 0 : Math.ScaleB(Fractions[code], exponent);

    /// <summary>Sets one position's value; raises the common power, for all positions, if it is beyond.</summary>
    /// <param name="codes">All positions.</param>
    /// <param name="exponent">The common power of two.</param>
    /// <param name="position">Which one to set.</param>
    /// <param name="value">In the caller's unit; what is not above 0 counts as 0.</param>
    /// <param name="moment">What makes one rounding differ from the next.</param>
    public static void Set(Span<byte> codes, ref sbyte exponent, int position, double value, long moment)
    {
        codes[position] = 0;
        if (!(value > 0)) return;
        if (value > Math.ScaleB(1, exponent) || !codes.ContainsAnyExcept((byte)0)) Rescale(codes, ref exponent, value);

        var exact = MaxCode + (StepsPerOctave * (Math.Log2(value) - exponent));
        var lower = (int)Math.Clamp(Math.Floor(exact), 0, MaxCode - 1);
        var (low, high) = (Value((byte)lower, exponent), Value((byte)(lower + 1), exponent));
        var isUpper = (value - low) / (high - low) > Dither(value, position, moment);
        codes[position] = (byte)(isUpper ? lower + 1 : lower);
    }

    /// <summary>Moves the mean of one position towards a value.</summary>
    public static void Move(Span<byte> codes, ref sbyte exponent, int position, double value, double weight, long moment)
    {
        var mean = Value(codes[position], exponent);
        Set(codes, ref exponent, position, mean + (weight * (value - mean)), moment);
    }

    /// <summary>Lowers the common power to what is needed, after a long descent.</summary>
    public static void Tighten(Span<byte> codes, ref sbyte exponent)
    {
        byte largest = 0;
        foreach (var code in codes) largest = Math.Max(largest, code);
        var octaves = (MaxCode - largest) / StepsPerOctave;
        if (largest == 0 || octaves == 0 || exponent - octaves < MinExponent) return;
        Shift(codes, octaves * StepsPerOctave);
        exponent -= (sbyte)octaves;
    }

    private static void Rescale(Span<byte> codes, ref sbyte exponent, double value)
    {
        var needed = (sbyte)Math.Clamp(Math.Ceiling(Math.Log2(value)), MinExponent, MaxExponent);
        Shift(codes, (exponent - needed) * StepsPerOctave);
        exponent = needed;
    }

    private static void Shift(Span<byte> codes, int by)
    {
        foreach (ref var code in codes)
        {
            if (code != 0) code = (byte)Math.Clamp(code + by, 0, MaxCode);
        }
    }

    private static double Dither(double value, int position, long moment)
    {
        var bits = unchecked((ulong)BitConverter.DoubleToInt64Bits(value) + ((ulong)moment * 0x9e3779b97f4a7c15) + (uint)position);
        return (ProfileHash.Mix(bits) >> 11) * (1.0 / (1L << 53));
    }

    private static float PowerOf(int steps) => (float)Math.Pow(2, (double)steps / StepsPerOctave);
}
