namespace Foreshard.Balancing;

/// <summary>Looks for the cheapest placement by local search, the costliest partition first. Deterministic; for one thread.</summary>
/// <remarks>
/// Greedy relocation with swaps where relocation finds nothing; small problems are then polished by looking at every relocation and
/// every swap, by emptying pairs of partitions and filling them anew (ruin and recreate, Schrimpf et al. 2000), and by forcing each unit
/// to each partition and letting the others make room. The optimum isn't promised; how far it is away is measured against an exact solver
/// by the benchmark <c>plan-gap</c>.
/// </remarks>
internal sealed class PlacementSearch
{
    /// <summary>Atoms of a partition that are looked at closely: those whose going relieves it most.</summary>
    private const int Closely = 16;

    /// <summary>Partitions that a relocation is tried to, where there are many: those with the lowest peaks.</summary>
    private const int Targets = 24;

    /// <summary>Partitions and atoms that swaps are tried with, where there are many.</summary>
    private const int SwapPartitions = 6;
    private const int SwapAtoms = 24;

    /// <summary>
    /// What counts as a gain: a hundredth of a second of a partition's capacity, and more than what sums of floats are rounded by, or two
    /// placements would seem better than each other for ever.
    /// </summary>
    private const double SecondsMin = 0.01;
    private const double RoundingMin = 1e-6;

    /// <summary>Most times that all atoms are looked at in a row.</summary>
    private const int PassesMax = 20;

    /// <summary>Up to so many pairs of an atom and a partition every one of them is looked at, again and again.</summary>
    private const int SmallProblem = 400;

    /// <summary>Up to so many such pairs each of them is forced once a round.</summary>
    private const int TinyProblem = 60;

    /// <summary>Times that all pairs of partitions of a small problem are emptied and filled anew.</summary>
    private const int Rounds = 4;

    private readonly PlanDraft draft;
    private readonly double worst;
    private readonly double epsilon;
    private readonly int movesMax;
    private readonly List<int> targets = [];

    /// <param name="draft">Where everything is; it is changed.</param>
    /// <param name="worst">Largest planned share of a partition's capacity that may come about.</param>
    /// <param name="movesMax">Most changes of place.</param>
    public PlacementSearch(PlanDraft draft, double worst, int movesMax)
    {
        this.draft = draft;
        this.worst = worst;
        this.movesMax = movesMax;
        epsilon = (SecondsMin * draft.Load.Partitions.Average(partition => partition.Capacity)) + (RoundingMin * draft.Cost());
    }

    private int Partitions => draft.Load.Partitions.Count;

    /// <summary>Changes places until nothing better is found.</summary>
    public void Run()
    {
        for (var partition = 0; partition < Partitions; partition++) targets.Add(partition);
        Drain();
        Descend();
        BringTogether();
        if ((long)draft.Atoms.Count * Partitions > SmallProblem) return;
        Polish(pinned: -1);
        for (var round = 0; round < Rounds && (RuinAndRecreate() | ForceEach()); round++) Polish(pinned: -1);
    }

    /// <summary>What has to leave goes first, the heaviest first, even where that costs.</summary>
    private void Drain()
    {
        var leaving = Enumerable.Range(0, draft.Atoms.Count)
            .Where(atom => draft.Atoms[atom].StayPrice > 0 && !draft.Atoms[atom].IsFixed)
            .OrderByDescending(atom => draft.Atoms[atom].Subject.Curve.Peak)
            .ThenBy(atom => atom);
        foreach (var atom in leaving)
        {
            if (BestPlaceOf(atom) is var (place, change) && change < 0) draft.Place(atom, place);
        }
    }

    /// <summary>Relieves the costliest partition until none can be relieved.</summary>
    private void Descend()
    {
        var exhausted = new bool[Partitions];
        for (var moves = 0; moves < movesMax;)
        {
            if (Costliest(exhausted) is not { } partition) return;
            if (Relieve(partition) is not { } other)
            {
                exhausted[partition] = true;
                continue;
            }

            moves++;
            exhausted[other] = false;
        }
    }

    private int? Costliest(bool[] exhausted)
    {
        int? costliest = null;
        for (var partition = 0; partition < Partitions; partition++)
        {
            if (exhausted[partition] || draft.Load.CostOf(partition) <= epsilon) continue;
            if (costliest is null || draft.Load.CostOf(partition) > draft.Load.CostOf(costliest.Value)) costliest = partition;
        }

        return costliest;
    }

    /// <summary>One relocation, or where none gains one swap.</summary>
    /// <returns>The other partition; null if nothing gains.</returns>
    private int? Relieve(int partition)
    {
        ChooseTargets();
        var atoms = MostRelieving(partition);
        var best = (Atom: -1, Place: -1, Change: -epsilon);
        foreach (var atom in atoms)
        {
            if (BestPlaceOf(atom, best.Change) is var (place, change) && change < best.Change) best = (atom, place, change);
        }

        if (best.Atom >= 0)
        {
            draft.Place(best.Atom, best.Place);
            return best.Place;
        }

        return Swap(partition, atoms);
    }

    /// <summary>Where there are many partitions, only those are looked at closely that have the most room at their peak.</summary>
    private void ChooseTargets()
    {
        if (Partitions <= Targets) return;
        targets.Clear();
        targets.AddRange(Enumerable.Range(0, Partitions).OrderBy(draft.Load.PeakShareOf).ThenBy(partition => partition).Take(Targets));
        targets.Sort();
    }

    /// <summary>The atoms of a partition whose going relieves it most, after the price of their going.</summary>
    private List<int> MostRelieving(int partition)
    {
        var cost = draft.Load.CostOf(partition);
        var away = partition == 0 ? Partitions - 1 : 0;
        var reliefs = new List<(double Relief, int Atom)>();
        foreach (var atom in draft.AtomsAt(partition))
        {
            if (draft.Atoms[atom].IsFixed) continue;
            var subject = draft.Atoms[atom].Subject;
            var (from, transfer) = partition == subject.Home
                ? (draft.FromSlot(subject, away), draft.Prices.TransferOf(subject.Bytes, partition, away))
                : (draft.FromSlot(subject, partition), 0);
            var relief = cost - draft.Load.CostWithout(partition, subject.Curve, from, subject.BytesAtEnd) - transfer;
            if (relief > 0) reliefs.Add((relief, atom));
        }

        reliefs.Sort((left, right) => left.Relief != right.Relief ? right.Relief.CompareTo(left.Relief) : left.Atom.CompareTo(right.Atom));
        return [.. reliefs.Take(Closely).Select(one => one.Atom)];
    }

    /// <summary>The best other place of an atom, if it gains more than a limit.</summary>
    private (int Place, double Change)? BestPlaceOf(int atom, double below = 0)
    {
        (int Place, double Change)? best = null;
        foreach (var place in targets)
        {
            if (place == draft.PlaceOf(atom) || !draft.MayGo(atom, place)) continue;
            var change = draft.ChangeOf(atom, place);
            if (change < (best?.Change ?? below) && !MakesWorse(atom, place)) best = (place, change);
        }

        return best;
    }

    /// <summary>Whether the worst moment of the fleet would become worse.</summary>
    private bool MakesWorse(int atom, int place)
    {
        var subject = draft.Atoms[atom].Subject;
        return place != subject.Home && draft.Load.PeakShareWith(place, subject.Curve, draft.FromSlot(subject, place)) > worst;
    }

    private int? Swap(int partition, List<int> atoms)
    {
        var others = Enumerable.Range(0, Partitions).Where(other => other != partition)
            .OrderBy(draft.Load.CostOf).ThenBy(other => other).Take(SwapPartitions).ToList();
        foreach (var atom in atoms)
        {
            foreach (var other in others)
            {
                if (!draft.MayGo(atom, other)) continue;
                var back = draft.AtomsAt(other).Where(one => !draft.Atoms[one].IsFixed)
                    .OrderByDescending(one => draft.Atoms[one].Subject.Curve.Peak).ThenBy(one => one).Take(SwapAtoms).ToList();
                if (back.Exists(one => TrySwap(atom, one))) return other;
            }
        }

        return null;
    }

    /// <summary>Lets two atoms change places, if that gains.</summary>
    private bool TrySwap(int first, int second)
    {
        var (firstPlace, secondPlace) = (draft.PlaceOf(first), draft.PlaceOf(second));
        if (firstPlace == secondPlace) return false;
        var change = draft.ChangeOf(first, secondPlace);
        draft.Place(first, secondPlace);
        if (draft.MayGo(second, firstPlace))
        {
            change += draft.ChangeOf(second, firstPlace);
            if (change < -epsilon)
            {
                draft.Place(second, firstPlace);
                if (draft.Load.PeakShareOf(firstPlace) <= worst && draft.Load.PeakShareOf(secondPlace) <= worst
                    && TakesWhatItHas(firstPlace) && TakesWhatItHas(secondPlace))
                {
                    return true;
                }

                draft.Place(second, secondPlace);
            }
        }

        draft.Place(first, firstPlace);
        return false;
    }

    private bool TakesWhatItHas(int partition)
    {
        var budget = draft.Load.Partitions[partition].SizeBudgetBytes;
        return budget <= 0 || draft.Load.BytesOf(partition) <= budget;
    }

    /// <summary>Atoms that are better off elsewhere though their partition isn't pressed: nearer to users, partners or siblings.</summary>
    private void BringTogether()
    {
        for (var atom = 0; atom < draft.Atoms.Count; atom++)
        {
            if (draft.Atoms[atom].IsFixed || draft.PriceOf(atom, draft.PlaceOf(atom)) <= epsilon) continue;
            if (BestPlaceOf(atom, -epsilon) is var (place, _)) draft.Place(atom, place);
        }
    }

    /// <summary>Every relocation and every swap, until none gains; all but of a pinned atom.</summary>
    private void Polish(int pinned)
    {
        var changed = true;
        for (var pass = 0; changed && pass < PassesMax; pass++)
        {
            changed = false;
            for (var atom = 0; atom < draft.Atoms.Count; atom++)
            {
                if (draft.Atoms[atom].IsFixed || atom == pinned) continue;
                if (BestPlaceOf(atom, -epsilon) is var (place, _))
                {
                    draft.Place(atom, place);
                    changed = true;
                }

                for (var other = atom + 1; other < draft.Atoms.Count; other++)
                {
                    if (!draft.Atoms[other].IsFixed && other != pinned && TrySwap(atom, other)) changed = true;
                }
            }
        }
    }

    /// <summary>Forces each atom to each partition and lets the others make room; what isn't better is undone.</summary>
    private bool ForceEach()
    {
        if (draft.Atoms.Count * Partitions > TinyProblem) return false;
        var gained = false;
        for (var atom = 0; atom < draft.Atoms.Count; atom++)
        {
            for (var place = 0; place < Partitions; place++)
            {
                if (draft.Atoms[atom].IsFixed || place == draft.PlaceOf(atom) || !draft.MayGo(atom, place)) continue;
                var (forced, target) = (atom, place);
                gained |= IsBetterAfter(() =>
                {
                    draft.Place(forced, target);
                    Polish(pinned: forced);
                });
            }
        }

        return gained;
    }

    /// <summary>Does something, and undoes it if it was no gain.</summary>
    private bool IsBetterAfter(Action change)
    {
        var places = Enumerable.Range(0, draft.Atoms.Count).Select(draft.PlaceOf).ToArray();
        var cost = draft.Cost();
        change();
        if (draft.Cost() < cost - epsilon && Holds()) return true;
        for (var atom = 0; atom < places.Length; atom++) draft.Place(atom, places[atom]);
        return false;
    }

    /// <summary>Empties pairs of partitions and fills them anew, the heaviest first; what isn't better is undone.</summary>
    private bool RuinAndRecreate()
    {
        var gained = false;
        for (var first = 0; first < Partitions; first++)
        {
            for (var second = first + 1; second < Partitions; second++) gained |= Recreate(first, second);
        }

        return gained;
    }

    private bool Recreate(int first, int second)
    {
        var atoms = draft.AtomsAt(first).Concat(draft.AtomsAt(second)).Where(atom => !draft.Atoms[atom].IsFixed)
            .OrderByDescending(atom => draft.Atoms[atom].Subject.Curve.Peak).ThenBy(atom => atom).ToList();
        return IsBetterAfter(() =>
        {
            // All on one partition first: each then goes where it is cheapest given those before it.
            foreach (var atom in atoms.Where(atom => draft.MayGo(atom, second))) draft.Place(atom, second);
            foreach (var atom in atoms)
            {
                if (BestPlaceOf(atom, -epsilon) is var (place, _)) draft.Place(atom, place);
            }

            for (var swap = 0; swap < atoms.Count; swap++)
            {
                for (var other = swap + 1; other < atoms.Count; other++) TrySwap(atoms[swap], atoms[other]);
            }
        });
    }

    private bool Holds() => Enumerable.Range(0, Partitions)
        .All(partition => TakesWhatItHas(partition) && draft.Load.PeakShareOf(partition) <= worst);
}
