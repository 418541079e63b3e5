namespace Foreshard.Profiling;

/// <summary>A list that grows by pages, so that no more than a page of room lies idle and nothing is copied when it grows.</summary>
internal sealed class RecordPages<T>(int pageBits)
    where T : struct
{
    private readonly List<T[]> pages = [];
    private readonly int mask = (1 << pageBits) - 1;

    public int Count { get; private set; }

    public ref T this[int index] => ref pages[index >> pageBits][index & mask];

    /// <summary>Adds one with its default value.</summary>
    /// <returns>Where it is.</returns>
    public int Add()
    {
        if (Count >> pageBits == pages.Count) pages.Add(new T[mask + 1]);
        return Count++;
    }

    /// <summary>Removes the last one, and its page with it if that is empty and another is to spare.</summary>
    public void RemoveLast()
    {
        Count--;
        this[Count] = default;
        if (pages.Count - (Count >> pageBits) > 2) pages.RemoveAt(pages.Count - 1);
    }
}
