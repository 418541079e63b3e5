namespace Foreshard.Sharding;

/// <summary>What makes an entity one that should be split.</summary>
internal sealed record ShardabilityOptions
{
    /// <summary>The defaults.</summary>
    public static ShardabilityOptions Default { get; } = new();

    /// <summary>What the entity's own forecast peak counts, against its partition's capacity; 0 to 1. Default: 0.5.</summary>
    public double LoadWeight { get; init; } = 0.5;

    /// <summary>What its forecast size counts, against the size budget; 0 to 1. Default: 0.2.</summary>
    public double SizeWeight { get; init; } = 0.2;

    /// <summary>What its partition's forecast peak counts, against the capacity; 0 to 1. Default: 0.3. The weights add up to 1.</summary>
    public double PartitionWeight { get; init; } = 0.3;

    /// <summary>Score from which on an entity is worth splitting; 0 to 100. Default: 40, what a fifth of a full partition that can be halved has.</summary>
    public double Threshold { get; init; } = 40;

    /// <summary>How many days ahead sizes are looked at; null for the end of the horizon. Default: null.</summary>
    public double? SizeDays { get; init; }

    /// <exception cref="ArgumentException">Something is out of range; the message names all of it.</exception>
    public void Validate()
    {
        var sum = LoadWeight + SizeWeight + PartitionWeight;
        new OptionRanges()
            .Check(nameof(LoadWeight), LoadWeight, 0, 1)
            .Check(nameof(SizeWeight), SizeWeight, 0, 1)
            .Check(nameof(PartitionWeight), PartitionWeight, 0, 1)
            .Require(Math.Abs(sum - 1) <= 1e-9, $"the weights have to add up to 1, not {sum}")
            .Check(nameof(Threshold), Threshold, 0, 100)
            .Check(nameof(SizeDays), SizeDays ?? 0, 0, 3650)
            .ThrowIfAny("The weights of shardability");
    }
}
