using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>Finds out how many partitions are missing, by planning with them.</summary>
internal sealed class CapacityAdvisor(PlanTable table, BalancerOptions options)
{
    /// <summary>Overload below that many seconds of one partition's capacity is no reason to buy a server.</summary>
    private const double Negligible = 1;

    /// <summary>
    /// With more pairs of an atom and a partition than that, room that is there in sum can be used, and what is missing in sum is what is missing.
    /// </summary>
    private const long LargeFleet = 100_000;

    /// <summary>What has to be gone of the overload for a number of partitions to be enough.</summary>
    private const double Enough = 0.95;

    /// <summary>What is missing after a plan; null if nothing is, or if nothing that is added now would come in time.</summary>
    public CapacityAdvice? Look(FleetLoad after, MoveScheduler scheduler)
    {
        var partitions = Enumerable.Range(0, after.Partitions.Count).ToList();
        var overload = partitions.Sum(partition => after.TermsOf(partition).Overload + after.TermsOf(partition).Size);
        var largest = after.Partitions.Max(partition => partition.Capacity);
        var stranded = StrandedOf(after, scheduler);
        if ((overload <= Negligible * largest && !stranded) || options.PartitionsToAskFor == 0) return null;
        var isLarge = (long)table.Atoms.Atoms.Count * after.Partitions.Count > LargeFleet;
        var missing = MissingOf(after) / largest;
        if (isLarge && !stranded && missing <= 0) return null;

        var worst = partitions.OrderByDescending(partition => after.TermsOf(partition).Overload).ThenBy(partition => partition).First();
        var slot = partitions.Select(partition => after.FirstSlotAbove(partition, 1)).Min() ?? 0;
        var by = after.Horizon.StartOf(slot);
        var because = stranded && overload <= Negligible * largest
            ? "there is no room for what is on a partition that has to be emptied"
            : FormattableString.Invariant(
                $"{after.Partitions[worst].Name} is forecast at {after.PeakShareOf(worst):0.00} of its capacity at {PlanWords.Clock(after.Horizon.StartOf(after.PeakSlotOf(worst)))}");

        if (isLarge && missing > 0) return new CapacityAdvice((int)Math.Min(Math.Ceiling(missing), options.PartitionsToAskFor), by, because);
        var best = LeftWith(options.PartitionsToAskFor);
        if (best > (1 - Enough) * (overload + StayOf(stranded)))
        {
            if (table.Atoms.Atoms.FirstOrDefault(atom => atom.Subject.Curve.Peak > largest) is not { } heavy) return null;
            return new CapacityAdvice(0, by, FormattableString.Invariant(
                $"{because}; no number of partitions would help: {heavy.Unit.Unit} alone is forecast at {heavy.Subject.Curve.Peak / largest:0.00} of the largest"));
        }

        var (low, high) = (0, options.PartitionsToAskFor);
        for (var step = 1; step < high; step *= 2)
        {
            if (LeftWith(step) > (1 - Enough) * (overload + StayOf(stranded))) low = step;
            else high = step;
        }

        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (LeftWith(middle) > (1 - Enough) * (overload + StayOf(stranded))) low = middle;
            else high = middle;
        }

        return new CapacityAdvice(high, by, because);

        double StayOf(bool isStranded) => isStranded ? table.Atoms.Atoms.Sum(atom => atom.StayPrice) : 0;
    }

    /// <summary>By how much the whole fleet is asked for more than it should be, cost units per second; below 0 if it isn't.</summary>
    private double MissingOf(FleetLoad after)
    {
        var room = options.Cost.TargetShare * after.Partitions.Sum(partition => partition.Capacity);
        return Enumerable.Range(0, after.Horizon.SlotCount).Max(
            slot => Enumerable.Range(0, after.Partitions.Count).Sum(partition => after.ShareAt(partition, slot) * after.Partitions[partition].Capacity) - room);
    }

    /// <summary>Whether something has to leave its partition and can't.</summary>
    private bool StrandedOf(FleetLoad after, MoveScheduler scheduler)
    {
        var going = scheduler.Scheduled.SelectMany(move => move.Atoms).Select(atom => atom.Index).ToHashSet();
        return table.Atoms.Atoms.Any(atom => after.Partitions[atom.Subject.Home].State == FleetState.Draining
            && !atom.IsFixed && !going.Contains(atom.Index) && !LeavesLater(atom, scheduler));
    }

    /// <summary>What only lacks time leaves with a later plan.</summary>
    private static bool LeavesLater(PlanAtom atom, MoveScheduler scheduler) => scheduler.Refused.Exists(
        one => one.Reason is RefusalReason.TooLate or RefusalReason.BudgetSpent or RefusalReason.FreezeWindow && one.Move.Atoms.Contains(atom));

    /// <summary>Overload that is left if so many partitions were there now.</summary>
    private double LeftWith(int more)
    {
        var partitions = table.Load.Partitions;
        var like = partitions.MaxBy(partition => partition.Capacity)!;
        var free = partitions[^1].Id.Value + 1;
        var added = Enumerable.Range(free, more).Select(id => like with
        {
            Id = new PartitionId(id),
            Name = FormattableString.Invariant($"new {id}"),
            State = FleetState.Active,
            ReadyUtc = default,
        });
        var larger = new PlanTable(table.Input with { Partitions = [.. partitions, .. added] }, options);
        var draft = new PlanDraft(larger.Load, larger.Prices, larger.Atoms.Atoms);
        var worst = Math.Max(options.Cost.TargetShare, Enumerable.Range(0, larger.Load.Partitions.Count).Max(larger.Load.PeakShareOf));
        new PlacementSearch(draft, worst, options.MovesMax).Run();
        var left = Enumerable.Range(0, larger.Load.Partitions.Count)
            .Sum(partition => draft.Load.TermsOf(partition).Overload + draft.Load.TermsOf(partition).Size);
        return left + draft.Atoms.Where(atom => draft.PlaceOf(atom.Index) == atom.Subject.Home).Sum(atom => atom.StayPrice);
    }
}
