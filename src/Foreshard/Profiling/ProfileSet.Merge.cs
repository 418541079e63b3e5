namespace Foreshard.Profiling;

internal sealed partial class ProfileSet
{
    /// <summary>Adds what another router knows of other accesses. The other set stays as it is.</summary>
    /// <remarks>
    /// Totals are exact whatever the order; averages and shapes add, heavy hitters keep their bounds; the last access is the later, the
    /// first the earlier one; a size is the newer one. An entity has the higher class and tier of both, so the budget of details may be
    /// exceeded until <see cref="Classify"/> comes again.
    /// </remarks>
    /// <exception cref="ArgumentException">Grid or time constants differ: averages could not be added.</exception>
    public void Merge(ProfileSet other)
    {
        if (Grid.SlotLength != other.Grid.SlotLength || !Options.HasTimesOf(other.Options))
            throw new ArgumentException("Profiles merge only if their slots and time constants are the same.", nameof(other));

        for (var theirs = 0; theirs < other.entities.Count; theirs++)
        {
            var ours = entities.FindOrAdd(other.entities.KeyOf(theirs), out var isNew);
            if (isNew)
            {
                ref var record = ref entities[ours];
                record.Slot = other.entities[theirs].Slot;
                record.FirstOrDetail = other.FirstOf(other.entities[theirs]);
            }

            MergeEntity(ours, other, theirs);
        }

        CrowdedOut += other.CrowdedOut;
        Forgotten += other.Forgotten;
        if (Count > Options.MaxEntities) Crowd();
    }

    private void MergeEntity(int ours, ProfileSet other, int theirs)
    {
        ref var mine = ref entities[ours];
        var added = other.entities[theirs];
        var (size, lastPart) = (MergedSize(mine, added), MergedLastPart(mine, added));
        if (added.Slot > mine.Slot) FadeTo(ref mine, added.Slot);

        var late = mine.Slot - added.Slot;
        var (fast, slow, mix) =
            (SlotTimes.Left(late, times.FastSlots), SlotTimes.Left(late, times.SlowSlots), SlotTimes.Left(late, times.MixSlots));
        mine.CostFast = (float)(mine.CostFast + (added.CostFast * fast));
        mine.CostSlow = (float)(mine.CostSlow + (added.CostSlow * slow));
        mine.LastPart = lastPart;
        mine.Class = Later(mine.Class, added.Class);
        mine.Size = size;
        entities.AddTotals(ours, other.entities.TotalsOf(theirs));

        if (added.Tier > mine.Tier) SetTier(ours, added.Tier, mine.Slot);
        if (mine.Tier == ProfileTier.Cold) mine.FirstOrDetail = Math.Min(mine.FirstOrDetail, added.FirstOrDetail);
        else if (added.Tier == ProfileTier.Cold) CommonOf(mine).First = Math.Min(CommonOf(mine).First, added.FirstOrDetail);
        else if (mine.Tier == ProfileTier.Warm) MergeWarm(ref warm[mine.FirstOrDetail], other, added, fast, slow, mix);
        else MergeHot(ref hot[mine.FirstOrDetail], other, added, fast, slow, mix);
        if (mine.Tier > ProfileTier.Cold && CommonOf(mine).Size.IsKnown) mine.Size = CommonOf(mine).Size.Bytes;
    }

    private void MergeWarm(ref WarmDetail mine, ProfileSet other, in EntityRecord added, double fast, double slow, double mix)
    {
        var theirs = other.warm[added.FirstOrDetail];
        theirs.Fade(fast, slow, mix);
        mine.Common.Merge(theirs.Common);
        mine.Shape.Merge(theirs.Shape, times);
        MergeMixes(mine.Segments, theirs.Segments, other);
        MergeMixes(mine.Regions, theirs.Regions, other);
    }

    private void MergeHot(ref HotDetail mine, ProfileSet other, in EntityRecord added, double fast, double slow, double mix)
    {
        var theirs = added.Tier == ProfileTier.Hot
            ? other.hot[added.FirstOrDetail]
            : HotDetail.From(ref other.warm[added.FirstOrDetail], times);
        theirs.Fade(fast, slow, mix);
        mine.Core.Common.Merge(theirs.Core.Common);
        mine.Core.Shape.Merge(theirs.Core.Shape, times);
        MergeMixes(mine.Core.Segments, theirs.Core.Segments, other);
        MergeMixes(mine.Core.Regions, theirs.Core.Regions, other);
        MergeGroups(ref mine.Core, ref theirs.Core, other);
        SpaceSaving.Merge<PartnerCounter>(mine.Partners, theirs.Partners);
    }

    private void MergeMixes(Span<MixCounter> ours, Span<MixCounter> theirs, ProfileSet other)
    {
        foreach (ref var counter in theirs) counter.Label = (ushort)labels.Of(other.labels[counter.Label]);
        SpaceSaving.Merge<MixCounter>(ours, theirs);
    }

    private void MergeGroups(ref HotCore mine, ref HotCore theirs, ProfileSet other)
    {
        var isEmpty = SpaceSaving.IsEmpty<GroupCounter>(mine.Groups);
        if (!isEmpty && mine.GroupKind != theirs.GroupKind) return;
        if (isEmpty) mine.GroupKind = theirs.GroupKind;
        foreach (ref var counter in theirs.Groups)
        {
            if (theirs.GroupKind == GroupKind.Segment) counter.Position = groupNames.Of(other.groupNames[(int)counter.Position]);
        }

        SpaceSaving.Merge<GroupCounter>(mine.Groups, theirs.Groups);
    }

    private static ClassState Later(ClassState left, ClassState right) =>
        (left.Class, left.Target, left.Streak).CompareTo((right.Class, right.Target, right.Streak)) >= 0 ? left : right;

    private static byte MergedLastPart(in EntityRecord left, in EntityRecord right)
    {
        if (left.Slot == right.Slot) return Math.Max(left.LastPart, right.LastPart);
        return left.Slot > right.Slot ? left.LastPart : right.LastPart;
    }

    /// <summary>Records don't say when a size was taken: the one of the entity's later access counts, the larger if that is the same.</summary>
    private static long MergedSize(in EntityRecord left, in EntityRecord right)
    {
        if (left.Size == 0 || right.Size == 0 || left.Slot == right.Slot) return Math.Max(left.Size, right.Size);
        return left.Slot > right.Slot ? left.Size : right.Size;
    }
}
