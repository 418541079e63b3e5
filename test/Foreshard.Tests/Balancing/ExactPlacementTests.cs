using Foreshard.Balancing;
using Foreshard.Sharding;

namespace Foreshard.Tests.Balancing;

public sealed class ExactPlacementTests
{
    /// <summary>Cost-unit-seconds, ten seconds of a partition's capacity: optima below it are taken as that.</summary>
    private const double Negligible = 1000;

    /// <summary>Seconds: many times what a proof takes, on a machine that is busy with other tests.</summary>
    private const double Limit = 180;

    [Fact]
    public void Placements_of_small_cases_are_as_cheap_as_the_cheapest_but_for_three_hundredths()
    {
        var gaps = Enumerable.Range(1, 15).Select(seed =>
        {
            var (found, exact) = (DraftOf(Tiny(seed, 6)), DraftOf(Tiny(seed, 6)));
            var worst = WorstOf(found);
            new PlacementSearch(found, worst, int.MaxValue).Run();
            Assert.True(ExactPlacement.Solve(exact, worst, Limit));
            return (found.Cost() - exact.Cost()) / Math.Max(exact.Cost(), Negligible);
        }).ToList();

        Assert.InRange(gaps.Average(), -0.001, 0.03);
    }

    [Fact]
    public void The_exact_placement_is_the_cheapest_of_all_that_there_are()
    {
        for (var seed = 1; seed <= 6; seed++)
        {
            var (exact, all) = (DraftOf(Tiny(seed, 5)), DraftOf(Tiny(seed, 5)));
            var worst = WorstOf(exact);
            Assert.True(ExactPlacement.Solve(exact, worst, Limit));

            var cheapest = CheapestOf(all, worst);
            Assert.Equal(cheapest, exact.Cost(), 1 + (1e-3 * cheapest));
        }
    }

    private static PlanInput Tiny(int seed, int units) => new RandomFleet(seed).Make(
        partitions: 2 + (seed % 2),
        units,
        new PlanHorizon(new DateTime(2026, 3, 2, 6, 0, 0, DateTimeKind.Utc), TimeSpan.FromHours(8), 3),
        share: 0.6 + (0.02 * seed),
        zipf: 0.6,
        capacity: 100);

    private static PlanDraft DraftOf(PlanInput input)
    {
        var table = new PlanTable(input, BalancerOptions.Default);
        return new PlanDraft(table.Load, table.Prices, table.Atoms.Atoms);
    }

    private static double WorstOf(PlanDraft draft) =>
        Math.Max(draft.Load.Options.TargetShare, Enumerable.Range(0, draft.Load.Partitions.Count).Max(draft.Load.PeakShareOf));

    /// <summary>Tries every placement, one atom changing at a time.</summary>
    private static double CheapestOf(PlanDraft draft, double worst)
    {
        var cheapest = double.MaxValue;
        Try(0);
        return cheapest;

        void Try(int atom)
        {
            if (atom < draft.Atoms.Count)
            {
                for (var place = 0; place < draft.Load.Partitions.Count; place++)
                {
                    draft.Place(atom, place);
                    Try(atom + 1);
                }

                return;
            }

            if (Enumerable.Range(0, draft.Load.Partitions.Count).All(Holds)) cheapest = Math.Min(cheapest, draft.Cost());
        }

        bool Holds(int partition) => draft.Load.PeakShareOf(partition) <= worst + 1e-5
            && draft.Load.BytesOf(partition) <= draft.Load.Partitions[partition].SizeBudgetBytes;
    }
}
