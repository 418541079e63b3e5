using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Foreshard.Profiling;

/// <summary>Counters by key: open addressing over a dense array, filled again and again without allocating. One thread at a time.</summary>
/// <remarks>
/// A slot of four bytes holds where an entry is and ten bits of its key's hash: small enough to stay near the processor, and a search
/// reads hardly any entry but the right one. Entries lie in the order of their coming, so those that are used most lie together. At most
/// half of the slots are used.
/// </remarks>
internal sealed class TallyTable<TKey, TTally>
    where TKey : struct, ITallyKey<TKey>
    where TTally : struct
{
    /// <summary>Most keys.</summary>
    public const int MaxCount = (1 << PlaceBits) - 1;

    private const int FirstCapacity = 64;
    private const int PlaceBits = 22;
    private const uint PlaceMask = MaxCount;

    private uint[] slots = new uint[FirstCapacity * 2];
    private Entry[] entries = new Entry[FirstCapacity];

    public int Count { get; private set; }

    /// <summary>The entry at that place, in the order of their adding.</summary>
    public ref Entry this[int index] => ref entries[index];

    /// <summary>The counter of that key, or a null reference if it has none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref TTally Find(in TKey key, uint hash)
    {
        var table = slots;
        var mask = table.Length - 1;
        for (var i = unchecked((int)hash) & mask; ; i = (i + 1) & mask)
        {
            var slot = table[i];
            if (slot == 0) return ref Unsafe.NullRef<TTally>();
            if (((slot ^ hash) & ~PlaceMask) != 0) continue;
            ref var entry = ref entries[(int)(slot & PlaceMask) - 1];
            if (entry.Key.SameAs(key)) return ref entry.Tally;
        }
    }

    /// <summary>Makes a counter for a key that has none.</summary>
    public ref TTally Add(in TKey key, uint hash)
    {
        if (Count == entries.Length) Grow();
        Debug.Assert(Count < MaxCount, "The limits of an interval are below what a slot can name.");
        ref var entry = ref entries[Count++];
        entry = new Entry { Key = key };
        Place(hash, Count);
        return ref entry.Tally;
    }

    /// <summary>Forgets all keys and keeps the room.</summary>
    public void Clear()
    {
        if (Count == 0) return;
        Array.Clear(slots);
        Array.Clear(entries, 0, Count);
        Count = 0;
    }

    private void Grow()
    {
        Array.Resize(ref entries, entries.Length * 2);
        slots = new uint[slots.Length * 2];
        for (var i = 0; i < Count; i++) Place(entries[i].Key.Hash(), i + 1);
    }

    private void Place(uint hash, int place)
    {
        var mask = slots.Length - 1;
        var i = unchecked((int)hash) & mask;
        while (slots[i] != 0) i = (i + 1) & mask;
        slots[i] = (hash & ~PlaceMask) | (uint)place;
    }

    internal struct Entry
    {
        public TKey Key;
        public TTally Tally;
    }
}
