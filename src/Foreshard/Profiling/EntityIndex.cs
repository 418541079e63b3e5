namespace Foreshard.Profiling;

/// <summary>Where entities' records are, by hash: open addressing with linear probing, 5 bytes a slot. Says where to look; the owner compares.</summary>
/// <remarks>
/// Grows by a quarter when 85 % full, so that between 68 and 85 % of the slots are used: 5.9 to 7.4 bytes an entity. The tag keeps a
/// search from touching the records of other entities.
/// </remarks>
internal sealed class EntityIndex
{
    private const int Empty = -1;

    private int[] places;
    private byte[] tags;
    private int count;

    public EntityIndex()
    {
        places = new int[16];
        tags = new byte[16];
        places.AsSpan().Fill(Empty);
    }

    /// <summary>Whether the next <see cref="Add"/> has to be preceded by <see cref="Clear"/> and adding all again.</summary>
    public bool IsFull => count >= places.Length * 17L / 20;

    /// <summary>Where a search for that hash begins.</summary>
    public int Start(ulong hash) => (int)(((hash >> 32) * (uint)places.Length) >> 32);

    /// <summary>The next record that may be the one, from a slot on; -1 if there is none.</summary>
    public int Next(ulong hash, ref int slot)
    {
        for (; places[slot] != Empty; slot = After(slot))
        {
            if (tags[slot] != TagOf(hash)) continue;
            var place = places[slot];
            slot = After(slot);
            return place;
        }

        return Empty;
    }

    public void Add(ulong hash, int place)
    {
        var slot = Start(hash);
        while (places[slot] != Empty) slot = After(slot);
        places[slot] = place;
        tags[slot] = TagOf(hash);
        count++;
    }

    /// <summary>Points the entry of a record elsewhere.</summary>
    public void Replace(ulong hash, int place, int with) => places[SlotOf(hash, place)] = with;

    /// <summary>Removes the entry of a record and closes the gap, so that later searches don't end in it.</summary>
    /// <param name="hash">The hash of the record's key.</param>
    /// <param name="place">Where the record is.</param>
    /// <param name="hashAt">The hash of the key of the record at a place.</param>
    public void Remove(ulong hash, int place, Func<int, ulong> hashAt)
    {
        var gap = SlotOf(hash, place);
        for (var slot = After(gap); places[slot] != Empty; slot = After(slot))
        {
            var home = Start(hashAt(places[slot]));
            var staysBehindGap = gap <= slot ? gap < home && home <= slot : gap < home || home <= slot;
            if (staysBehindGap) continue;
            places[gap] = places[slot];
            tags[gap] = tags[slot];
            gap = slot;
        }

        places[gap] = Empty;
        count--;
    }

    /// <summary>Empties it, with room for that many and a quarter more.</summary>
    public void Clear(int capacity)
    {
        var slots = Math.Max(16, (int)(capacity * 100L / 68));
        places = new int[slots];
        tags = new byte[slots];
        places.AsSpan().Fill(Empty);
        count = 0;
    }

    private static byte TagOf(ulong hash) => unchecked((byte)hash);

    private int After(int slot) => slot + 1 == places.Length ? 0 : slot + 1;

    private int SlotOf(ulong hash, int place)
    {
        var slot = Start(hash);
        while (places[slot] != place) slot = After(slot);
        return slot;
    }
}
