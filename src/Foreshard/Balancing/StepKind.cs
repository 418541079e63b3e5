namespace Foreshard.Balancing;

/// <summary>What a step of a plan does.</summary>
internal enum StepKind
{
    /// <summary>An entity leaves its bucket and becomes a shard of its own, where it is.</summary>
    Isolate,

    /// <summary>A shard becomes several, where it is.</summary>
    Split,

    /// <summary>A unit goes to another partition.</summary>
    Move,

    /// <summary>Shards of an entity become one, where they are.</summary>
    Merge,

    /// <summary>A shard goes back into its bucket, where it is.</summary>
    Fold,
}
