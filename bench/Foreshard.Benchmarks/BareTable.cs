using Foreshard.Mapping;

namespace Foreshard.Benchmarks;

/// <summary>What a lookup is measured against: one flat array, open addressing, load at most one half, no versions, no changes.</summary>
internal sealed class BareTable
{
    private readonly Slot[] slots;
    private readonly Placement[] buckets;
    private readonly int mask;

    public BareTable(MappingSnapshot snapshot)
    {
        mask = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)snapshot.EntryCount * 2) - 1;
        slots = new Slot[mask + 1];
        buckets = [.. Enumerable.Range(0, snapshot.BucketCount).Select(bucket => snapshot.PlacementOf(new UnitId(bucket)))];
        foreach (var entry in snapshot.Entries())
        {
            var i = StartOf(entry.Entity);
            while (!slots[i].Key.IsNone) i = (i + 1) & mask;
            slots[i] = new Slot { Key = entry.Entity, Home = entry.HomeShard.Placement };
        }
    }

    public Placement Find(in EntityKey entity)
    {
        var table = slots;
        for (var i = StartOf(entity); ; i++)
        {
            ref var slot = ref table[i & mask];
            if (slot.Key == entity) return slot.Home;
            if (slot.Key.IsNone) return buckets[KeyHash.BucketOf(entity, buckets.Length)];
        }
    }

    private int StartOf(in EntityKey entity) => (int)(EntryTable.HashOf(entity) & (uint)mask);

    private struct Slot
    {
        public EntityKey Key;
        public Placement Home;
    }
}
