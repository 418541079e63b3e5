namespace Foreshard.Sharding;

/// <summary>What a cut has to be like.</summary>
internal sealed record CutOptions
{
    /// <summary>The defaults.</summary>
    public static CutOptions Default { get; } = new();

    /// <summary>Largest share of the load that a side may keep, if there are two; 0.5 to 1. Default: 0.75.</summary>
    public double LargestShare { get; init; } = 0.75;

    /// <summary>Largest share of the reads that may straddle; 0 to 1. Default: 0.5.</summary>
    public double StraddlingShare { get; init; } = 0.5;

    /// <summary>What imbalance of load counts; not negative. Default: 1.</summary>
    public double Balance { get; init; } = 1;

    /// <summary>What straddling reads count; not negative. Default: 1.</summary>
    public double Straddling { get; init; } = 1;

    /// <summary>What bytes that would leave count, as their share; not negative. Default: 0.1.</summary>
    public double Bytes { get; init; } = 0.1;

    /// <summary>What sides that mix regions count; not negative. Default: 0.2.</summary>
    public double Regions { get; init; } = 0.2;

    public void Validate()
    {
        if (Balance < 0) throw new ArgumentException("placeholder");
    }
}
