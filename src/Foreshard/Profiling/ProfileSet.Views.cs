namespace Foreshard.Profiling;

internal sealed partial class ProfileSet
{
    /// <summary>What is known of an entity as of the end of a slot; null if it is not known.</summary>
    public EntityProfile? Find(in EntityKey entity, long slot)
    {
        var place = entities.Find(entity);
        if (place < 0) return null;
        ref var record = ref entities[place];
        var at = Math.Max(times.Short(slot), record.Slot);
        var summary = SummaryOf(place, at);
        if (record.Tier == ProfileTier.Cold)
        {
            return new EntityProfile
            {
                Entity = entity,
                Class = summary.Class,
                Tier = summary.Tier,
                Totals = entities.TotalsOf(place),
                Cost = summary.Cost,
                FirstSeenUtc = summary.FirstSeenUtc,
                LastAccessUtc = summary.LastAccessUtc,
                SizeBytes = summary.SizeBytes,
            };
        }

        return DetailedProfile(place, summary, at);
    }

    /// <summary>How much is kept of an entity; null if it is not known.</summary>
    public ProfileTier? TierOf(in EntityKey entity) => entities.Find(entity) is >= 0 and var place ? entities[place].Tier : null;

    /// <summary>The fast average of an entity's load at the end of a slot, in cost units per second; 0 if it is not known.</summary>
    public double FastCostOf(in EntityKey entity, long slot)
    {
        var place = entities.Find(entity);
        return place < 0 ? 0 : SummaryOf(place, times.Short(slot)).Cost.Fast;
    }

    /// <summary>What plans ask for of an entity, as of the end of a slot; null if it is not known.</summary>
    public EntityUse? UseOf(in EntityKey entity, long slot)
    {
        var place = entities.Find(entity);
        if (place < 0) return null;
        ref var record = ref entities[place];
        var at = Math.Max(times.Short(slot), record.Slot);
        var summary = SummaryOf(place, at);
        return record.Tier == ProfileTier.Cold
            ? new EntityUse(summary.Cost, summary.FirstSeenUtc, summary.SizeBytes, null, [], [])
            : new EntityUse(
                summary.Cost, summary.FirstSeenUtc, summary.SizeBytes, CommonOf(record).Size.Growth()?.PerDay, SharesOf(RegionsOf(record)),
                PartnersOf(record, at));
    }

    /// <summary>All entities, in no particular order. Nothing may be added or removed meanwhile.</summary>
    public IEnumerable<ProfileSummary> Summaries(long slot)
    {
        var at = times.Short(slot);
        for (var place = 0; place < entities.Count; place++) yield return SummaryOf(place, at);
    }

    /// <summary>The entities with the highest load of the moment (the larger of the two averages), the highest first, then by key.</summary>
    public IReadOnlyList<ProfileSummary> Top(int count, long slot)
    {
        var best = new PriorityQueue<ProfileSummary, ProfileSummary>(Comparer<ProfileSummary>.Create(static (left, right) =>
        {
            var order = left.Cost.Larger.CompareTo(right.Cost.Larger);
            return order != 0 ? order : right.Entity.CompareTo(left.Entity);
        }));
        foreach (var summary in Summaries(slot))
        {
            if (best.Count < count) best.Enqueue(summary, summary);
            else if (count > 0) best.EnqueueDequeue(summary, summary);
        }

        var top = new ProfileSummary[best.Count];
        for (var i = top.Length - 1; i >= 0; i--) top[i] = best.Dequeue();
        return top;
    }

    private static int? PeakOf(double[] loads)
    {
        var peak = 0;
        for (var i = 1; i < loads.Length; i++)
        {
            if (loads[i] > loads[peak]) peak = i;
        }

        return loads.Length > 0 && loads[peak] > 0 ? peak : null;
    }

    private ProfileSummary SummaryOf(int place, uint slot)
    {
        ref var record = ref entities[place];
        var idle = Math.Max(slot, record.Slot) - record.Slot;
        var cost = new RateAverages(
            record.CostFast * SlotTimes.Left(idle, times.FastSlots), record.CostSlow * SlotTimes.Left(idle, times.SlowSlots));
        var lastAccess = times.StartOf(record.Slot) + (Grid.SlotLength * (record.LastPart / 256.0));
        long? size = record.Size > 0 ? record.Size : null;
        if (record.Tier > ProfileTier.Cold && CommonOf(record).Size.IsKnown) size = CommonOf(record).Size.Bytes;
        return new ProfileSummary(
            entities.KeyOf(place), record.Class.Class, record.Tier, cost, SlotTimes.TimeOf(FirstOf(record)), lastAccess, size);
    }

    private EntityProfile DetailedProfile(int place, in ProfileSummary summary, uint slot)
    {
        ref var record = ref entities[place];
        ref var common = ref CommonOf(record);
        var flow = common.Flow;
        flow.Scale(SlotTimes.Left(slot - record.Slot, times.FastSlots), SlotTimes.Left(slot - record.Slot, times.SlowSlots));
        var week = WeekOf(record, slot, out var seen);
        var growth = common.Size.Growth();
        var isSized = common.Size.IsKnown;
        return new EntityProfile
        {
            Entity = summary.Entity,
            Class = summary.Class,
            Tier = summary.Tier,
            Totals = entities.TotalsOf(place),
            Cost = summary.Cost,
            Reads = new RateAverages(flow.ReadsFast, flow.ReadsSlow),
            Writes = new RateAverages(flow.WritesFast, flow.WritesSlow),
            FirstSeenUtc = summary.FirstSeenUtc,
            LastAccessUtc = summary.LastAccessUtc,
            Week = [.. week.Select(load => (float)load)],
            WeekSlotsSeen = seen,
            PeakOfWeek = PeakOf(week),
            PeakOfDay = PeakOf(DayOf(week)),
            Segments = SharesOf(SegmentsOf(record)),
            Regions = SharesOf(RegionsOf(record)),
            Groups = GroupsOf(record, slot),
            Partners = PartnersOf(record, slot),
            SizeBytes = summary.SizeBytes,
            SizeRows = isSized ? common.Size.Rows : null,
            SizeTimeUtc = isSized ? SlotTimes.TimeOf(common.Size.Seconds) : null,
            GrowthPerDay = growth?.PerDay,
            GrowthError = growth?.StandardError,
        };
    }

    private double[] WeekOf(in EntityRecord record, uint slot, out int seen)
    {
        var week = new double[Grid.BaseSlotsPerWeek];
        SeasonClock clock;
        if (record.Tier == ProfileTier.Hot)
        {
            var shape = hot[record.FirstOrDetail].Core.Shape;
            shape.Advance(slot + 1, times);
            for (var i = 0; i < week.Length; i++) week[i] = shape.ValueAt(i, times);
            clock = shape.Clock;
        }
        else
        {
            var shape = warm[record.FirstOrDetail].Shape;
            shape.Advance(slot + 1, times);
            for (var i = 0; i < week.Length; i++) week[i] = shape.ValueAt(i, times);
            clock = shape.Hours;
        }

        seen = (int)Math.Min(int.MaxValue, clock.Now - clock.Start);
        return week;
    }

    private double[] DayOf(double[] week)
    {
        var day = new double[Grid.BaseSlotsPerDay];
        for (var i = 0; i < week.Length; i++) day[i % day.Length] += week[i];
        return day;
    }

    private LabelShare[] SharesOf(Span<MixCounter> counters)
    {
        var sum = 0.0;
        foreach (var counter in counters) sum += counter.Accesses;
        var shares = new List<LabelShare>(counters.Length);
        foreach (var counter in counters)
        {
            if (counter.Accesses > 0) shares.Add(new LabelShare(labels[counter.Label], counter.Accesses / sum));
        }

        return [.. shares.OrderByDescending(share => share.Share).ThenBy(share => share.Label, StringComparer.Ordinal)];
    }

    private GroupProfile[] GroupsOf(in EntityRecord record, uint slot)
    {
        if (record.Tier != ProfileTier.Hot) return [];
        ref var core = ref hot[record.FirstOrDetail].Core;
        var left = SlotTimes.Left(slot - record.Slot, times.MixSlots);
        var groups = new List<GroupProfile>();
        foreach (var counter in core.Groups)
        {
            if (counter.Load == 0) continue;
            var group = core.GroupKind == GroupKind.Segment
                ? GroupKey.Of(groupNames[(int)counter.Position]!)
                : GroupKey.At(core.GroupKind, counter.Position);
            groups.Add(new GroupProfile(group, counter.Load * left, counter.LoadError * left, counter.BytesRate * left));
        }

        return [.. groups.OrderBy(group => group.Group)];
    }

    private PartnerProfile[] PartnersOf(in EntityRecord record, uint slot)
    {
        if (record.Tier != ProfileTier.Hot) return [];
        var left = SlotTimes.Left(slot - record.Slot, times.MixSlots);
        var partners = new List<PartnerProfile>();
        foreach (var counter in hot[record.FirstOrDetail].Partners)
        {
            if (counter.Times > 0) partners.Add(new PartnerProfile(counter.Partner, counter.Times * left, counter.TimesError * left));
        }

        return [.. partners.OrderByDescending(partner => partner.Times).ThenBy(partner => partner.Partner)];
    }
}
