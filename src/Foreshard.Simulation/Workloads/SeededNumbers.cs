using System.Numerics;

namespace Foreshard.Simulation.Workloads;

/// <summary>Random numbers that are the same on every machine and in every version: xoshiro256** (Blackman and Vigna, 2018).</summary>
/// <remarks>The state comes from the seed and a stream number by SplitMix64, so that any slot can be drawn without those before it.</remarks>
internal struct SeededNumbers
{
    /// <summary>From this mean on, a Poisson number is drawn as a rounded normal one: its skewness, 1/√mean, is below 0.13 then.</summary>
    public const double NormalFrom = 64;

    private ulong a;
    private ulong b;
    private ulong c;
    private ulong d;
    private double spare;
    private bool hasSpare;

    public SeededNumbers(long seed, long stream)
    {
        unchecked
        {
            var state = ((ulong)seed * 0x9e3779b97f4a7c15) ^ Mixed((ulong)stream + 0x632be59bd9b4e019);
            a = Next(ref state);
            b = Next(ref state);
            c = Next(ref state);
            d = Next(ref state);
        }
    }

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        unchecked
        {
            var result = BitOperations.RotateLeft(b * 5, 7) * 9;
            var shifted = b << 17;
            c ^= a;
            d ^= b;
            b ^= c;
            a ^= d;
            c ^= shifted;
            d = BitOperations.RotateLeft(d, 45);
            return result;
        }
    }

    /// <summary>Even from 0 to below 1.</summary>
    public double NextUnit() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Normal, with mean 0 and variance 1 (Marsaglia's polar method).</summary>
    public double NextNormal()
    {
        if (hasSpare)
        {
            hasSpare = false;
            return spare;
        }

        double x, y, square;
        do
        {
            x = (2 * NextUnit()) - 1;
            y = (2 * NextUnit()) - 1;
            square = (x * x) + (y * y);
        }
        while (square is >= 1 or 0);

        var factor = Math.Sqrt(-2 * Math.Log(square) / square);
        spare = y * factor;
        hasSpare = true;
        return x * factor;
    }

    /// <summary>A Poisson number: how many of events that come independently at that mean. By counting below <see cref="NormalFrom"/>.</summary>
    /// <param name="mean">0 or more.</param>
    public double NextPoisson(double mean)
    {
        if (mean <= 0) return 0;
        if (mean >= NormalFrom) return Math.Max(0, Math.Round(mean + (Math.Sqrt(mean) * NextNormal())));
        var limit = Math.Exp(-mean);
        var count = 0;
        for (var product = NextUnit(); product > limit; product *= NextUnit()) count++;
        return count;
    }

    private static ulong Next(ref ulong state)
    {
        unchecked
        {
            state += 0x9e3779b97f4a7c15;
            return Mixed(state);
        }
    }

    private static ulong Mixed(ulong value)
    {
        unchecked
        {
            value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
            value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
            return value ^ (value >> 31);
        }
    }
}
