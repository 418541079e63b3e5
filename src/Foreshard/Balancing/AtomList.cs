using System.Globalization;
using Foreshard.Profiling;
using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>Cuts units into what a plan may place apart: heavy entities leave their buckets, heavy entities are split. For one plan.</summary>
internal sealed class AtomList
{
    /// <summary>Parts that a split makes at most at a time: more are made by the plans after it.</summary>
    private const int PartsMax = 8;

    private readonly PlanInput input;
    private readonly BalancerOptions options;
    private readonly FleetLoad load;
    private readonly PlacementPrices prices;
    private readonly List<PlanAtom> atoms = [];
    private readonly HashSet<UnitId> running;

    /// <param name="input">What the plan is made from.</param>
    /// <param name="load">Everything at home, with what is on its way.</param>
    /// <param name="prices">The prices.</param>
    /// <param name="options">How plans are made.</param>
    public AtomList(PlanInput input, FleetLoad load, PlacementPrices prices, BalancerOptions options)
    {
        this.input = input;
        this.load = load;
        this.prices = prices;
        this.options = options;
        running = [.. input.Running.Select(move => move.Unit)];
    }

    /// <summary>In the order of units.</summary>
    public IReadOnlyList<PlanAtom> Atoms => atoms;

    /// <summary>What was too heavy and could not be split.</summary>
    public List<PlanRefusal> Refusals { get; } = [];

    /// <summary>Adds a unit.</summary>
    /// <param name="unit">Which one.</param>
    /// <param name="origin">Its place in the order of units.</param>
    /// <param name="home">Index of its partition.</param>
    public void Add(PlanUnit unit, int origin, int home)
    {
        var held = HeldOf(unit, home);
        var isLeaving = load.Partitions[home].State == FleetState.Draining;
        var isPressed = load.CostOf(home) > 0 || (isLeaving && unit.Curve.Peak >= options.SplitShare * load.Partitions[home].Capacity);
        if (held is not null || !isPressed || (unit.Split is null && unit.Members.Count == 0))
        {
            AddWhole(unit, origin, home, held);
            return;
        }

        if (unit.Members.Count > 0) AddBucket(unit, origin, home);
        else if (CutOf(unit.Split!, unit, home) is { } cut) AddParts(unit, origin, home, cut, isIsolated: false);
        else AddWhole(unit, origin, home, held);
    }

    /// <summary>Why a unit stays whatever it costs; null if it may go.</summary>
    private (RefusalReason Reason, string Because)? HeldOf(PlanUnit unit, int home)
    {
        if (running.Contains(unit.Unit)) return (RefusalReason.MoveRunning, "it is on its way already");
        var isLeaving = load.Partitions[home].State == FleetState.Draining;

        // What came into being where it is hasn't been anywhere else: an overload that is there now may be relieved by it. And all that is on a
        // partition that has just been filled came lately: if the fleet is another one since, that mustn't keep it in an overload that is seen coming.
        var isOverloaded = unit.IsNew ? load.MeanOf(home)[0] > load.Partitions[home].Capacity : IsOfOtherFleet(unit) && load.PeakShareOf(home) > 1;
        var mayHelp = isLeaving || isOverloaded;
        if (!mayHelp && unit.LastMovedUtc is { } moved && input.Horizon.StartUtc - moved < options.Cooldown)
        {
            return (RefusalReason.Cooldown, string.Create(
                CultureInfo.InvariantCulture, $"it moved at {moved:yyyy-MM-dd HH:mm} and stays until {moved + options.Cooldown:yyyy-MM-dd HH:mm}"));
        }

        if (!isLeaving && unit.IsAbstaining && load.ShareAt(home, 0) <= options.Cost.TargetShare)
        {
            return (RefusalReason.ForecastUncertain, string.Create(
                CultureInfo.InvariantCulture,
                $"its forecast knows nothing better than the present, and now its partition is at {load.ShareAt(home, 0):0.00} of its capacity"));
        }

        return null;
    }

    private void AddWhole(PlanUnit unit, int origin, int home, (RefusalReason Reason, string Because)? held) => atoms.Add(new PlanAtom
    {
        Index = atoms.Count,
        Unit = unit,
        Origin = origin,
        Entity = unit.Entity,
        Subject = SubjectOf(unit, unit.Curve, unit.Bytes, home, unit.Regions),
        Held = held,
        StayPrice = StayPriceOf(unit.Curve, unit.Bytes, home),
        AgainPrice = AgainPriceOf(unit, home),
    });

    /// <summary>The members each by itself, cut if they are heavy; and what is left of the bucket.</summary>
    private void AddBucket(PlanUnit unit, int origin, int home)
    {
        var members = unit.Members.OrderBy(member => member.Entity).ToList();
        var restBytes = Math.Max(0, unit.Bytes - members.Sum(member => member.Bytes));
        var rest = unit.Curve.Without(members.Select(member => member.Curve));
        var cuts = members.Select(member => member.Split is { } split ? CutOf(split, unit, home) : null).ToList();
        if (members.Count == 1 && cuts[0] is null && rest.Peak <= 0.05 * unit.Curve.Peak && restBytes <= 0.05 * unit.Bytes)
        {
            AddWhole(unit, origin, home, held: null);
            return;
        }

        atoms.Add(new PlanAtom
        {
            Index = atoms.Count,
            Unit = unit,
            Origin = origin,
            Subject = SubjectOf(unit, rest, restBytes, home, unit.Regions),
            Held = load.Partitions[home].State == FleetState.Draining ? null : (RefusalReason.SplitInstead, "what is heavy in it goes instead"),
            StayPrice = StayPriceOf(rest, restBytes, home),
            AgainPrice = AgainPriceOf(unit, home),
        });
        foreach (var (member, cut) in members.Zip(cuts))
        {
            if (cut is not null)
            {
                AddParts(unit, origin, home, cut, isIsolated: true, member);
                continue;
            }

            atoms.Add(new PlanAtom
            {
                Index = atoms.Count,
                Unit = unit,
                Origin = origin,
                Entity = member.Entity,
                Subject = SubjectOf(unit, member.Curve, member.Bytes, home, unit.Regions),
                IsIsolated = true,
                StayPrice = StayPriceOf(member.Curve, member.Bytes, home),
                AgainPrice = AgainPriceOf(unit, home),
            });
        }
    }

    private void AddParts(PlanUnit unit, int origin, int home, Cut cut, bool isIsolated, PlanMember? member = null)
    {
        foreach (var part in cut.Parts)
        {
            atoms.Add(new PlanAtom
            {
                Index = atoms.Count,
                Unit = unit,
                Origin = origin,
                Entity = member?.Entity ?? unit.Entity,
                Subject = SubjectOf(unit, part.Curve, part.Bytes, home, part.Regions),
                Part = part,
                Cut = cut,
                IsIsolated = isIsolated,
                StayPrice = StayPriceOf(part.Curve, part.Bytes, home),
                AgainPrice = AgainPriceOf(unit, home),
            });
        }
    }

    /// <summary>The best cut of something heavy into parts that fit well; null if it isn't heavy or can't be cut.</summary>
    private Cut? CutOf(SplitSubject subject, PlanUnit unit, int home)
    {
        var capacity = load.Partitions[home].Capacity;
        var curve = LoadCurve.Sum(input.Horizon.SlotCount, subject.Groups.Select(group => group.Curve).Append(subject.Rest));
        if (curve.Peak < options.SplitShare * capacity) return null;
        var wanted = (int)Math.Clamp(Math.Ceiling(curve.Peak / (options.SplitShare * capacity)), 2, Math.Min(PartsMax, Math.Max(2, subject.Groups.Count)));
        CutResult? last = null;
        for (var parts = wanted; parts >= 2; parts--)
        {
            last = CutFinder.Find(subject, parts, options.Cuts);
            if (last.Best is { } best) return best;
        }

        // Where a partition is above its target, what goes helps, however little it is: better than to leave it all where it is.
        if (last!.Refusal == CutRefusal.OneSideTooHeavy && load.PeakShareOf(home) > options.Cost.TargetShare
            && CutFinder.Find(subject, 2, options.Cuts with { LargestShare = options.UnevenShare }).Best is { } uneven)
        {
            return uneven;
        }

        Refusals.Add(new PlanRefusal(
            unit.Unit,
            subject.Entity,
            unit.Partition,
            RefusalReason.NoSplitPoint,
            string.Create(CultureInfo.InvariantCulture, $"at {curve.Peak / capacity:0.00} of its partition it should be split: {last.Because}")));
        return null;
    }

    private PlacementSubject SubjectOf(PlanUnit unit, LoadCurve curve, double bytes, int home, IReadOnlyList<LabelShare> regions)
    {
        var days = (input.Horizon.EndUtc - input.Horizon.StartUtc).TotalDays;
        var growth = unit.Bytes > 0 ? Math.Max(0, unit.GrowthPerDay) * days * bytes / unit.Bytes : 0;
        return new PlacementSubject(home, curve, bytes, bytes + growth, regions);
    }

    /// <summary>Whether the fleet got or began to give up a partition after the unit moved.</summary>
    private bool IsOfOtherFleet(PlanUnit unit) => unit.LastMovedUtc < input.ResizedUtc;

    /// <summary>
    /// Who moved lately goes on only for more than a fleet that is a little more even, unless all have to leave or the fleet isn't the same any more.
    /// </summary>
    private double AgainPriceOf(PlanUnit unit, int home)
    {
        if (unit.IsNew || unit.LastMovedUtc is not { } moved || load.Partitions[home].State == FleetState.Draining) return 0;
        var isLately = input.Horizon.StartUtc - moved < options.Cost.AgainTime && !IsOfOtherFleet(unit);
        return isLately ? options.Cost.AgainSeconds * load.Partitions[home].Capacity : 0;
    }

    /// <summary>
    /// Where all have to leave, staying costs more than going wherever there is room: half of its load's time, and its transfer three times.
    /// </summary>
    private double StayPriceOf(LoadCurve curve, double bytes, int home)
    {
        if (load.Partitions[home].State != FleetState.Draining) return 0;
        var other = home == 0 ? load.Partitions.Count - 1 : 0;
        var transfer = other == home ? 0 : prices.TransferOf(bytes, home, other);
        return (curve.MeanLoad * input.Horizon.Seconds / 2) + (3 * transfer)
            + (4 * options.Cost.MoveSeconds * load.Partitions[home].Capacity);
    }
}
