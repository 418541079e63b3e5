namespace Foreshard.Simulation.AccessLogs;

/// <summary>The hashes of the last lines: at least of the last so many, at most of twice as many. Not safe for concurrent use.</summary>
/// <remarks>
/// Two open-addressing tables; when the younger is full, the older is cleared and takes its place. Two of a hundred million lines share a
/// 64-bit hash within a window of a million by chance once in a hundred thousand logs.
/// </remarks>
/// <param name="window">How many are certain to be found.</param>
internal sealed class RecentHashes(int window)
{
    private ulong[] young = new ulong[Math.Min(1024, Capacity(window))];
    private ulong[] old = [0];
    private int count;

    public bool Contains(ulong hash)
    {
        hash = Nonzero(hash);
        return young[Find(young, hash)] == hash || old[Find(old, hash)] == hash;
    }

    /// <summary>Adds one that isn't there.</summary>
    public void Add(ulong hash)
    {
        if (count == window)
        {
            (young, old) = (old.Length == young.Length ? old : new ulong[young.Length], young);
            Array.Clear(young);
            count = 0;
        }
        else if (2 * (count + 1) > young.Length)
        {
            var grown = new ulong[young.Length * 2];
            foreach (var one in young)
            {
                if (one != 0) grown[Find(grown, one)] = one;
            }

            young = grown;
        }

        hash = Nonzero(hash);
        young[Find(young, hash)] = hash;
        count++;
    }

    private static int Capacity(int window) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)window * 2);

    /// <summary>0 marks free places.</summary>
    private static ulong Nonzero(ulong hash) => hash == 0 ? 1 : hash;

    /// <summary>The place of a hash, or the free one where it belongs. At most half of the places are taken, so there is one.</summary>
    private static int Find(ulong[] table, ulong hash)
    {
        var mask = table.Length - 1;
        var at = (int)(hash & (ulong)mask);
        while (table[at] != 0 && table[at] != hash) at = (at + 1) & mask;
        return at;
    }
}
