using System.Runtime.CompilerServices;

namespace Foreshard.Profiling;

/// <summary>Counters by key: open addressing over a dense array, filled again and again without allocating. One thread at a time.</summary>
/// <remarks>
/// A slot holds a key's hash and where its entry is, so that a search reads no entry but the right one, and growing moves no entry's
/// slot by computing its hash anew. At most half of the slots are used.
/// </remarks>
internal sealed class TallyTable<TKey, TTally>
    where TKey : struct, ITallyKey<TKey>
    where TTally : struct
{
    private const int FirstCapacity = 64;

    private ulong[] slots = new ulong[FirstCapacity * 2];
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
            if ((uint)(slot >> 32) != hash) continue;
            ref var entry = ref entries[unchecked((int)(uint)slot) - 1];
            if (entry.Key.SameAs(key)) return ref entry.Tally;
        }
    }

    /// <summary>Makes a counter for a key that has none.</summary>
    public ref TTally Add(in TKey key, uint hash)
    {
        if (Count == entries.Length) Grow();
        ref var entry = ref entries[Count++];
        entry = new Entry { Key = key };
        Place(((ulong)hash << 32) | (uint)Count);
        return ref entry.Tally;
    }

    /// <summary>The counter of that key, made if it has none.</summary>
    public ref TTally FindOrAdd(in TKey key, uint hash)
    {
        ref var tally = ref Find(key, hash);
        if (Unsafe.IsNullRef(ref tally)) return ref Add(key, hash);
        return ref tally;
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
        var old = slots;
        slots = new ulong[old.Length * 2];
        foreach (var slot in old)
        {
            if (slot != 0) Place(slot);
        }
    }

    private void Place(ulong slot)
    {
        var mask = slots.Length - 1;
        var i = (int)((slot >> 32) & (uint)mask);
        while (slots[i] != 0) i = (i + 1) & mask;
        slots[i] = slot;
    }

    internal struct Entry
    {
        public TKey Key;
        public TTally Tally;
    }
}
