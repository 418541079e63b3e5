using Foreshard.Profiling;

namespace Foreshard.Sharding;

/// <summary>An entity, or a shard of one, that may be split: what is known of its groups.</summary>
internal sealed record SplitSubject
{
    public required EntityKey Entity { get; init; }

    /// <summary>What its groups are.</summary>
    public required GroupKind Kind { get; init; }

    /// <summary>What it holds: of an entity that was never split, everything.</summary>
    public ShardScope Within { get; init; } = ShardScope.Whole;

    /// <summary>The groups that are known one by one, each once, in any order.</summary>
    public required IReadOnlyList<GroupLoad> Groups { get; init; }

    /// <summary>What ties them; groups that aren't among <see cref="Groups"/> are left out.</summary>
    public IReadOnlyList<GroupEdge> Edges { get; init; } = [];

    /// <summary>Load of groups that aren't known one by one: it goes where new groups go.</summary>
    public required LoadCurve Rest { get; init; }

    /// <summary>Size of those, and of the rows of the entity as a whole.</summary>
    public double RestBytes { get; init; }

    /// <summary>Where the users of those are, by share; empty if not known.</summary>
    public IReadOnlyList<LabelShare> RestRegions { get; init; } = [];

    /// <summary>How many shards the entity has already; 1 if it was never split.</summary>
    public int ShardCount { get; init; } = 1;

    /// <summary>The same, looking no further than the first slots.</summary>
    public SplitSubject First(int slots) => this with
    {
        Groups = [.. Groups.Select(group => group with { Curve = group.Curve.First(slots) })],
        Rest = Rest.First(slots),
    };
}
