namespace Foreshard.Profiling;

internal sealed partial class ProfileSet
{
    /// <summary>When there are too many entities, this part more than that leaves, so that it isn't done again with the next one.</summary>
    private const int CrowdPart = 64;

    /// <summary>Forgets cold entities that nothing asked for during <see cref="ProfileOptions.Retention"/>, and names that none uses.</summary>
    /// <returns>How many entities were forgotten.</returns>
    public int Age(DateTime nowUtc)
    {
        var oldest = nowUtc.Ticks > Options.Retention.Ticks ? nowUtc - Options.Retention : DateTime.MinValue;
        var removed = 0;
        for (var place = entities.Count - 1; place >= 0; place--)
        {
            if (!IsRemovable(entities[place]) || times.StartOf(entities[place].Slot) + Grid.SlotLength > oldest) continue;
            entities.RemoveAt(place);
            removed++;
        }

        Forgotten += removed;
        SweepNames();
        return removed;
    }

    private static bool IsRemovable(in EntityRecord record) =>
        record.Tier == ProfileTier.Cold && record.Class.Class == ProfileClass.Cold;

    /// <summary>Removes the cold entities used longest ago, those with the higher keys first.</summary>
    private void Crowd()
    {
        var leaving = Count - Options.MaxEntities + (Options.MaxEntities / CrowdPart);
        var cold = new List<(uint Slot, EntityKey Entity)>();
        for (var place = 0; place < entities.Count; place++)
        {
            if (IsRemovable(entities[place])) cold.Add((entities[place].Slot, entities.KeyOf(place)));
        }

        cold.Sort(static (left, right) => left.Slot != right.Slot ? left.Slot.CompareTo(right.Slot) : right.Entity.CompareTo(left.Entity));
        foreach (var (_, entity) in cold.Take(leaving))
        {
            entities.RemoveAt(entities.Find(entity));
            CrowdedOut++;
        }
    }

    private void SweepNames()
    {
        var (usedLabels, usedGroups) = (new HashSet<int>(), new HashSet<int>());
        for (var place = 0; place < entities.Count; place++)
        {
            ref var record = ref entities[place];
            if (record.Tier == ProfileTier.Cold) continue;
            foreach (var counter in SegmentsOf(record)) usedLabels.Add(counter.Label);
            foreach (var counter in RegionsOf(record)) usedLabels.Add(counter.Label);
            if (record.Tier != ProfileTier.Hot || hot[record.FirstOrDetail].Core.GroupKind != GroupKind.Segment) continue;
            foreach (var counter in hot[record.FirstOrDetail].Core.Groups) usedGroups.Add((int)counter.Position);
        }

        labels.Sweep(usedLabels);
        groupNames.Sweep(usedGroups);
    }

    private Span<MixCounter> SegmentsOf(in EntityRecord record) =>
        record.Tier == ProfileTier.Hot ? hot[record.FirstOrDetail].Core.Segments : warm[record.FirstOrDetail].Segments;

    private Span<MixCounter> RegionsOf(in EntityRecord record) =>
        record.Tier == ProfileTier.Hot ? hot[record.FirstOrDetail].Core.Regions : warm[record.FirstOrDetail].Regions;
}
