using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>How plans are made.</summary>
internal sealed record BalancerOptions
{
    /// <summary>The defaults.</summary>
    public static BalancerOptions Default { get; } = new();

    /// <summary>What counts how much.</summary>
    public CostOptions Cost { get; init; } = CostOptions.Default;

    /// <summary>What a cut has to be like.</summary>
    public CutOptions Cuts { get; init; } = CutOptions.Default;

    /// <summary>
    /// Share of a partition's capacity from which a unit is split, if it can be, rather than moved; 0 to 1. Default: 0.2, above which moving
    /// only moves the problem (as in TiKV's placement driver).
    /// </summary>
    public double SplitShare { get; init; } = 0.2;

    /// <summary>
    /// Largest share of the load that one side of a cut may keep where the partition is above its target and no better cut is there; at least
    /// <see cref="CutOptions.LargestShare"/>. Default: 0.95.
    /// </summary>
    public double UnevenShare { get; init; } = 0.95;

    /// <summary>How often the price of its transfer a move has to gain; at least 1. Default: 1.5.</summary>
    public double MinImprovement { get; init; } = 1.5;

    /// <summary>
    /// For how long a unit that moved, or came into being by a split, stays; not negative. Units on draining partitions don't wait; nor do those that
    /// came into being on partitions that are asked for more than their capacity now, nor, if the fleet got or began to give up a partition since they
    /// moved, those on partitions of which more than that is forecast. Default: 1 h.
    /// </summary>
    public TimeSpan Cooldown { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Bytes that may be moved in an hour, in the whole fleet; above 0. Default: without limit.</summary>
    public double BytesPerHour { get; init; } = double.PositiveInfinity;

    /// <summary>Moves that a partition takes part in at a time; at least 1. They share its bandwidth. Default: 1.</summary>
    public int MovesPerPartition { get; init; } = 1;

    /// <summary>Most moves of a plan; at least 0. Default: 1,000.</summary>
    public int MovesMax { get; init; } = 1000;

    /// <summary>Share of a partition's capacity below which an entity's shards are merged again; below <see cref="SplitShare"/>. Default: 0.04.</summary>
    public double MergeShare { get; init; } = 0.04;

    /// <summary>For how long shards must have stayed before they are merged; not negative. Default: 3 days.</summary>
    public TimeSpan MergeAfter { get; init; } = TimeSpan.FromDays(3);

    /// <summary>Most partitions that a plan asks for; at least 0. Default: 100.</summary>
    public int PartitionsToAskFor { get; init; } = 100;

    /// <exception cref="ArgumentException">Something is out of range; the message names all of it.</exception>
    public void Validate()
    {
        Cost.Validate();
        Cuts.Validate();
        new OptionRanges()
            .Check(nameof(SplitShare), SplitShare, 0.01, 1)
            .Check(nameof(UnevenShare), UnevenShare, Cuts.LargestShare, 1)
            .Check(nameof(MergeShare), MergeShare, 0, SplitShare)
            .Check(nameof(MinImprovement), MinImprovement, 1)
            .Check(nameof(Cooldown), Cooldown, TimeSpan.Zero, TimeSpan.MaxValue)
            .Check(nameof(MergeAfter), MergeAfter, TimeSpan.Zero, TimeSpan.MaxValue)
            .Check(nameof(BytesPerHour), BytesPerHour, double.Epsilon, double.PositiveInfinity)
            .Check(nameof(MovesPerPartition), MovesPerPartition, 1, 100)
            .Check(nameof(MovesMax), MovesMax, 0, int.MaxValue)
            .Check(nameof(PartitionsToAskFor), PartitionsToAskFor, 0, 10_000)
            .ThrowIfAny("The options of the balancer");
    }
}
