using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>Says how many partitions a fleet needs: more in time, fewer slowly. Pure.</summary>
/// <remarks>
/// A fleet has to be as large as any slot needs that comes before another partition could be woken and filled. It may shrink to what all
/// slots need until a partition could be emptied, sleep, and be filled again (after P-Store, Taft et al. 2018, which finds the cheapest series
/// of sizes by dynamic programming for data that spreads evenly; here data are units that differ, so that each step is tried by planning it).
/// </remarks>
internal sealed class FleetSizer
{
    /// <summary>Share of its target that a fleet can be filled to: units are lumps.</summary>
    private const double Packing = 0.92;

    /// <summary>Least time that a partition has to be able to sleep for it to be emptied.</summary>
    private static readonly TimeSpan SleepMin = TimeSpan.FromHours(1);

    private readonly BalancerOptions options;

    /// <exception cref="ArgumentException">The options don't hold.</exception>
    public FleetSizer(BalancerOptions options)
    {
        options.Validate();
        this.options = options;
    }

    /// <summary>How large the fleet should be.</summary>
    /// <param name="input">What a plan would be made from; partitions that are waking have the time at which they are ready.</param>
    /// <param name="min">Fewest partitions; at least 1.</param>
    /// <param name="max">Most partitions.</param>
    /// <param name="wakeDelay">From the wish for a partition to its first move in.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one, or the most are fewer than the fewest.</exception>
    public FleetSize Advise(PlanInput input, int min, int max, TimeSpan wakeDelay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(min, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, min);
        var table = new PlanTable(input, options);
        var awake = Enumerable.Range(0, table.Load.Partitions.Count).Where(index => table.Load.Partitions[index].State == FleetState.Active).ToList();
        var like = table.Load.Partitions.MaxBy(partition => partition.Capacity)!;
        var bytes = Enumerable.Range(0, table.Load.Partitions.Count).Sum(table.Load.BytesOf);
        var fill = TimeSpan.FromSeconds(bytes / Math.Max(1, awake.Count) / like.MoveBytesPerSecond);
        var slotsToWake = SlotsOf(wakeDelay + fill, input.Horizon);
        var slotsToSleep = Math.Max(slotsToWake, SlotsOf(wakeDelay + (2 * fill) + SleepMin, input.Horizon));

        var (soon, soonSlot) = MostNeeded(table.Load, like, bytes, slotsToWake);
        if (soon > awake.Count || awake.Count < min)
        {
            var wanted = Math.Clamp(soon, min, max);
            return new FleetSize(wanted, [], slotsToSleep, FormattableString.Invariant(
                $"{Count(soon)} needed at {PlanWords.Clock(input.Horizon.StartOf(soonSlot))}, and it takes {slotsToWake} slots to have one more"));
        }

        var (later, _) = MostNeeded(table.Load, like, bytes, slotsToSleep);
        var isEmptying = table.Load.Partitions.Any(partition => partition.State == FleetState.Draining);
        if (later < awake.Count && awake.Count > min && !isEmptying && Cheapest(table, awake) is var cheapest && DoesWithout(input, cheapest, slotsToSleep))
        {
            var drained = table.Load.Partitions[cheapest];
            var until = PlanWords.Clock(input.Horizon.StartOf(slotsToSleep));
            return new FleetSize(
                awake.Count - 1, [drained.Id], slotsToSleep, $"{Count(later)} enough until {until}, and the others take what {drained.Name} has");
        }

        return new FleetSize(Math.Min(awake.Count, max), [], slotsToSleep, "it is as large as it should be");
    }

    private static string Count(int partitions) => partitions == 1 ? "1 partition is" : $"{partitions} partitions are";

    private static int SlotsOf(TimeSpan time, PlanHorizon horizon) => (int)Math.Min(Math.Ceiling(horizon.PositionOf(time)) + 1, horizon.SlotCount);

    /// <summary>Partitions that the fullest of the first slots needs, and which slot that is.</summary>
    private (int Partitions, int Slot) MostNeeded(FleetLoad load, FleetPartition like, double bytes, int slots)
    {
        var forBytes = like.SizeBudgetBytes <= 0 ? 1 : bytes / (Packing * like.SizeBudgetBytes);
        var most = (Needed: forBytes, Slot: 0);
        for (var slot = 0; slot < Math.Min(slots, load.Horizon.SlotCount); slot++)
        {
            var (mean, variance) = (0.0, 0.0);
            for (var partition = 0; partition < load.Partitions.Count; partition++)
            {
                mean += load.MeanOf(partition)[slot];
                variance += load.VarianceOf(partition)[slot];
            }

            var needed = (mean + Math.Sqrt(Math.Max(0, variance))) / (Packing * options.Cost.TargetShare * like.Capacity);
            if (needed > most.Needed) most = (needed, slot);
        }

        return ((int)Math.Ceiling(most.Needed), most.Slot);
    }

    /// <summary>The partition with the fewest bytes; of equals the one with the least load, then the last.</summary>
    private static int Cheapest(PlanTable table, List<int> awake) => awake
        .OrderBy(table.Load.BytesOf)
        .ThenBy(table.Load.PeakShareOf)
        .ThenByDescending(index => index)
        .First();

    /// <summary>Whether the others take all of a partition without coming under more strain for so many slots.</summary>
    private bool DoesWithout(PlanInput input, int without, int slots)
    {
        var id = input.Partitions.OrderBy(partition => partition.Id).ElementAt(without).Id;
        var smaller = new PlanTable(
            input.First(slots) with
            {
                Partitions = [.. input.Partitions.Select(partition => partition.Id == id ? partition with { State = FleetState.Draining } : partition)],
            },
            options);
        var before = StrainOf(smaller.Load);
        var draft = new PlanDraft(smaller.Load, smaller.Prices, smaller.Atoms.Atoms);
        new PlacementSearch(draft, options.Cost.TargetShare, options.MovesMax).Run();
        var isEmpty = draft.Atoms.All(atom => atom.Subject.Home != without || draft.PlaceOf(atom.Index) != without);
        return isEmpty && StrainOf(draft.Load) <= before + (options.Cost.MoveSeconds * smaller.Load.Partitions[without].Capacity);
    }

    private static double StrainOf(FleetLoad load) => Enumerable.Range(0, load.Partitions.Count)
        .Sum(partition => load.TermsOf(partition) is var terms ? terms.Overload + terms.Strain + terms.Size : 0);
}
