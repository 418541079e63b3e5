using CsCheck;
using Foreshard.Sharding;

namespace Foreshard.Tests.Sharding;

public sealed class ShardabilityScoreTests
{
    private static readonly FleetPartition Partition = new()
    {
        Id = new PartitionId(1), Name = "p1", Capacity = 100, SizeBudgetBytes = 1000, MoveBytesPerSecond = 1,
    };

    [Fact]
    public void The_value_is_separability_times_the_weighted_terms_and_between_0_and_100() =>
        Gen.Select(AnyCuts.Subject(Gen.Bool, 1, 10), Gen.Double[0, 3], Gen.Double[0, 3], Gen.Double[0, 1].Array[2]).Sample((split, bytes, others, weights) =>
        {
            var (one, two) = (weights[0], weights[1]);
            var options = new ShardabilityOptions { LoadWeight = one, SizeWeight = (1 - one) * two, PartitionWeight = (1 - one) * (1 - two) };
            var subject = Subject(split, 1000 * bytes, 100 * others);
            var score = ShardabilityScore.Of(subject, CutOptions.Default, options);

            options.Validate();
            var load = Math.Min(1, subject.Curve.Peak / 100);
            var partition = Math.Min(1, subject.PartitionCurve.Peak / 100);
            var want = (one * load) + (options.SizeWeight * Math.Min(1, bytes)) + (options.PartitionWeight * partition);
            var separability = score.Cut.Best is { } cut ? (1 - cut.LargestShare) / 0.5 * (1 - cut.StraddlingShare) : 0;
            Assert.Equal(100 * separability * want, score.Value, 1e-6);
            Assert.InRange(score.Value, 0, 100 + 1e-9);
            Assert.Equal(score.Cut.Best is not null && score.Value >= 40, score.IsWorthSplitting);
            Assert.Contains(score.Cut.Best is null ? $"score 0: {score.Cut.Refusal}: " : "of reads straddle", score.ToString(), StringComparison.Ordinal);
        });

    [Fact]
    public void Size_is_what_it_will_be_at_the_horizons_end_or_after_the_days_asked_for()
    {
        var subject = Subject(null, 100, 0) with { GrowthPerDay = 50 };

        Assert.Equal(0.2, ShardabilityScore.Of(subject, CutOptions.Default, ShardabilityOptions.Default).SizeShare, 1e-9);
        Assert.Equal(0.6, ShardabilityScore.Of(subject, CutOptions.Default, new ShardabilityOptions { SizeDays = 10 }).SizeShare, 1e-9);
        Assert.Equal(0.1, ShardabilityScore.Of(subject with { GrowthPerDay = -50 }, CutOptions.Default, ShardabilityOptions.Default).SizeShare, 1e-9);
        var unlimited = subject with { Partition = Partition with { SizeBudgetBytes = 0 } };
        Assert.Equal(0, ShardabilityScore.Of(unlimited, CutOptions.Default, ShardabilityOptions.Default).SizeShare);
    }

    [Fact]
    public void Peaks_of_more_than_a_day_say_which_day()
    {
        var score = ShardabilityScore.Of(Subject(null, 0, 0), CutOptions.Default, ShardabilityOptions.Default);

        Assert.Contains("at 2026-03-01 00:00", score.Explain(), StringComparison.Ordinal);
    }

    /// <summary>Over four slots of twelve hours.</summary>
    private static ShardabilitySubject Subject(SplitSubject? split, double bytes, double others)
    {
        var curve = split is null ? LoadCurve.Flat(4, 50) : LoadCurve.Sum(4, split.Groups.Select(load => load.Curve).Append(split.Rest));
        return new ShardabilitySubject
        {
            Entity = AnyCuts.Customer,
            Horizon = new PlanHorizon(new DateTime(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc), TimeSpan.FromHours(12), 4),
            Curve = curve,
            Bytes = bytes,
            Partition = Partition,
            PartitionCurve = LoadCurve.Sum(4, [curve, LoadCurve.Flat(4, others)]),
            Split = split,
        };
    }
}
