namespace Foreshard.Profiling;

/// <summary>Limits of all <see cref="DetailPool{T}"/>.</summary>
internal static class DetailPool
{
    /// <summary>More details than that would be 16 GB and a wrong budget.</summary>
    public const int MaxCount = 1 << 24;
}

/// <summary>Details of entities, given out and taken back by their place.</summary>
internal sealed class DetailPool<T>
    where T : struct
{
    private const int PageBits = 6;

    private readonly RecordPages<T> pages = new(PageBits);
    private readonly Stack<int> free = new();

    /// <summary>How many are given out.</summary>
    public int Count => pages.Count - free.Count;

    public ref T this[uint place] => ref pages[(int)place];

    public uint Take() => (uint)(free.TryPop(out var place) ? place : pages.Add());

    public void Give(uint place)
    {
        pages[(int)place] = default;
        free.Push((int)place);
    }
}
