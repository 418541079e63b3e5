using Foreshard.Mapping;

namespace Foreshard.Balancing;

/// <summary>Sums up outlooks of entities by the units that they live in.</summary>
/// <remarks>The same whatever the order in which outlooks come. Nothing is lost: the units' curves sum to the entities'.</remarks>
internal static class PlanUnits
{
    /// <summary>All units that have load or rows, and all shards of entities with an entry: what is cold may be merged or folded.</summary>
    /// <param name="mapping">Where entities live.</param>
    /// <param name="outlooks">What is expected of them, each once, in any order.</param>
    /// <param name="slots">Slots of the plan.</param>
    /// <param name="lastMoved">When a unit moved last or came into being by a re-unit; null if it never did.</param>
    /// <param name="memberLoad">
    /// Planned peak, in cost units per second, from which an entity of a bucket is told by itself: it may leave, or be split. An entity alone
    /// in its bucket that can't be split isn't: the bucket may move as well.
    /// </param>
    /// <param name="cold">What entities without an outlook add; see <see cref="LoadOutlook.ColdOf"/>.</param>
    /// <param name="bytesOf">
    /// Size of a unit, where its partition knows it; null, or answering null: the sum of its entities. Rows of groups that aren't known one by
    /// one count as where new groups go, which is wrong of an entity that was split long ago.
    /// </param>
    /// <param name="isNew">Whether a unit came into being then, and hasn't moved since; null: none did.</param>
    /// <returns>In the order of the units.</returns>
    /// <exception cref="ArgumentException">A curve has another number of slots, or an entity comes twice.</exception>
    public static List<PlanUnit> Of(
        MappingSnapshot mapping,
        IEnumerable<EntityOutlook> outlooks,
        int slots,
        Func<UnitId, DateTime?> lastMoved,
        double memberLoad,
        IReadOnlyList<ColdLoad>? cold = null,
        Func<UnitId, double?>? bytesOf = null,
        Func<UnitId, bool>? isNew = null)
    {
        var units = new SortedDictionary<UnitId, UnitSum>();
        var shards = new Dictionary<UnitId, ShardPart>();
        foreach (var outlook in Ordered(outlooks, slots))
        {
            if (mapping.EntryOf(outlook.Entity) is { } entry) AddShards(entry, outlook);
            else AddWhole(SumOf(mapping.PlacementOf(mapping.BucketOf(outlook.Entity))), outlook);
        }

        foreach (var shard in mapping.Entries().SelectMany(entry => entry.Shards)) SumOf(shard.Placement);
        foreach (var load in (cold ?? []).OrderBy(load => load.Unit)) SumOf(PlacementOf(mapping, load.Unit)).Add(load);
        return [.. units.Values.Select(ToUnit).Where(unit => !unit.Entity.IsNone || unit.Bytes > 0 || unit.Curve.Peak > 0)];

        UnitSum SumOf(Placement placement)
        {
            if (units.TryGetValue(placement.Unit, out var sum)) return sum;
            sum = new UnitSum(placement, slots);
            units.Add(placement.Unit, sum);
            return sum;
        }

        void AddShards(EntityEntry entry, EntityOutlook outlook)
        {
            foreach (var part in ShardPart.Of(entry, outlook, slots))
            {
                part.AddTo(SumOf(part.Placement));
                shards.Add(part.Placement.Unit, part);
            }
        }

        PlanUnit ToUnit(UnitSum sum)
        {
            var unit = sum.ToUnit(lastMoved(sum.Unit), bytesOf?.Invoke(sum.Unit), isNew?.Invoke(sum.Unit) == true);
            if (mapping.EntryOf(sum.Unit) is not { } entry) return unit with { Members = MembersOf(sum, slots, memberLoad) };
            return unit with
            {
                Entity = entry.Entity,
                Scope = entry.ShardOf(sum.Unit)!.Value.Scope,
                Split = shards.GetValueOrDefault(sum.Unit)?.Subject(),
                BucketPartition = entry.IsSplit ? null : mapping.PlacementOf(mapping.BucketOf(entry.Entity)).Partition,
            };
        }
    }

    private static List<EntityOutlook> Ordered(IEnumerable<EntityOutlook> outlooks, int slots)
    {
        var ordered = outlooks.OrderBy(outlook => outlook.Entity).ToList();
        for (var i = 0; i < ordered.Count; i++)
        {
            if (ordered[i].Curve.Count != slots)
            {
                throw new ArgumentException(
                    $"The outlook of {ordered[i].Entity} is of {ordered[i].Curve.Count} slots, the plan of {slots}.", nameof(outlooks));
            }

            if (i > 0 && ordered[i].Entity == ordered[i - 1].Entity)
                throw new ArgumentException($"There are two outlooks of {ordered[i].Entity}.", nameof(outlooks));
        }

        return ordered;
    }

    private static void AddWhole(UnitSum sum, EntityOutlook outlook)
    {
        sum.Add(outlook, outlook.Curve, outlook.Bytes, 1);
        sum.AddRegions(outlook.Regions, outlook.Curve.MeanLoad);
    }

    private static Placement PlacementOf(MappingSnapshot mapping, UnitId unit) => mapping.TryPlacementOf(unit, out var placement)
        ? placement
        : throw new ArgumentException($"Cold load is in {unit}, which is no unit of the mapping.", nameof(unit));

    private static List<PlanMember> MembersOf(UnitSum sum, int slots, double memberLoad)
    {
        var members = new List<PlanMember>();
        foreach (var outlook in sum.Entities)
        {
            if (outlook.Curve.Peak < memberLoad || (!sum.IsShared && outlook.Groups.Count == 0)) continue;
            members.Add(new PlanMember(outlook.Entity, outlook.Curve, outlook.Bytes, ShardPart.Whole(outlook, slots).Subject()));
        }

        return members;
    }
}
