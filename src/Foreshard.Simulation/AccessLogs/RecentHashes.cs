using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Foreshard.Simulation.AccessLogs;

/// <summary>The hashes of the last lines: at least of the last so many, at most of twice as many. Not safe for concurrent use.</summary>
/// <remarks>
/// Two generations in one open-addressing table, so that most lines touch one place in memory. When the younger is full, the older is
/// thrown out. Compares 62 bits: by chance it takes a line for one of a window of a million about once in two trillion lines.
/// </remarks>
/// <param name="window">How many are certain to be found.</param>
internal sealed class RecentHashes(int window)
{
    private const int FirstCapacity = 1024;

    /// <summary>Tells the generation; the bit above is always set, since 0 marks free places.</summary>
    private const ulong GenerationBit = 1;

    private const ulong SetBit = 2;

    private readonly int capacityMax = (int)BitOperations.RoundUpToPowerOf2((uint)window * 4);
    private ulong[] table = new ulong[Math.Min(FirstCapacity, (int)BitOperations.RoundUpToPowerOf2((uint)window * 4))];
    private ulong[] kept = [];
    private ulong generation;
    private int young;
    private int old;

    public bool Contains(ulong hash) => table[Find(hash)] != 0;

    /// <summary>Has the processor fetch the place of a hash that will be asked for soon: it is mostly in no cache, and a line takes as long to read.</summary>
    public unsafe void Prefetch(ulong hash)
    {
        // A hint: if the collector moves the table meanwhile, it fetches something else and does no harm.
        if (Sse.IsSupported) Sse.Prefetch0(Unsafe.AsPointer(ref table[Place(hash)]));
    }

    /// <summary>Adds one that isn't there.</summary>
    public void Add(ulong hash)
    {
        if (young == window)
        {
            generation ^= GenerationBit;
            (young, old) = (0, young);
            Rebuild(table.Length);
        }
        else if (2 * (young + old + 1) > table.Length && table.Length < capacityMax)
        {
            Rebuild(table.Length * 2);
        }

        table[Find(hash)] = (hash & ~GenerationBit) | SetBit | generation;
        young++;
    }

    /// <summary>Puts all that stay into a table of that size.</summary>
    /// <remarks>Places go by the upper bits, so the hashes come out and go in almost sorted: memory is walked through, not jumped in.</remarks>
    private void Rebuild(int capacity)
    {
        var count = young + old;
        if (kept.Length < count) kept = new ulong[Math.Max(count, Math.Min(2 * count, 2 * window))];
        var at = 0;
        foreach (var one in table)
        {
            if (one != 0 && (young > 0 || (one & GenerationBit) != generation)) kept[at++] = one;
        }

        if (capacity == table.Length) Array.Clear(table);
        else table = new ulong[capacity];
        foreach (var one in kept.AsSpan(0, at)) table[Find(one)] = one;
    }

    /// <summary>The place of a hash, or the free one where it belongs. At most half of the places are taken, so there is one.</summary>
    private int Find(ulong hash)
    {
        var table = this.table;
        var wanted = hash | SetBit | GenerationBit;
        var at = Place(hash);
        while (table[at] != 0 && (table[at] | GenerationBit) != wanted) at = (at + 1) & (table.Length - 1);
        return at;
    }

    private int Place(ulong hash) => (int)(hash >> (64 - BitOperations.Log2((uint)table.Length)));
}
