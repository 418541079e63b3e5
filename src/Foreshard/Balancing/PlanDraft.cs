using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>A placement in the making: where every atom shall be, and what that costs. For one thread.</summary>
/// <remarks>
/// An atom that shall be elsewhere counts at its home before the slot in which its move, begun now, would be over, and at its place from
/// then on. The cost is that of <see cref="FleetLoad"/> of all partitions, and of each atom the prices of its transfer, of going again, of its users'
/// round trips, of partners elsewhere, of staying where all have to leave, and of making one unit several.
/// </remarks>
internal sealed class PlanDraft
{
    private readonly int[] places;
    private readonly List<int>[] atomsAt;
    private readonly Dictionary<EntityKey, int> atomOf = [];
    private readonly (int Atom, double PerSecond)[][] partners;
    private readonly int[][] siblings;

    /// <param name="load">Everything at home, with what is on its way.</param>
    /// <param name="prices">The prices.</param>
    /// <param name="atoms">In the order of units.</param>
    public PlanDraft(FleetLoad load, PlacementPrices prices, IReadOnlyList<PlanAtom> atoms)
    {
        Load = load;
        Prices = prices;
        Atoms = atoms;
        places = [.. atoms.Select(atom => atom.Subject.Home)];
        atomsAt = [.. Enumerable.Range(0, load.Partitions.Count).Select(_ => new List<int>())];
        siblings = new int[atoms.Count][];
        for (var i = 0; i < atoms.Count; i++)
        {
            atomsAt[places[i]].Add(i);
            if (!atoms[i].Entity.IsNone) atomOf.TryAdd(atoms[i].Entity, i);
        }

        foreach (var group in Enumerable.Range(0, atoms.Count).Where(i => atoms[i].IsPiece).GroupBy(i => atoms[i].Origin))
        {
            var all = group.ToArray();
            foreach (var i in all) siblings[i] = all;
        }

        partners = PartnersOf(atoms);
    }

    /// <summary>What is planned of every partition.</summary>
    public FleetLoad Load { get; }

    /// <summary>The prices.</summary>
    public PlacementPrices Prices { get; }

    /// <summary>In the order of units.</summary>
    public IReadOnlyList<PlanAtom> Atoms { get; }

    /// <summary>Where an atom shall be.</summary>
    public int PlaceOf(int atom) => places[atom];

    /// <summary>What shall be on a partition, in no particular order.</summary>
    public IReadOnlyList<int> AtomsAt(int partition) => atomsAt[partition];

    /// <summary>Prices that don't come from loads, of an atom at a place, all others where they are.</summary>
    public double PriceOf(int atom, int place)
    {
        var (subject, stay, again) = (Atoms[atom].Subject, Atoms[atom].StayPrice, Atoms[atom].AgainPrice);
        var price = place == subject.Home ? stay : Prices.TransferOf(subject.Bytes, subject.Home, place) + again;
        return price + Prices.LatencyOf(subject, place, Load.Horizon) + PartnerPriceOf(atom, place) + ShardPriceOf(atom, place);
    }

    /// <summary>Price of an atom's partners elsewhere, if it was at a place.</summary>
    public double PartnerPriceOf(int atom, int place)
    {
        var price = 0.0;
        foreach (var (partner, perSecond) in partners[atom]) price += Prices.PartnersOf(perSecond, place, places[partner], Load.Horizon);
        return price;
    }

    /// <summary>What changes if an atom goes to another place; below 0 it is a gain.</summary>
    public double ChangeOf(int atom, int place)
    {
        var (subject, now) = (Atoms[atom].Subject, places[atom]);
        if (place == now) return 0;
        var (curve, bytes, home) = (subject.Curve, subject.BytesAtEnd, subject.Home);
        var change = PriceOf(atom, place) - PriceOf(atom, now);
        var (nowFrom, placeFrom) = (FromSlot(subject, now), FromSlot(subject, place));
        if (now == home)
        {
            return change + Load.CostWithout(home, curve, placeFrom, bytes) - Load.CostOf(home)
                + Load.CostWith(place, curve, placeFrom, bytes) - Load.CostOf(place);
        }

        change += Load.CostWithout(now, curve, nowFrom, bytes) - Load.CostOf(now);
        if (place == home) return change + Load.CostWith(home, curve, nowFrom, bytes) - Load.CostOf(home);
        change += Load.CostWith(place, curve, placeFrom, bytes) - Load.CostOf(place);
        return nowFrom == placeFrom ? change : change + Load.CostAfterSwap(home, curve, nowFrom, curve, placeFrom, 0) - Load.CostOf(home);
    }

    /// <summary>Lets an atom go to another place.</summary>
    public void Place(int atom, int place)
    {
        var (subject, now) = (Atoms[atom].Subject, places[atom]);
        if (place == now) return;
        Shift(subject, now, -1);
        Shift(subject, place, 1);
        atomsAt[now].Remove(atom);
        atomsAt[place].Add(atom);
        places[atom] = place;
        Load.Update(subject.Home);
        Load.Update(now);
        Load.Update(place);
    }

    /// <summary>What all of it costs.</summary>
    public double Cost()
    {
        var cost = 0.0;
        for (var partition = 0; partition < Load.Partitions.Count; partition++) cost += Load.CostOf(partition);
        for (var atom = 0; atom < Atoms.Count; atom++)
        {
            // Partners and pieces are counted from both sides.
            var both = PartnerPriceOf(atom, places[atom]) + ShardPriceOf(atom, places[atom]);
            cost += PriceOf(atom, places[atom]) - (both / 2);
        }

        return cost;
    }

    /// <summary>Whether an atom may go to a place at all.</summary>
    public bool MayGo(int atom, int place)
    {
        var subject = Atoms[atom].Subject;
        if (place == subject.Home || place == places[atom]) return true;
        return FromSlot(subject, place) < Load.Horizon.SlotCount && TargetChoice.RefusalOf(Load, place, subject.BytesAtEnd) is null;
    }

    /// <summary>Whether an atom may go to a place if there is room for its bytes.</summary>
    public bool IsOpen(int atom, int place)
    {
        var subject = Atoms[atom].Subject;
        return place == subject.Home || (Load.Partitions[place].State == FleetState.Active && FromSlot(subject, place) < Load.Horizon.SlotCount);
    }

    /// <summary>Slot from which an atom counts at a place.</summary>
    public int FromSlot(PlacementSubject subject, int place) => place == subject.Home
        ? 0
        : Prices.SlotOfArrival(subject, place, Load.Horizon);

    private void Shift(PlacementSubject subject, int place, int times)
    {
        // Where nothing is told otherwise, everything is at home: what is elsewhere is taken from there from its slot on.
        if (place == subject.Home) return;
        var from = FromSlot(subject, place);
        Load.Add(place, subject.Curve, from, times);
        Load.Add(subject.Home, subject.Curve, from, -times);
        Load.AddBytes(place, times * subject.BytesAtEnd);
        Load.AddBytes(subject.Home, -times * subject.BytesAtEnd);
    }

    /// <summary>Of a unit's pieces, those that are elsewhere than this one: each pair costs half a shard on either side.</summary>
    private double ShardPriceOf(int atom, int place)
    {
        if (siblings[atom] is not { } all) return 0;
        var apart = 0;
        foreach (var sibling in all)
        {
            if (sibling != atom && places[sibling] != place) apart++;
        }

        var capacity = Prices.Fleet[Atoms[atom].Subject.Home].Capacity;
        return apart * Prices.Options.ShardSeconds * capacity / all.Length;
    }

    private (int Atom, double PerSecond)[][] PartnersOf(IReadOnlyList<PlanAtom> atoms)
    {
        var lists = new List<(int Atom, double PerSecond)>?[atoms.Count];
        foreach (var (atom, index) in atoms.Select((atom, index) => (atom, index)))
        {
            if (atom.Unit.Partners.Count == 0 || (atom.Part is not null && atomOf[atom.Entity] != index)) continue;
            foreach (var (partner, perSecond) in atom.Unit.Partners)
            {
                // A pair that both tell of is counted half by each; one that only one tells of is seen by both all the same.
                if (!atomOf.TryGetValue(partner, out var other) || other == index) continue;
                (lists[index] ??= []).Add((other, perSecond / 2));
                (lists[other] ??= []).Add((index, perSecond / 2));
            }
        }

        return [.. lists.Select(list => list?.OrderBy(one => one.Atom).ToArray() ?? [])];
    }
}
