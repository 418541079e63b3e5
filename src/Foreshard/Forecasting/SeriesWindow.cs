using System.Runtime.InteropServices;

namespace Foreshard.Forecasting;

/// <summary>The remembered loads of one series in order of time, ready to compute with. Scratch: made once per thread and filled again and again.</summary>
internal sealed class SeriesWindow
{
    private readonly float[] loads;
    private readonly float[] logarithms;

    public SeriesWindow(SeriesLayout layout)
    {
        Day = layout.Day;
        Week = layout.Week;
        loads = new float[layout.RingLength];
        logarithms = new float[layout.RingLength];
    }

    /// <summary>Base slots of a day.</summary>
    public int Day { get; }

    /// <summary>Base slots of a week.</summary>
    public int Week { get; }

    /// <summary>Base slots that are remembered.</summary>
    public int Count { get; private set; }

    /// <summary>The loads, oldest first.</summary>
    public ReadOnlySpan<float> Loads => loads.AsSpan(0, Count);

    /// <summary>Added before a logarithm is taken: a tenth of the mean load.</summary>
    public float LogOffset { get; private set; }

    /// <summary>The logarithms of <see cref="Loads"/> plus <see cref="LogOffset"/>; filled by <see cref="TakeLogarithms"/>.</summary>
    public ReadOnlySpan<float> Logarithms => logarithms.AsSpan(0, Count);

    /// <summary>Fills the window.</summary>
    /// <param name="series">What is remembered.</param>
    /// <param name="open">The base slot that is open: the first that isn't known.</param>
    public void Read(SeriesView series, long open)
    {
        var ringLength = series.Layout.RingLength;
        Count = Math.Min(series.Head.Known, ringLength);
        var start = (int)((open - Count) % ringLength);
        var first = Math.Min(Count, ringLength - start);
        var scale = series.Head.Scale;
        int missing;
        if (series.Layout.Tier == SeriesTier.Hot)
        {
            var codes = MemoryMarshal.Cast<byte, ushort>(series.Ring);
            missing = LoadRing.Read(codes.Slice(start, first), scale, loads);
            missing += LoadRing.Read(codes[..(Count - first)], scale, loads.AsSpan(first));
            if (missing > 0) Fill(codes, start);
        }
        else
        {
            missing = LoadRing.Read(series.Ring.Slice(start, first), scale, loads);
            missing += LoadRing.Read(series.Ring[..(Count - first)], scale, loads.AsSpan(first));
            if (missing > 0) Fill(series.Ring, start);
        }
    }

    /// <summary>Fills the window with loads that are at hand, for tests.</summary>
    public void Read(ReadOnlySpan<float> known)
    {
        Count = Math.Min(known.Length, loads.Length);
        known[^Count..].CopyTo(loads);
    }

    /// <summary>Fills <see cref="Logarithms"/>.</summary>
    public void TakeLogarithms()
    {
        var recent = Loads[Math.Max(0, Count - (2 * Week))..];
        LogOffset = Math.Max(0.1f * Mean(recent), 1e-9f);
        System.Numerics.Tensors.TensorPrimitives.Add(Loads, LogOffset, logarithms);
        System.Numerics.Tensors.TensorPrimitives.Log(logarithms.AsSpan(0, Count), logarithms);
    }

    public static float Mean(ReadOnlySpan<float> values) =>
        values.IsEmpty ? 0 : System.Numerics.Tensors.TensorPrimitives.Sum(values) / values.Length;

    private void Fill<T>(ReadOnlySpan<T> codes, int start)
        where T : unmanaged, IEquatable<T>
    {
        var missing = typeof(T) == typeof(ushort) ? (T)(object)LoadRing.WideMissing : (T)(object)LoadRing.NarrowMissing;
        var mean = 0.0;
        var known = 0;
        for (var i = 0; i < Count; i++)
        {
            if (codes[(start + i) % codes.Length].Equals(missing)) continue;
            mean += loads[i];
            known++;
        }

        if (known > 0) mean /= known;
        for (var i = 0; i < Count; i++)
        {
            if (codes[(start + i) % codes.Length].Equals(missing)) loads[i] = i >= Week ? loads[i - Week] : i >= Day ? loads[i - Day] : (float)mean;
        }
    }
}
