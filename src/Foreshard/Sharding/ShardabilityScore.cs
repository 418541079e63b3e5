using System.Globalization;

namespace Foreshard.Sharding;

/// <summary>How much an entity wants to be split, from 0 to 100, with all that it comes from. Immutable.</summary>
/// <remarks>
/// 100 · separability · (load weight · load + size weight · size + partition weight · partition), each term clamped to 0 to 1. Separability is
/// how far the best cut in two takes the load of the heavier side down from everything (0) to a half (1), times the share of the reads that
/// don't straddle; 0 if there is no cut.
/// </remarks>
internal sealed record ShardabilityScore
{
    public required EntityKey Entity { get; init; }

    /// <summary>0 to 100.</summary>
    public double Value => 100 * Separability * Want;

    /// <summary>Its forecast peak as a share of its partition's capacity; may be above 1, which then counts as 1.</summary>
    public required double PeakShare { get; init; }

    /// <summary>When that peak comes: the begin of its slot.</summary>
    public required DateTime PeakUtc { get; init; }

    /// <summary>Its forecast size as a share of the size budget; may be above 1, which then counts as 1. 0 if there is no budget.</summary>
    public required double SizeShare { get; init; }

    /// <summary>Forecast peak of its partition as a share of the capacity; may be above 1, which then counts as 1.</summary>
    public required double PartitionShare { get; init; }

    /// <summary>When the partition's peak comes: the begin of its slot.</summary>
    public required DateTime PartitionPeakUtc { get; init; }

    /// <summary>How well it can be divided, 0 to 1.</summary>
    public required double Separability { get; init; }

    /// <summary>The best cut in two, or why there is none.</summary>
    public required CutResult Cut { get; init; }

    /// <summary>The weights and the threshold.</summary>
    public required ShardabilityOptions Options { get; init; }

    /// <summary>How much there is to gain from a split, 0 to 1, whether or not it can be split.</summary>
    public double Want => (Options.LoadWeight * Clamp(PeakShare)) + (Options.SizeWeight * Clamp(SizeShare)) + (Options.PartitionWeight * Clamp(PartitionShare));

    /// <summary>Whether it reaches the threshold.</summary>
    public bool IsWorthSplitting => Cut.Best is not null && Value >= Options.Threshold;

    /// <summary>Whether the peaks lie within one day, so that the time says which.</summary>
    public required bool IsWithinADay { get; init; }

    /// <summary>The score of an entity where it is.</summary>
    /// <param name="subject">The entity and its partition.</param>
    /// <param name="cuts">What a cut has to be like; valid.</param>
    /// <param name="options">Weights and threshold; valid.</param>
    /// <exception cref="ArgumentException">The groups aren't what <see cref="CutFinder.Find"/> takes.</exception>
    public static ShardabilityScore Of(ShardabilitySubject subject, CutOptions cuts, ShardabilityOptions options)
    {
        var (horizon, partition) = (subject.Horizon, subject.Partition);
        var cut = subject.Split is { } split
            ? CutFinder.Find(split, 2, cuts)
            : new CutResult(null, CutRefusal.NotSplittable, $"{subject.Entity} may not be split, or isn't used by groups");
        var days = options.SizeDays ?? (horizon.EndUtc - horizon.StartUtc).TotalDays;
        var bytes = subject.Bytes + (Math.Max(0, subject.GrowthPerDay) * days);
        return new ShardabilityScore
        {
            Entity = subject.Entity,
            PeakShare = subject.Curve.Peak / partition.Capacity,
            PeakUtc = horizon.StartOf(subject.Curve.PeakSlot),
            SizeShare = partition.SizeBudgetBytes > 0 ? bytes / partition.SizeBudgetBytes : 0,
            PartitionShare = subject.PartitionCurve.Peak / partition.Capacity,
            PartitionPeakUtc = horizon.StartOf(subject.PartitionCurve.PeakSlot),
            Separability = cut.Best is { } best ? SeparabilityOf(best) : 0,
            Cut = cut,
            Options = options,
            IsWithinADay = horizon.EndUtc - horizon.StartUtc <= TimeSpan.FromDays(1),
        };
    }

    /// <summary>How well such a cut in two divides: 1 if it halves the load and no read straddles, 0 if all load or all reads stay in one.</summary>
    public static double SeparabilityOf(Cut cut) => Clamp((1 - cut.LargestShare) / 0.5) * Clamp(1 - cut.StraddlingShare);

    /// <summary>The score and each term in words; of an entity that can't be split, the named reason first.</summary>
    public string Explain()
    {
        var terms = string.Create(
            CultureInfo.InvariantCulture,
            $"forecast peak {PeakShare:0.00} of a partition at {At(PeakUtc)}, size {SizeShare:0.00} of the budget, "
            + $"its partition's peak {PartitionShare:0.00} at {At(PartitionPeakUtc)}");
        if (Cut.Best is not { } best) return $"score 0: {Cut.Refusal}: {Cut.Because}; {terms}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"score {Value:0}: {terms}; {CutWords.Place(best)} leaves {CutWords.Percent(best.LargestShare)}, "
            + $"{CutWords.Percent(best.StraddlingShare)} of reads straddle");
    }

    /// <inheritdoc cref="Explain"/>
    public override string ToString() => Explain();

    private string At(DateTime time) => time.ToString(IsWithinADay ? "HH:mm" : "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static double Clamp(double value) => Math.Clamp(value, 0, 1);
}
