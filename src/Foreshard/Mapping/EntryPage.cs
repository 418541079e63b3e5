using System.Runtime.CompilerServices;

namespace Foreshard.Mapping;

/// <summary>What a lookup needs of an entry, in the page itself.</summary>
/// <remarks>
/// 64 bytes. <see cref="Key"/> and <see cref="Home"/> lie together, and finding the home reads nothing else: that is one cache miss, two
/// where the slot straddles lines.
/// </remarks>
internal struct EntrySlot
{
    public EntityKey Key;
    public EntityEntry? Entry;

    /// <summary>Placement of the home shard.</summary>
    public Placement Home;

    public bool IsSplit;

    public readonly bool IsEmpty => Key.IsNone;
}

/// <summary>The slots of a page, laid out in the page object itself, so that a lookup doesn't touch an array's header.</summary>
[InlineArray(EntryPage.SlotCount)]
internal struct EntrySlots
{
    private EntrySlot first;
}

/// <summary>One page of the entry table: open addressing, linear probing, by the low bits of the hash.</summary>
/// <remarks>Written only by the editor that made it. Invariant: at least one slot is empty, so that every probe ends.</remarks>
internal sealed class EntryPage
{
    /// <summary>
    /// 32 KB a page: copied in microseconds, and the directory, which every change of entries copies, has 32 KB for a million of them. Were it
    /// above 85 KB, each change would leave garbage that only a collection of the old generation frees.
    /// </summary>
    public const int SlotCount = 512;

    /// <summary>A page with more entries is split: probes of linear probing get longer, and less predictable, the fuller it is.</summary>
    public const int MaxCount = SlotCount / 2;

    private EntrySlots slots;

    public EntryPage(EntryTable.Editor owner, int depth)
    {
        Owner = owner;
        Depth = depth;
    }

    /// <summary>The editor that may write to this page.</summary>
    public EntryTable.Editor Owner { get; }

    /// <summary>How many high bits of the hash all entries of the page share.</summary>
    public int Depth { get; }

    public int Count { get; private set; }

    /// <summary>The slot of the entity, or an empty one if it has none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref readonly EntrySlot Find(in EntityKey entity, ulong hash) => ref Probe(entity, hash);

    /// <summary>The slots with entries, in no particular order.</summary>
    public IEnumerable<EntityEntry> Entries()
    {
        for (var i = 0; i < SlotCount; i++)
        {
            if (slots[i].Entry is { } entry) yield return entry;
        }
    }

    public EntryPage CopyFor(EntryTable.Editor owner)
    {
        var copy = new EntryPage(owner, Depth) { Count = Count };
        ((ReadOnlySpan<EntrySlot>)slots).CopyTo(copy.slots);
        return copy;
    }

    /// <summary>Adds or replaces; false if the page is full.</summary>
    public bool TryPut(EntityEntry entry, ulong hash)
    {
        ref var slot = ref Probe(entry.Entity, hash);
        if (slot.IsEmpty)
        {
            if (Count == MaxCount) return false;
            Count++;
        }

        slot = new EntrySlot { Key = entry.Entity, Entry = entry, Home = entry.HomeShard.Placement, IsSplit = entry.IsSplit };
        return true;
    }

    /// <summary>Removes the entity, which has a slot here, and closes the gap in the probes that ran over it.</summary>
    public void Remove(in EntityKey entity, ulong hash)
    {
        var gap = SlotOf(hash);
        while (slots[gap].Key != entity) gap = (gap + 1) & (SlotCount - 1);
        for (var next = (gap + 1) & (SlotCount - 1); slots[next].Entry is { } entry; next = (next + 1) & (SlotCount - 1))
        {
            var start = SlotOf(EntryTable.HashOf(entry.Entity));
            if (((next - start) & (SlotCount - 1)) < ((next - gap) & (SlotCount - 1))) continue;
            slots[gap] = slots[next];
            gap = next;
        }

        slots[gap] = default;
        Count--;
    }

    private static int SlotOf(ulong hash) => (int)(hash & (SlotCount - 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref EntrySlot Probe(in EntityKey entity, ulong hash)
    {
        ref var first = ref Unsafe.As<EntrySlots, EntrySlot>(ref slots);
        for (var i = (nuint)hash & (SlotCount - 1); ; i++)
        {
            ref var slot = ref Unsafe.Add(ref first, i & (SlotCount - 1));
            if (slot.Key.Low == entity.Low && slot.Key == entity) return ref slot;
            if (slot.IsEmpty) return ref slot;
        }
    }
}
