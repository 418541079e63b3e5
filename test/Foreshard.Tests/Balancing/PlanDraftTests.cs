using CsCheck;
using Foreshard.Balancing;
using Foreshard.Sharding;

namespace Foreshard.Tests.Balancing;

public sealed class PlanDraftTests
{
    [Fact]
    public void What_a_change_of_place_costs_is_what_the_slow_reference_says() => Gen.Select(AnyFleet.Gen, Gen.Int).Sample(
        (scene, seed) =>
        {
            var random = new Random(seed);
            var draft = DraftOf(scene.Input, scene.Options);
            for (var change = 0; change < 12; change++)
            {
                var (atom, place) = (random.Next(draft.Atoms.Count), random.Next(draft.Load.Partitions.Count));
                var (before, said) = (Reference(draft, scene.Input), draft.ChangeOf(atom, place));
                Equal(before, draft.Cost(), before);
                draft.Place(atom, place);
                Equal(Reference(draft, scene.Input) - before, said, before);
            }
        },
        iter: 60);

    [Fact]
    public void Going_back_home_leaves_everything_as_it_was() => AnyFleet.Gen.Sample(
        scene =>
        {
            var draft = DraftOf(scene.Input, scene.Options);
            var cost = draft.Cost();
            for (var atom = 0; atom < draft.Atoms.Count; atom++) draft.Place(atom, atom % draft.Load.Partitions.Count);
            for (var atom = 0; atom < draft.Atoms.Count; atom++) draft.Place(atom, draft.Atoms[atom].Subject.Home);

            Equal(cost, draft.Cost(), cost);
        },
        iter: 60);

    private static void Equal(double expected, double actual, double scale) => Assert.Equal(expected, actual, 0.5 + (1e-5 * Math.Abs(scale)));

    private static PlanDraft DraftOf(PlanInput input, BalancerOptions options)
    {
        var table = new PlanTable(input, options);
        return new PlanDraft(table.Load, table.Prices, table.Atoms.Atoms);
    }

    /// <summary>The whole cost function as it is written down, from the input, the atoms and their places alone; in doubles, slot by slot.</summary>
    private static double Reference(PlanDraft draft, PlanInput input)
    {
        var (load, options) = (draft.Load, draft.Load.Options);
        var (horizon, partitions) = (load.Horizon, load.Partitions);
        var loads = Loads.Of(input, [], new BalancerOptions { Cost = options }).OrderBy(one => one.Partition).ToList();
        var active = partitions.Where(partition => partition.State == FleetState.Active).Sum(partition => partition.Capacity);
        var allBusy = input.Units.Sum(unit => unit.Curve.Busy);
        var cost = 0.0;
        for (var partition = 0; partition < partitions.Count; partition++)
        {
            var bytes = BytesAtHome(input, partitions[partition].Id);
            for (var atom = 0; atom < draft.Atoms.Count; atom++)
            {
                var (home, place) = (draft.Atoms[atom].Subject.Home, draft.PlaceOf(atom));
                var times = (place == partition ? 1 : 0) - (home == partition ? 1 : 0);
                bytes += times * draft.Atoms[atom].Subject.BytesAtEnd;
            }

            for (var slot = 0; slot < horizon.SlotCount; slot++)
            {
                var (mean, variance) = (loads[partition].Means[slot], loads[partition].Variances[slot]);
                for (var atom = 0; atom < draft.Atoms.Count; atom++)
                {
                    var (subject, place) = (draft.Atoms[atom].Subject, draft.PlaceOf(atom));
                    if (place == subject.Home || (place != partition && subject.Home != partition) || slot < ArrivalOf(draft, subject, place)) continue;
                    var times = place == partition ? 1 : -1;
                    mean += times * subject.Curve.Mean[slot];
                    variance += times * subject.Curve.Variance[slot];
                }

                var planned = mean + Math.Sqrt(Math.Max(0, variance));
                var capacity = horizon.StartOf(slot) >= partitions[partition].ReadyUtc ? partitions[partition].Capacity : 0;
                var weight = Math.Max(options.ForesightFloor, Math.Exp(-(horizon.StartOf(slot) - horizon.StartUtc) / options.ForesightTime));
                cost += weight * horizon.LengthOf(slot).TotalSeconds * (Math.Max(0, planned - capacity)
                    + (options.Strain * Math.Max(0, planned - (options.TargetShare * capacity)))
                    + (options.Imbalance * Math.Max(0, mean - load.BalanceAt(partition, slot))));
            }

            var atHome = input.Units.Where(unit => IsAtHome(input, unit, partitions[partition].Id, horizon)).Sum(unit => unit.Curve.Busy);
            var number = partition;
            var fair = partitions[partition].Capacity * allBusy / active / options.TargetShare;
            var aboveFair = Math.Max(0, atHome + draft.Atoms.Sum(atom => BusyOf(draft, atom.Index, number)) - fair);
            if (allBusy > 0) cost += options.CrowdTime.TotalSeconds * aboveFair * aboveFair / partitions[partition].Capacity;

            var budget = partitions[partition].SizeBudgetBytes;
            if (budget > 0) cost += Math.Max(0, bytes - budget) / budget * partitions[partition].Capacity * horizon.Seconds;
        }

        return cost + Enumerable.Range(0, draft.Atoms.Count).Sum(atom => PriceOf(draft, input, atom));
    }

    /// <summary>Where a unit is, or will be once its move is over.</summary>
    private static bool IsAtHome(PlanInput input, PlanUnit unit, PartitionId partition, PlanHorizon horizon)
    {
        if (input.Running.Where(move => move.Unit == unit.Unit).Select(move => (RunningMove?)move).SingleOrDefault() is not { } move)
            return unit.Partition == partition;
        var isInTime = Math.Floor(horizon.PositionOf(move.EndUtc - horizon.StartUtc) + 0.5) < horizon.SlotCount;
        return (isInTime ? move.To : unit.Partition) == partition;
    }

    private static double BusyOf(PlanDraft draft, int atom, int partition)
    {
        var (subject, place) = (draft.Atoms[atom].Subject, draft.PlaceOf(atom));
        if (place == subject.Home || ArrivalOf(draft, subject, place) == draft.Load.Horizon.SlotCount) return 0;
        return place == partition ? subject.Curve.Busy : subject.Home == partition ? -subject.Curve.Busy : 0;
    }

    private static double BytesAtHome(PlanInput input, PartitionId partition) => input.Units
        .Where(unit => input.Running.Where(move => move.Unit == unit.Unit).Select(move => move.To).DefaultIfEmpty(unit.Partition).Single() == partition)
        .Sum(unit => unit.Bytes + (unit.GrowthPerDay * (input.Horizon.EndUtc - input.Horizon.StartUtc).TotalDays));

    /// <summary>From the slot in which it is there for the larger half, and the partition for all of it.</summary>
    private static int ArrivalOf(PlanDraft draft, PlacementSubject subject, int place)
    {
        var (horizon, to) = (draft.Load.Horizon, draft.Load.Partitions[place]);
        var bandwidth = Math.Min(draft.Load.Partitions[subject.Home].MoveBytesPerSecond, to.MoveBytesPerSecond);
        var seconds = 2 + (subject.Bytes * draft.Prices.MovesPerPartition / bandwidth);
        var begin = to.ReadyUtc > horizon.StartUtc ? to.ReadyUtc : horizon.StartUtc;
        var end = horizon.PositionOf(begin.AddSeconds(seconds) - horizon.StartUtc);
        var slot = (int)Math.Floor(end + 0.5);
        while (slot < horizon.SlotCount && horizon.StartOf(slot) < to.ReadyUtc) slot++;
        return Math.Min(slot, horizon.SlotCount);
    }

    private static double PriceOf(PlanDraft draft, PlanInput input, int index)
    {
        var (atom, place, options) = (draft.Atoms[index], draft.PlaceOf(index), draft.Load.Options);
        var (subject, fleet, horizon) = (atom.Subject, draft.Load.Partitions, draft.Load.Horizon);
        var seconds = horizon.Seconds;
        var price = atom.StayPrice;
        if (place != subject.Home)
        {
            var capacity = fleet[subject.Home].Capacity + fleet[place].Capacity;
            var bandwidth = Math.Min(fleet[subject.Home].MoveBytesPerSecond, fleet[place].MoveBytesPerSecond);
            var duration = options.MoveOverhead.TotalSeconds + (subject.Bytes * draft.Prices.MovesPerPartition / bandwidth);
            price = (options.Transfer * options.MoveShare * capacity * duration) + (options.MoveSeconds * capacity / 2);
            var isLately = atom.Unit.LastMovedUtc > horizon.StartUtc - options.AgainTime && (input.ResizedUtc ?? DateTime.MinValue) <= atom.Unit.LastMovedUtc;
            if (!atom.Unit.IsNew && fleet[subject.Home].State == FleetState.Active && isLately)
                price += options.AgainSeconds * fleet[subject.Home].Capacity;
        }

        if (!input.RoundTrips.IsUniform)
        {
            var told = subject.Regions.Sum(region => region.Share);
            var milliseconds = subject.Regions.Sum(region => region.Share * input.RoundTrips.Between(region.Label, fleet[place].Region))
                + (Math.Max(0, 1 - told) * input.RoundTrips.Unknown);
            price += options.LatencyMs * milliseconds * subject.Curve.MeanLoad * seconds;
        }

        // Half a price for each of a pair: the other half is counted with the other one.
        var partners = Partners(draft)
            .Where(pair => pair.One == index || pair.Other == index)
            .Where(pair => draft.PlaceOf(pair.One) != draft.PlaceOf(pair.Other));
        price += partners.Sum(pair => options.LatencyMs * seconds * pair.PerSecond / 2 / 2
            * (options.PartnerMs + input.RoundTrips.Between(fleet[draft.PlaceOf(pair.One)].Region, fleet[draft.PlaceOf(pair.Other)].Region)));
        var pieces = Enumerable.Range(0, draft.Atoms.Count).Where(other => draft.Atoms[other].Origin == atom.Origin).ToList();
        if (pieces.Count > 1)
        {
            price += pieces.Count(other => draft.PlaceOf(other) != place) * options.ShardSeconds * fleet[subject.Home].Capacity / pieces.Count / 2;
        }

        return price;
    }

    /// <summary>Each unit's partners that are atoms themselves; of a split unit, its first part has them.</summary>
    private static IEnumerable<(int One, int Other, double PerSecond)> Partners(PlanDraft draft)
    {
        var first = draft.Atoms.Where(atom => !atom.Entity.IsNone).GroupBy(atom => atom.Entity).ToDictionary(group => group.Key, group => group.First().Index);
        return
            from atom in draft.Atoms
            where atom.Part is null || first[atom.Entity] == atom.Index
            from partner in atom.Unit.Partners
            where first.TryGetValue(partner.Partner, out var other) && other != atom.Index
            select (atom.Index, first[partner.Partner], partner.PerSecond);
    }
}
