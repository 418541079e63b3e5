using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>Adaptive Load Balancing: decides what is split, moved and merged, when and why. Pure; safe for any number of threads.</summary>
/// <remarks>
/// First the cheapest placement is sought by the written-down cost function (<see cref="PlanDraft"/>), then its moves get their times
/// (<see cref="MoveScheduler"/>), and what can't be had in time, or doesn't gain, is left out with a reason.
/// </remarks>
internal sealed class Balancer
{
    private readonly BalancerOptions options;

    /// <exception cref="ArgumentException">The options don't hold.</exception>
    public Balancer(BalancerOptions options)
    {
        options.Validate();
        this.options = options;
    }

    /// <summary>Makes a plan. The order of what is in the input doesn't matter.</summary>
    /// <exception cref="ArgumentException">The input contradicts itself: a unit twice, on a partition that there isn't, of another horizon.</exception>
    public Plan Plan(PlanInput input)
    {
        var table = new PlanTable(input, options);
        var before = table.Load.Copy();
        var draft = new PlanDraft(table.Load, table.Prices, table.Atoms.Atoms);
        var costBefore = CostOf(draft);
        var worst = Math.Max(options.Cost.TargetShare, Enumerable.Range(0, before.Partitions.Count).Max(before.PeakShareOf));
        new PlacementSearch(draft, worst, options.MovesMax).Run();
        SendBack(draft);

        var after = before.Copy();
        var scheduler = new MoveScheduler(after, draft, table.TimelineOf(), worst, options);
        scheduler.Run(PlanMoves.Of(draft).Take(options.MovesMax));
        var merges = new MergePlanner(table, options).Find(scheduler);
        return new Plan
        {
            Horizon = input.Horizon,
            Steps = new StepWriter(table, before).Write(scheduler.Scheduled, merges),
            Refusals = PlanRefusals.Of(table, draft, before, scheduler),
            Advice = new CapacityAdvisor(table, options).Look(after, scheduler),
            Before = costBefore,
            After = costBefore - scheduler.Scheduled.Aggregate(default(PlacementCost), (sum, move) => sum + move.Gain),
            Partitions =
            [
                .. before.Partitions.Select((partition, index) => new PartitionForecast(partition, CurveOf(before, index), CurveOf(after, index))),
            ],
        };
    }

    /// <summary>Moves that gain too little for what they cost stay at home after all.</summary>
    private void SendBack(PlanDraft draft)
    {
        for (var atom = 0; atom < draft.Atoms.Count; atom++)
        {
            var (home, place) = (draft.Atoms[atom].Subject.Home, draft.PlaceOf(atom));
            if (place == home || draft.Atoms[atom].StayPrice > 0) continue;
            var needed = (options.MinImprovement - 1) * draft.Prices.TransferOf(draft.Atoms[atom].Subject.Bytes, home, place);
            if (draft.ChangeOf(atom, home) < needed) draft.Place(atom, home);
        }
    }

    private static PlacementCost CostOf(PlanDraft draft)
    {
        var sum = default(PlacementCost);
        for (var partition = 0; partition < draft.Load.Partitions.Count; partition++) sum += draft.Load.TermsOf(partition);
        var (latency, partners) = (0.0, 0.0);
        for (var atom = 0; atom < draft.Atoms.Count; atom++)
        {
            var subject = draft.Atoms[atom].Subject;
            latency += draft.Prices.LatencyOf(subject, subject.Home, draft.Load.Horizon);
            partners += draft.PartnerPriceOf(atom, subject.Home) / 2;
        }

        return sum with { Latency = latency, Partners = partners };
    }

    private static LoadCurve CurveOf(FleetLoad load, int partition) =>
        new(load.MeanOf(partition).ToArray(), [.. load.VarianceOf(partition).ToArray().Select(value => Math.Max(0, value))]);
}
