using Foreshard.Profiling;
using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>A unit as plans see it: where it is and what is expected of it.</summary>
internal sealed record PlanUnit
{
    public required UnitId Unit { get; init; }

    /// <summary>Where it is.</summary>
    public required PartitionId Partition { get; init; }

    /// <summary>Whose shard it is; the default value of a bucket.</summary>
    public EntityKey Entity { get; init; }

    /// <summary>Which groups it holds; everything of a bucket and of an entity that isn't split.</summary>
    public ShardScope Scope { get; init; } = ShardScope.Whole;

    /// <summary>Forecast load, one value per slot of the plan.</summary>
    public required LoadCurve Curve { get; init; }

    /// <summary>Size now.</summary>
    public double Bytes { get; init; }

    /// <summary>Growth in bytes per day; negative growth counts as none.</summary>
    public double GrowthPerDay { get; init; }

    /// <summary>Where its users are, by share; empty if not known.</summary>
    public IReadOnlyList<LabelShare> Regions { get; init; } = [];

    /// <summary>Entities used in the same transactions.</summary>
    public IReadOnlyList<PlanPartner> Partners { get; init; } = [];

    /// <summary>When it moved last, or came into being by a split or a merge; null if it never did.</summary>
    public DateTime? LastMovedUtc { get; init; }

    /// <summary>True if <see cref="LastMovedUtc"/> is when it came into being: it hasn't moved since.</summary>
    public bool IsNew { get; init; }

    /// <summary>True if the forecast knows nothing better than the present: then nothing is moved before it has to be.</summary>
    public bool IsAbstaining { get; init; }

    /// <summary>True if more comes than was forecast: the curve starts from what comes.</summary>
    public bool IsSurging { get; init; }

    /// <summary>What is known of its groups, if its entity may be split; of a bucket see <see cref="Members"/>.</summary>
    public SplitSubject? Split { get; init; }

    /// <summary>Of a bucket: the entities that are heavy enough to live on their own, in any order. They are part of the curve.</summary>
    public IReadOnlyList<PlanMember> Members { get; init; } = [];

    /// <summary>Of an entity's only shard: where its bucket is, to which it may be folded back; null if not known.</summary>
    public PartitionId? BucketPartition { get; init; }

    /// <summary>The same, looking no further than the first slots.</summary>
    public PlanUnit First(int slots) => slots >= Curve.Count ? this : this with
    {
        Curve = Curve.First(slots),
        Split = Split?.First(slots),
        Members = [.. Members.Select(member => member with { Curve = member.Curve.First(slots), Split = member.Split?.First(slots) })],
    };
}
