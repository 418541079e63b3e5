using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>What others know better of entities than what their accesses show; each may be null, and may answer null: not known.</summary>
internal sealed record OutlookSources
{
    /// <summary>Nobody knows better.</summary>
    public static OutlookSources None { get; } = new();

    /// <summary>Size of an entity in bytes. Otherwise what was reported to its profile, or 0.</summary>
    public Func<EntityKey, double?>? EntityBytes { get; init; }

    /// <summary>Growth of an entity in bytes per day. Otherwise what its profile makes of the sizes reported, or 0.</summary>
    public Func<EntityKey, double?>? GrowthPerDay { get; init; }

    /// <summary>Size of a group in bytes. Otherwise its part of the entity's size is its part of the recent load.</summary>
    public Func<EntityKey, GroupKey, double?>? GroupBytes { get; init; }

    /// <summary>What ties an entity's groups. Otherwise nothing.</summary>
    public Func<EntityKey, IReadOnlyList<GroupEdge>?>? Edges { get; init; }
}
