namespace Foreshard.Sharding;

/// <summary>What a cut has to be like.</summary>
internal sealed record CutOptions
{
    /// <summary>The defaults.</summary>
    public static CutOptions Default { get; } = new();

    /// <summary>Largest share of the load that a side may keep, if there are two; 0.5 to 1. Default: 0.75. See <see cref="LargestShareOf"/>.</summary>
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

    /// <summary>
    /// Largest share that a side may keep of so many: as far on the way from an even share, 1/parts, to everything as
    /// <see cref="LargestShare"/> is for two. By default halfway: 0.75 of two sides, 0.67 of three, 0.63 of four.
    /// </summary>
    public double LargestShareOf(int parts)
    {
        var even = 1.0 / parts;
        return even + (((LargestShare - 0.5) / 0.5) * (1 - even));
    }

    /// <exception cref="ArgumentException">Something is out of range; the message names all of it.</exception>
    public void Validate() => new OptionRanges()
        .Check(nameof(LargestShare), LargestShare, 0.5, 1)
        .Check(nameof(StraddlingShare), StraddlingShare, 0, 1)
        .Check(nameof(Balance), Balance, 0)
        .Check(nameof(Straddling), Straddling, 0)
        .Check(nameof(Bytes), Bytes, 0)
        .Check(nameof(Regions), Regions, 0)
        .ThrowIfAny("The demands on cuts");
}
