namespace Foreshard.Sharding;

/// <summary>An entity, or a shard of one, and where it is: what a shardability score is made from.</summary>
internal sealed record ShardabilitySubject
{
    public required EntityKey Entity { get; init; }

    /// <summary>The time that is looked at.</summary>
    public required PlanHorizon Horizon { get; init; }

    /// <summary>Its forecast load, one value per slot.</summary>
    public required LoadCurve Curve { get; init; }

    /// <summary>Its size now.</summary>
    public double Bytes { get; init; }

    /// <summary>Growth in bytes per day; negative growth counts as none.</summary>
    public double GrowthPerDay { get; init; }

    /// <summary>Where it is.</summary>
    public required FleetPartition Partition { get; init; }

    /// <summary>What is forecast for that partition, the entity included.</summary>
    public required LoadCurve PartitionCurve { get; init; }

    /// <summary>What is known of its groups; null if it may not be split.</summary>
    public SplitSubject? Split { get; init; }
}
