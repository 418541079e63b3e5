using System.Runtime.CompilerServices;

namespace Foreshard.Mapping;

/// <summary>What a lookup of an entity's home reads, and nothing else: 48 bytes, as many as a table of keys and placements must have.</summary>
internal readonly struct EntrySlot
{
    private const int SplitBit = int.MinValue;

    private readonly long epoch;
    private readonly int unit;
    private readonly int partitionAndSplit;

    public EntrySlot(EntityEntry entry)
    {
        var home = entry.HomeShard.Placement;
        Key = entry.Entity;
        epoch = home.Epoch;
        unit = home.Unit.Value;
        partitionAndSplit = entry.IsSplit ? home.Partition.Value | SplitBit : home.Partition.Value;
    }

    public EntityKey Key { get; }

    /// <summary>Placement of the home shard.</summary>
    public Placement Home => new(new UnitId(unit), new PartitionId(partitionAndSplit & ~SplitBit), epoch);

    public bool IsSplit => partitionAndSplit < 0;

    public bool IsEmpty => Key.IsNone;
}

/// <summary>The slots of a page, laid out in the page object itself, so that a lookup doesn't touch an array's header.</summary>
[InlineArray(EntryPage.SlotCount)]
internal struct EntrySlots
{
    private EntrySlot first;
}

/// <summary>The entries of a page, each at the index of its slot.</summary>
[InlineArray(EntryPage.SlotCount)]
internal struct EntryReferences
{
    private EntityEntry? first;
}

/// <summary>One page of the entry table: open addressing, linear probing, by the low bits of the hash.</summary>
/// <remarks>Written only by the editor that made it. Invariant: at least one slot is empty, so that every probe ends.</remarks>
internal sealed class EntryPage
{
    /// <summary>
    /// 28 KB a page: copied in microseconds, and the directory, which every change of entries copies, has 32 KB for a million of them. Were it
    /// above 85 KB, each change would leave garbage that only a collection of the old generation frees.
    /// </summary>
    public const int SlotCount = 512;

    /// <summary>A page with more entries is split: probes of linear probing get longer, and less predictable, the fuller it is.</summary>
    public const int MaxCount = SlotCount / 2;

    private EntrySlots slots;
    private EntryReferences entries;

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
    public ref readonly EntrySlot Find(in EntityKey entity, ulong hash)
    {
        ref var first = ref Unsafe.As<EntrySlots, EntrySlot>(ref slots);
        for (var i = (nuint)hash & (SlotCount - 1); ; i++)
        {
            ref var slot = ref Unsafe.Add(ref first, i & (SlotCount - 1));
            if (slot.Key.Low == entity.Low && slot.Key == entity) return ref slot;
            if (slot.IsEmpty) return ref slot;
        }
    }

    /// <summary>The entity's entry; null if it has none.</summary>
    public EntityEntry? EntryOf(in EntityKey entity, ulong hash) => entries[IndexOf(entity, hash)];

    public IEnumerable<EntityEntry> Entries()
    {
        for (var i = 0; i < SlotCount; i++)
        {
            if (entries[i] is { } entry) yield return entry;
        }
    }

    public EntryPage CopyFor(EntryTable.Editor owner)
    {
        var copy = new EntryPage(owner, Depth) { Count = Count };
        ((ReadOnlySpan<EntrySlot>)slots).CopyTo(copy.slots);
        ((ReadOnlySpan<EntityEntry?>)entries).CopyTo(copy.entries);
        return copy;
    }

    /// <summary>Adds or replaces; false if the page is full.</summary>
    public bool TryPut(EntityEntry entry, ulong hash)
    {
        var index = IndexOf(entry.Entity, hash);
        if (entries[index] is null)
        {
            if (Count == MaxCount) return false;
            Count++;
        }

        slots[index] = new EntrySlot(entry);
        entries[index] = entry;
        return true;
    }

    /// <summary>Removes the entity, which has a slot here, and closes the gap in the probes that ran over it.</summary>
    public void Remove(in EntityKey entity, ulong hash)
    {
        var gap = IndexOf(entity, hash);
        for (var next = Next(gap); entries[next] is { } entry; next = Next(next))
        {
            var start = StartOf(EntryTable.HashOf(entry.Entity));
            if (Distance(start, next) < Distance(gap, next)) continue;
            (slots[gap], entries[gap]) = (slots[next], entry);
            gap = next;
        }

        (slots[gap], entries[gap]) = (default, null);
        Count--;
    }

    private static int StartOf(ulong hash) => (int)(hash & (SlotCount - 1));

    private static int Next(int index) => (index + 1) & (SlotCount - 1);

    private static int Distance(int from, int to) => (to - from) & (SlotCount - 1);

    /// <summary>Where the entity's slot is, or the empty one where it would be.</summary>
    private int IndexOf(in EntityKey entity, ulong hash)
    {
        var index = StartOf(hash);
        while (!slots[index].IsEmpty && slots[index].Key != entity) index = Next(index);
        return index;
    }
}
