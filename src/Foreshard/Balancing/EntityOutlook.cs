using Foreshard.Profiling;
using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>What is expected of one entity over a horizon: what units are made from, wherever it comes from (forecast, present, truth).</summary>
internal sealed record EntityOutlook
{
    public required EntityKey Entity { get; init; }

    /// <summary>Load of the entity as a whole, one value per slot of the plan.</summary>
    public required LoadCurve Curve { get; init; }

    /// <summary>True if the forecast knows nothing better than the present; the curve is the present then.</summary>
    public bool IsAbstaining { get; init; }

    /// <summary>True if more comes than was forecast; the curve starts from what comes.</summary>
    public bool IsSurging { get; init; }

    /// <summary>Size now, all groups together.</summary>
    public double Bytes { get; init; }

    /// <summary>Growth in bytes per day.</summary>
    public double GrowthPerDay { get; init; }

    /// <summary>Where its users are, by share; empty if not known.</summary>
    public IReadOnlyList<LabelShare> Regions { get; init; } = [];

    /// <summary>Entities used in the same transactions.</summary>
    public IReadOnlyList<PlanPartner> Partners { get; init; } = [];

    /// <summary>The groups that are known one by one, each once; their curves are part of <see cref="Curve"/>. Empty if it may not be split.</summary>
    public IReadOnlyList<GroupLoad> Groups { get; init; } = [];

    /// <summary>
    /// The part of <see cref="Curve"/> that comes on the entity as a whole: the home shard bears it. Null if nothing does, or it isn't known.
    /// </summary>
    public LoadCurve? WithoutGroup { get; init; }

    /// <summary>What ties the groups.</summary>
    public IReadOnlyList<GroupEdge> Edges { get; init; } = [];
}
