using Foreshard.Mapping;
using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>The part of an entity's outlook that is in one of its shards.</summary>
internal sealed class ShardPart
{
    private readonly EntityOutlook outlook;
    private readonly int slots;
    private readonly ShardScope scope;
    private readonly int shardCount;
    private readonly List<GroupLoad> groups = [];
    private readonly List<LoadCurve> rest = [];
    private double restBytes;

    private ShardPart(EntityOutlook outlook, int slots, Shard shard, int shardCount)
    {
        this.outlook = outlook;
        this.slots = slots;
        this.shardCount = shardCount;
        Placement = shard.Placement;
        scope = shard.Scope;
    }

    public Placement Placement { get; }

    private LoadCurve Rest => LoadCurve.Sum(slots, rest);

    private LoadCurve Curve => LoadCurve.Sum(slots, groups.Select(group => group.Curve).Concat(rest));

    /// <summary>All of an entity that was never split.</summary>
    public static ShardPart Whole(EntityOutlook outlook, int slots)
    {
        var whole = new ShardPart(outlook, slots, new Shard(default, ShardScope.Whole), 1);
        whole.groups.AddRange(outlook.Groups.OrderBy(group => group.Group));
        whole.rest.Add(outlook.Curve.Without(outlook.Groups.OrderBy(group => group.Group).Select(group => group.Curve)));
        whole.restBytes = RestBytesOf(outlook);
        return whole;
    }

    /// <summary>
    /// One part per shard: each group with the shard that holds it; what came on the entity as a whole with the home; and what is of unknown
    /// groups with the shard that takes new ones, on a line the one with the open end.
    /// </summary>
    public static IReadOnlyList<ShardPart> Of(EntityEntry entry, EntityOutlook outlook, int slots)
    {
        var parts = entry.Shards.Select(shard => new ShardPart(outlook, slots, shard, entry.Shards.Length)).ToList();
        var home = parts.Find(part => part.Placement.Unit == entry.Home)!;
        var taker = parts.Find(part => part.scope.IsWhole || part.scope.TakesNew || (part.scope.Kind != GroupKind.Segment && part.scope.To is null))!;
        var known = new List<LoadCurve>();
        foreach (var group in outlook.Groups.OrderBy(group => group.Group))
        {
            // Groups of another kind than the scopes are of a column that was replaced.
            var isKnown = !entry.IsSplit || group.Group.Kind == taker.scope.Kind;
            var unit = isKnown ? entry.ShardOf(group.Group).Placement.Unit : entry.Home;
            parts.Find(part => part.Placement.Unit == unit)!.groups.Add(group);
            known.Add(group.Curve);
        }

        if (outlook.WithoutGroup is { } withoutGroup)
        {
            home.rest.Add(withoutGroup);
            known.Add(withoutGroup);
        }

        taker.rest.Add(outlook.Curve.Without(known));
        taker.restBytes = RestBytesOf(outlook);
        return parts;
    }

    /// <summary>Adds it to its unit.</summary>
    public void AddTo(UnitSum sum)
    {
        var (curve, all) = (Curve, outlook.Curve.MeanLoad);
        sum.Add(outlook, curve, groups.Sum(group => group.Bytes) + restBytes, all > 0 ? curve.MeanLoad / all : 1.0 / shardCount);
        foreach (var group in groups) sum.AddRegions(group.Regions, group.Curve.MeanLoad);
        sum.AddRegions(outlook.Regions, Rest.MeanLoad);
    }

    /// <summary>What is known for splitting it; null if no groups are known.</summary>
    public SplitSubject? Subject() => groups.Count == 0 ? null : new SplitSubject
    {
        Entity = outlook.Entity,
        Kind = groups[0].Group.Kind,
        Within = scope,
        Groups = groups,
        Edges = outlook.Edges,
        Rest = Rest,
        RestBytes = restBytes,
        RestRegions = outlook.Regions,
        ShardCount = shardCount,
    };

    private static double RestBytesOf(EntityOutlook outlook) =>
        Math.Max(0, outlook.Bytes - outlook.Groups.OrderBy(group => group.Group).Sum(group => group.Bytes));
}
