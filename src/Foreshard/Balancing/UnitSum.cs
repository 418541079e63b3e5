using Foreshard.Profiling;
using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>Adds up what is in one unit. Parts have to come in the order of their entities: sums of numbers depend on it.</summary>
internal sealed class UnitSum(Placement placement, int slots)
{
    /// <summary>Part of a unit's peak from which an entity's surge is the unit's.</summary>
    private const double NoticeableShare = 0.1;

    private readonly List<LoadCurve> curves = [];
    private readonly List<(EntityOutlook Outlook, LoadCurve Curve)> entities = [];
    private readonly RegionShares regions = new();
    private readonly SortedDictionary<EntityKey, double> partners = [];
    private double bytes;
    private double growth;
    private bool hasCold;

    public UnitId Unit => placement.Unit;

    /// <summary>Whether it holds more than one entity.</summary>
    public bool IsShared => entities.Count > 1 || hasCold;

    public IEnumerable<EntityOutlook> Entities => entities.Select(entity => entity.Outlook);

    /// <summary>Adds an entity, or the part of it that is in the unit.</summary>
    /// <param name="outlook">The entity.</param>
    /// <param name="curve">Load of the part.</param>
    /// <param name="size">Size of the part.</param>
    /// <param name="share">The part's share of the entity's growth and partners.</param>
    public void Add(EntityOutlook outlook, LoadCurve curve, double size, double share)
    {
        entities.Add((outlook, curve));
        curves.Add(curve);
        bytes += size;
        growth += Math.Max(0, outlook.GrowthPerDay) * share;
        foreach (var partner in outlook.Partners)
            partners[partner.Partner] = partners.GetValueOrDefault(partner.Partner) + (partner.PerSecond * share);
    }

    /// <summary>Adds where the users of a part are.</summary>
    public void AddRegions(IReadOnlyList<LabelShare> shares, double load) => regions.Add(shares, load);

    /// <summary>Adds entities without an outlook of their own. After all others.</summary>
    public void Add(in ColdLoad cold)
    {
        hasCold = true;
        curves.Add(cold.Curve);
        bytes += cold.Bytes;
    }

    /// <summary>The unit.</summary>
    /// <param name="lastMovedUtc">When it moved last; null if it never did.</param>
    /// <param name="size">Its size, if that is known better than by the sum of its parts.</param>
    /// <param name="isNew">Whether that was when it came into being.</param>
    public PlanUnit ToUnit(DateTime? lastMovedUtc, double? size, bool isNew)
    {
        var curve = curves.Count == 1 ? curves[0] : LoadCurve.Sum(slots, curves);
        var known = entities.Where(entity => !entity.Outlook.IsAbstaining).Sum(entity => entity.Curve.MeanLoad);
        return new PlanUnit
        {
            Unit = placement.Unit,
            Partition = placement.Partition,
            Curve = curve,
            Bytes = size ?? bytes,
            GrowthPerDay = growth,
            Regions = regions.ToShares(),
            Partners = [.. partners.OrderByDescending(partner => partner.Value).Select(partner => new PlanPartner(partner.Key, partner.Value))],
            LastMovedUtc = lastMovedUtc,
            IsNew = isNew,
            IsAbstaining = known < curve.MeanLoad / 2,
            IsSurging = entities.Exists(entity =>
                entity.Outlook.IsSurging && entity.Curve.Peak > 0 && entity.Curve.Peak >= NoticeableShare * curve.Peak),
        };
    }
}
