namespace Foreshard.Profiling;

/// <summary>The profiles of all entities. Owned by one thread; the same calls in the same order give the same profiles, to the byte.</summary>
/// <remarks>
/// Every entity has a record of 55 bytes; those of the warm and hot tier have details beside it. An entity without accesses costs no
/// time: averages are made up for when they are read. Slots are those of <see cref="SlotGrid"/>.
/// </remarks>
internal sealed partial class ProfileSet
{
    private const int MaxLabels = ushort.MaxValue;
    private const int MaxGroupNames = 1 << 20;

    private readonly EntityTable entities = new();
    private readonly DetailPool<WarmDetail> warm = new();
    private readonly DetailPool<HotDetail> hot = new();
    private readonly NameTable labels = new(MaxLabels);
    private readonly NameTable groupNames = new(MaxGroupNames);
    private readonly SlotTimes times;

    /// <exception cref="ArgumentException">The options don't hold.</exception>
    public ProfileSet(SlotGrid grid, ProfileOptions options)
    {
        options.Validate();
        Grid = grid;
        Options = options;
        times = new SlotTimes(grid, options);
    }

    public SlotGrid Grid { get; }

    public ProfileOptions Options { get; }

    /// <summary>How many entities are known.</summary>
    public int Count => entities.Count;

    /// <summary>How many entities left because there were more than <see cref="ProfileOptions.MaxEntities"/>.</summary>
    public long CrowdedOut { get; private set; }

    /// <summary>How many entities left because nothing had asked for them during <see cref="ProfileOptions.Retention"/>.</summary>
    public long Forgotten { get; private set; }

    public int CountOf(ProfileTier tier) => tier switch
    {
        ProfileTier.Hot => hot.Count,
        ProfileTier.Warm => warm.Count,
        _ => entities.Count - warm.Count - hot.Count,
    };

    public bool Contains(in EntityKey entity) => entities.Find(entity) >= 0;

    /// <summary>Takes in a size that a partition reports. Older ones than the newest are left out.</summary>
    /// <returns>False if the entity is not known: nothing asked for it, and nothing is kept.</returns>
    public bool ObserveSize(in EntityKey entity, DateTime timeUtc, long bytes, long rows)
    {
        var place = entities.Find(entity);
        if (place < 0) return false;

        ref var record = ref entities[place];
        var isNewest = record.Tier == ProfileTier.Cold
            || CommonOf(record).Size.Observe(SlotTimes.SecondsOf(timeUtc), bytes, rows, times.GrowthDays);
        if (isNewest) record.Size = bytes;
        return true;
    }

    private ref CommonDetail CommonOf(in EntityRecord record)
    {
        if (record.Tier == ProfileTier.Hot) return ref hot[record.FirstOrDetail].Core.Common;
        return ref warm[record.FirstOrDetail].Common;
    }

    private uint FirstOf(in EntityRecord record) => record.Tier == ProfileTier.Cold ? record.FirstOrDetail : CommonOf(record).First;

    /// <summary>The load of the moment: the larger of the two averages at the end of a slot, in cost units per second.</summary>
    private double LoadOf(in EntityRecord record, uint slot)
    {
        var idle = slot > record.Slot ? slot - record.Slot : 0;
        return Math.Max(
            record.CostFast * SlotTimes.Left(idle, times.FastSlots), record.CostSlow * SlotTimes.Left(idle, times.SlowSlots));
    }
}
