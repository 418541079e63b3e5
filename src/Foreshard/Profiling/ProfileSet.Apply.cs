namespace Foreshard.Profiling;

internal sealed partial class ProfileSet
{
    /// <summary>Takes in the accesses of one slot. Slots may come more than once, and late.</summary>
    /// <param name="interval">The slot's accesses.</param>
    /// <param name="slot">Which slot of <see cref="Grid"/>.</param>
    /// <param name="isWellPlaced">
    /// Whether an entity and a partner are where they should be already, so that the pair needs no counter; null if no pair is.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The slot is before 1970 or after 2106.</exception>
    public void Apply(AccessInterval interval, long slot, Func<EntityKey, EntityKey, bool>? isWellPlaced = null)
    {
        var at = times.Short(slot);
        for (var first = 0; first < interval.RowCount;)
        {
            var end = interval.SumOf(first, out var sum);
            var place = entities.FindOrAdd(interval.Row(first).Key.Entity, out var isNew);
            ref var record = ref entities[place];
            if (isNew) Begin(ref record, at);
            else if (at > record.Slot) FadeTo(ref record, at);

            entities.AddTotals(place, sum);
            AddRates(ref record, sum, at);
            if (record.Tier > ProfileTier.Cold) AddDetails(ref record, interval, first, end, sum, at);
            first = end;
        }

        for (var i = 0; i < interval.EdgeCount; i++) AddPartner(interval.Edge(i).Key, interval.Edge(i).Tally, at, isWellPlaced);
        if (Count > Options.MaxEntities) Crowd();
    }

    private void Begin(ref EntityRecord record, uint slot)
    {
        record.Slot = slot;
        record.FirstOrDetail = SlotTimes.SecondsOf(times.StartOf(slot));
    }

    /// <summary>Brings an entity's averages to the end of a later slot.</summary>
    private void FadeTo(ref EntityRecord record, uint slot)
    {
        var slots = slot - record.Slot;
        var (fast, slow) = (SlotTimes.Left(slots, times.FastSlots), SlotTimes.Left(slots, times.SlowSlots));
        record.CostFast = (float)(record.CostFast * fast);
        record.CostSlow = (float)(record.CostSlow * slow);
        record.Slot = slot;
        record.LastPart = 0;
        if (record.Tier == ProfileTier.Cold) return;

        var mix = SlotTimes.Left(slots, times.MixSlots);
        if (record.Tier == ProfileTier.Hot) hot[record.FirstOrDetail].Fade(fast, slow, mix);
        else warm[record.FirstOrDetail].Fade(fast, slow, mix);
    }

    private void AddRates(ref EntityRecord record, in AccessTally sum, uint slot)
    {
        var late = record.Slot - slot;
        var rate = sum.Cost / times.Seconds;
        record.CostFast = (float)(record.CostFast + (rate * times.FastGain * SlotTimes.Left(late, times.FastSlots)));
        record.CostSlow = (float)(record.CostSlow + (rate * times.SlowGain * SlotTimes.Left(late, times.SlowSlots)));
        if (late > 0) AddLate(ref record, slot);
        else record.LastPart = Math.Max(record.LastPart, PartOf(sum.LastTicks, slot));
    }

    /// <summary>An entity may turn out to be older than was known.</summary>
    private void AddLate(ref EntityRecord record, uint slot)
    {
        var start = SlotTimes.SecondsOf(times.StartOf(slot));
        ref var first = ref record.FirstOrDetail;
        if (record.Tier > ProfileTier.Cold) first = ref CommonOf(record).First;
        first = Math.Min(first, start);
    }

    /// <summary>Where in a slot a moment is, in parts of 256; the nearest end if it is outside.</summary>
    private byte PartOf(long ticks, uint slot) =>
        (byte)(Math.Clamp((ticks - times.StartOf(slot).Ticks) / (double)Grid.SlotLength.Ticks, 0, 0.999) * 256);

    private void AddDetails(ref EntityRecord record, AccessInterval interval, int first, int end, in AccessTally sum, uint slot)
    {
        var late = record.Slot - slot;
        var (fast, slow) = (times.FastGain * SlotTimes.Left(late, times.FastSlots), times.SlowGain * SlotTimes.Left(late, times.SlowSlots));
        CommonOf(record).Flow.Add(sum.Reads / times.Seconds, sum.Writes / times.Seconds, fast, slow);

        var fade = SlotTimes.Left(late, times.MixSlots);
        if (record.Tier == ProfileTier.Warm)
        {
            ref var detail = ref warm[record.FirstOrDetail];
            detail.Shape.Add(slot, sum.Cost, times);
            for (var i = first; i < end; i++) AddMix(detail.Segments, detail.Regions, interval.Row(i), fade);
            return;
        }

        ref var core = ref hot[record.FirstOrDetail].Core;
        core.Shape.Add(slot, sum.Cost, times);
        for (var i = first; i < end; i++)
        {
            AddMix(core.Segments, core.Regions, interval.Row(i), fade);
            AddGroup(ref core, interval.Row(i), fade * times.MixGain / times.Seconds);
        }
    }

    private void AddMix(
        Span<MixCounter> segments, Span<MixCounter> regions, in TallyTable<AccessKey, AccessTally>.Entry row, double fade)
    {
        var accesses = (float)(row.Tally.Accesses * fade);
        if (accesses == 0) return;
        SpaceSaving.Add(segments, new MixCounter { Label = (ushort)labels.Of(row.Key.Segment), Accesses = accesses });
        SpaceSaving.Add(regions, new MixCounter { Label = (ushort)labels.Of(row.Key.Region), Accesses = accesses });
    }

    private void AddGroup(ref HotCore core, in TallyTable<AccessKey, AccessTally>.Entry row, double perSecond)
    {
        var group = row.Key.Group;
        var load = (float)(row.Tally.Cost * perSecond);
        if (group.IsNone || load == 0) return;
        if (group.Kind != core.GroupKind)
        {
            // The column's type has changed: what was counted by the old one means nothing any more.
            core.Groups.Clear();
            core.GroupKind = group.Kind;
        }

        SpaceSaving.Add(core.Groups, new GroupCounter
        {
            Position = group.Segment is { } name ? groupNames.Of(name) : group.Position,
            Load = load,
            BytesRate = (float)(row.Tally.Bytes * perSecond),
        });
    }

    private void AddPartner(in CoAccess edge, long count, uint slot, Func<EntityKey, EntityKey, bool>? isWellPlaced)
    {
        var place = entities.Find(edge.Entity);
        if (place < 0 || entities[place].Tier != ProfileTier.Hot) return;
        if (isWellPlaced is not null && isWellPlaced(edge.Entity, edge.Partner)) return;

        ref var record = ref entities[place];
        var times = (float)(count * SlotTimes.Left(record.Slot - Math.Min(slot, record.Slot), this.times.MixSlots));
        if (times > 0) SpaceSaving.Add(hot[record.FirstOrDetail].Partners, new PartnerCounter { Partner = edge.Partner, Times = times });
    }
}
