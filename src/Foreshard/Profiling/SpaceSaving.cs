namespace Foreshard.Profiling;

/// <summary>The heaviest items of a stream in a fixed number of counters (Metwally, Agrawal, El Abbadi 2005), with weights that fade.</summary>
/// <remarks>
/// An item that is counted has at most its counter's weight, and at least that less its error; an item that isn't counted has at most the
/// smallest counter's weight if all counters are taken, and none otherwise. All weights fade alike, so this holds at any time. A counter
/// without weight is free. Equal weights: the item that comes last in order leaves, so that the result doesn't hang on luck.
/// </remarks>
internal static class SpaceSaving
{
    /// <summary>Weights below are dust that only slows the processor down.</summary>
    private const float Dust = 1e-30f;

    /// <summary>Counts an item with a weight above 0.</summary>
    public static void Add<T>(Span<T> counters, in T added)
        where T : struct, ICounter<T>
    {
        var (free, least) = (-1, -1);
        for (var i = 0; i < counters.Length; i++)
        {
            ref var counter = ref counters[i];
            if (counter.Weight == 0) free = i;
            else if (counter.SameItem(added))
            {
                counter.Add(added);
                return;
            }
            else if (least < 0 || IsLess(counter, counters[least])) least = i;
        }

        if (free >= 0)
        {
            counters[free] = added;
            return;
        }

        var next = added;
        next.Follow(counters[least]);
        counters[least] = next;
    }

    /// <summary>Lets all weights fade.</summary>
    public static void Scale<T>(Span<T> counters, float factor)
        where T : struct, ICounter<T>
    {
        foreach (ref var counter in counters)
        {
            if (counter.Weight == 0) continue;
            counter.Scale(factor);
            if (counter.Weight < Dust) counter = default;
        }
    }

    public static bool IsEmpty<T>(ReadOnlySpan<T> counters)
        where T : struct, ICounter<T>
    {
        foreach (ref readonly var counter in counters)
        {
            if (counter.Weight > 0) return false;
        }

        return true;
    }

    /// <summary>Adds the counters of another part of the stream (Agarwal and others 2012): what one side doesn't count may have had its least.</summary>
    public static void Merge<T>(Span<T> counters, ReadOnlySpan<T> others)
        where T : struct, ICounter<T>
    {
        var (ours, theirs) = (LeastIfFull<T>(counters), LeastIfFull(others));
        var all = new List<T>(counters.Length + others.Length);
        foreach (ref readonly var counter in counters)
        {
            if (counter.Weight > 0) all.Add(Joined(counter, others, theirs));
        }

        foreach (ref readonly var counter in others)
        {
            if (counter.Weight > 0 && IndexOf<T>(counters, counter) < 0) all.Add(Joined(counter, default, ours));
        }

        all.Sort(static (left, right) => IsLess(right, left) ? -1 : IsLess(left, right) ? 1 : 0);
        counters.Clear();
        for (var i = 0; i < Math.Min(counters.Length, all.Count); i++) counters[i] = all[i];
    }

    private static T Joined<T>(T counter, ReadOnlySpan<T> others, in T least)
        where T : struct, ICounter<T>
    {
        var at = IndexOf(others, counter);
        if (at >= 0) counter.Add(others[at]);
        else if (least.Weight > 0) counter.Follow(least);
        return counter;
    }

    private static int IndexOf<T>(ReadOnlySpan<T> counters, in T item)
        where T : struct, ICounter<T>
    {
        for (var i = 0; i < counters.Length; i++)
        {
            if (counters[i].Weight > 0 && counters[i].SameItem(item)) return i;
        }

        return -1;
    }

    private static T LeastIfFull<T>(ReadOnlySpan<T> counters)
        where T : struct, ICounter<T>
    {
        var least = counters[0];
        foreach (ref readonly var counter in counters)
        {
            if (counter.Weight == 0) return default;
            if (IsLess(counter, least)) least = counter;
        }

        return least;
    }

    private static bool IsLess<T>(in T left, in T right)
        where T : struct, ICounter<T> =>
        left.Weight < right.Weight || (left.Weight == right.Weight && left.CompareItem(right) > 0);
}
