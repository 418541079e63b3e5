using System.Runtime.InteropServices;

namespace Foreshard.Profiling;

/// <summary>Where the means of a season are: which step is being filled, since when, and what has come in so far; 13 bytes.</summary>
/// <remarks>
/// A position's mean is the plain mean of its first occurrences, and fades from then on: the weight of a new one is never below a floor.
/// Steps without an access count as 0, made up for when the next access comes.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct SeasonClock
{
    /// <summary>The first step seen.</summary>
    public uint Start;

    /// <summary>The step that is being filled.</summary>
    public uint Now;

    /// <summary>What has come in during <see cref="Now"/>.</summary>
    public float Pending;

    /// <summary>The common power of two of the codes.</summary>
    public sbyte Exponent;

    public static SeasonClock StartingAt(uint step) => new() { Start = step, Now = step };

    /// <summary>The weight of the occurrence with that number, from 1.</summary>
    public static double WeightOf(long occurrence, double floor) => Math.Max(1.0 / occurrence, floor);

    /// <summary>What is left of a mean after occurrences of 0: those with the numbers from first to last.</summary>
    public static double Left(long first, long last, double floor)
    {
        var left = 1.0;
        var lastPlain = (long)(1 / floor);
        for (; first <= last && first <= lastPlain; first++) left *= 1 - WeightOf(first, floor);
        return first <= last ? left * Math.Pow(1 - floor, last - first + 1) : left;
    }

    /// <summary>Closes the steps up to the given one.</summary>
    /// <param name="codes">The means.</param>
    /// <param name="step">Which step is to be filled from now on; earlier ones change nothing.</param>
    /// <param name="value">The mean load of the step that was being filled.</param>
    /// <param name="floor">The least weight of a new occurrence.</param>
    public void Advance(Span<byte> codes, uint step, double value, double floor)
    {
        if (step <= Now) return;
        Close(codes, Now, value, floor);
        var idle = Math.Min(step - Now - 1, (uint)codes.Length);
        for (uint i = 1; i <= idle; i++) Fade(codes, Now + i, step - 1, floor);
        if (step / codes.Length != Now / codes.Length) SeasonCodes.Tighten(codes, ref Exponent);
        (Now, Pending) = (step, 0);
    }

    /// <summary>Adds load that belongs to a step already closed, if its position has not come round since.</summary>
    public void AddLate(Span<byte> codes, uint step, double value, double floor)
    {
        if (step < Start || Now - step > codes.Length) return;
        var position = (int)(step % codes.Length);
        var mean = SeasonCodes.Value(codes[position], Exponent);
        SeasonCodes.Set(codes, ref Exponent, position, mean + (value * WeightOf(OccurrenceOf(step, codes.Length), floor)), step);
    }

    /// <summary>Adds the means of another part of the load, both closed up to the same step.</summary>
    public void Merge(Span<byte> codes, in SeasonClock other, ReadOnlySpan<byte> others, double floor)
    {
        var merged = this;
        (merged.Start, merged.Exponent) = (Math.Min(Start, other.Start), 0);
        var values = new double[codes.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (SeasonCodes.Value(codes[i], Exponent) * Known(i, merged, values.Length, floor))
                + (SeasonCodes.Value(others[i], other.Exponent) * other.Known(i, merged, values.Length, floor));
        }

        codes.Clear();
        for (var i = 0; i < values.Length; i++) SeasonCodes.Set(codes, ref merged.Exponent, i, values[i], Now);
        merged.Pending += other.Pending;
        this = merged;
    }

    /// <summary>How often the position of that step has come, that step included.</summary>
    public readonly long OccurrenceOf(long step, int period) => ((step - Start) / period) + 1;

    /// <summary>What a mean since <see cref="Start"/> is as one since an earlier start, with nothing before: less, by the weight of the nothing.</summary>
    private readonly double Known(int position, in SeasonClock since, int period, double floor)
    {
        var closed = Now - 1L;
        var last = closed - ((((closed - position) % period) + period) % period);
        if (last < Start) return 0;
        var all = since.OccurrenceOf(last, period);
        return 1 - Left(all - OccurrenceOf(last, period) + 1, all, floor);
    }

    private void Close(Span<byte> codes, uint step, double value, double floor) => SeasonCodes.Move(
        codes, ref Exponent, (int)(step % codes.Length), value, WeightOf(OccurrenceOf(step, codes.Length), floor), step);

    /// <summary>Lets one position fade for its occurrences without load from one step to another.</summary>
    private void Fade(Span<byte> codes, uint first, uint last, double floor)
    {
        var position = (int)(first % codes.Length);
        if (codes[position] == 0) return;
        var from = OccurrenceOf(first, codes.Length);
        var left = Left(from, from + ((last - first) / codes.Length), floor);
        SeasonCodes.Set(codes, ref Exponent, position, SeasonCodes.Value(codes[position], Exponent) * left, first);
    }
}
