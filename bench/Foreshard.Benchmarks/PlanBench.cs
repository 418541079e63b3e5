using System.Diagnostics;
using Foreshard.Balancing;
using Foreshard.Sharding;
using Foreshard.Tests.Balancing;

namespace Foreshard.Benchmarks;

/// <summary>How long plans take, and how far their placements are from the cheapest.</summary>
internal static class PlanBench
{
    private const int Cases = 200;
    private const int Rounds = 5;

    /// <summary>Cost-unit-seconds, ten seconds of a partition's capacity: optima below it are taken as that.</summary>
    private const double Negligible = 1000;

    /// <summary>100,000 units on 100 partitions, 48 slots: a crowd with days of their own, heavy ones among them, placed by chance.</summary>
    public static void Time()
    {
        var horizon = new PlanHorizon(new DateTime(2026, 3, 2, 6, 0, 0, DateTimeKind.Utc), TimeSpan.FromMinutes(30), 48);
        Bars.Say($"share of the fleet's capacity in use · seconds (median of {Rounds}) · steps · cost before → after, cost-unit-seconds");
        var slowest = 0.0;
        foreach (var share in (ReadOnlySpan<double>)[0.5, 0.65, 0.75])
        {
            var input = new RandomFleet(seed: 1).Make(partitions: 100, units: 100_000, horizon, share, zipf: 0.75, capacity: 10_000);
            var balancer = new Balancer(BalancerOptions.Default);
            var plan = balancer.Plan(input);
            var times = new List<double>();
            for (var round = 0; round < Rounds; round++)
            {
                var start = Stopwatch.GetTimestamp();
                plan = balancer.Plan(input);
                times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            Bars.Say($"{share:0.00} · {Bars.Median(times):0.00} · {plan.Steps.Length} · {plan.Before} → {plan.After}");
            slowest = Math.Max(slowest, Bars.Median(times));
        }

        Bars.Print("plan-time", slowest, 2);
    }

    /// <summary>Small random cases against the optimum that CP-SAT proves.</summary>
    public static void Gap()
    {
        var gaps = new List<double>();
        var proved = 0;
        for (var seed = 1; seed <= Cases; seed++)
        {
            var input = new RandomFleet(seed).Small();
            var (found, isProved) = Compare(input);
            proved += isProved ? 1 : 0;
            gaps.Add((found.Found - found.Best) / Math.Max(found.Best, Negligible));
        }

        gaps.Sort();
        Bars.Say($"{Cases} random cases of 6–12 units on 2–4 partitions over 4–8 slots, {proved} proved optimal by CP-SAT");
        Bars.Say($"gap: median {gaps[Cases / 2]:0.0000}, 90 % {gaps[Cases * 9 / 10]:0.0000}, largest {gaps[^1]:0.0000}");
        Bars.Say($"optimum found in {gaps.Count(gap => gap < 1e-4)}");
        Bars.Print("plan-gap", gaps.Average(), 0.03);
    }

    private static ((double Found, double Best) Costs, bool IsProved) Compare(PlanInput input)
    {
        var (draft, exact) = (DraftOf(input), DraftOf(input));
        var worst = Math.Max(draft.Load.Options.TargetShare, Enumerable.Range(0, draft.Load.Partitions.Count).Max(draft.Load.PeakShareOf));
        new PlacementSearch(draft, worst, int.MaxValue).Run();
        for (var atom = 0; atom < exact.Atoms.Count; atom++) exact.Place(atom, draft.PlaceOf(atom)); // a hint, no more
        var isProved = ExactPlacement.Solve(exact, worst);
        return ((draft.Cost(), exact.Cost()), isProved);
    }

    private static PlanDraft DraftOf(PlanInput input)
    {
        var table = new PlanTable(input, BalancerOptions.Default);
        return new PlanDraft(table.Load, table.Prices, table.Atoms.Atoms);
    }
}
