using Foreshard.Balancing;
using Google.OrTools.Sat;

namespace Foreshard.Tests.Balancing;

/// <summary>The cheapest placement of a small problem by the cost function of <see cref="PlanDraft"/>, found by OR-Tools CP-SAT.</summary>
/// <remarks>
/// Loads are rounded to twentieths of a cost unit per second, roots of variances upwards to the same; the placement found is then priced by
/// the draft itself, so that rounding shifts the optimum by next to nothing and flatters nobody.
/// </remarks>
internal sealed class ExactPlacement
{
    private const double LoadScale = 20;
    private const double PriceScale = 1e3;

    /// <summary>Up to so many placements are tried one by one, which takes less than to bound what their squares cost.</summary>
    private const double Few = 2000;

    private readonly PlanDraft draft;
    private readonly double worst;
    private readonly CpModel model = new();
    private readonly BoolVar[,] at;
    private readonly List<LinearExpr> terms = [];

    private ExactPlacement(PlanDraft draft, double worst)
    {
        this.draft = draft;
        this.worst = worst;
        at = new BoolVar[draft.Atoms.Count, draft.Load.Partitions.Count];
    }

    private int Slots => draft.Load.Horizon.SlotCount;

    private int Partitions => draft.Load.Partitions.Count;

    /// <summary>Lets every atom go to where the cheapest placement has it.</summary>
    /// <param name="draft">Everything at home; it is changed.</param>
    /// <param name="worst">Largest planned share of a partition's capacity that may come about.</param>
    /// <param name="limit">Seconds after which the cheapest so far has to do; above 0.</param>
    /// <returns>True if it is proved that nothing is cheaper.</returns>
    public static bool Solve(PlanDraft draft, double worst, double limit = 20) => new ExactPlacement(draft, worst).Solve(limit);

    private bool Solve(double limit)
    {
        AddPlaces();
        for (var partition = 0; partition < Partitions; partition++)
        {
            for (var slot = 0; slot < Slots; slot++) AddLoad(partition, slot);
            AddCrowd(partition);
        }

        model.Minimize(LinearExpr.Sum(terms));
        for (var atom = 0; atom < draft.Atoms.Count; atom++)
        {
            for (var partition = 0; partition < Partitions; partition++) model.AddHint(at[atom, partition], draft.PlaceOf(atom) == partition ? 1 : 0);
        }

        var branching = Math.Pow(Partitions, draft.Atoms.Count) <= Few ? "FIXED_SEARCH" : "AUTOMATIC_SEARCH";
        model.AddDecisionStrategy(
            at.Cast<BoolVar>(),
            DecisionStrategyProto.Types.VariableSelectionStrategy.ChooseFirst,
            DecisionStrategyProto.Types.DomainReductionStrategy.SelectMaxValue);
        var solver = new CpSolver
        {
            StringParameters = FormattableString.Invariant($"num_workers:1,random_seed:1,max_time_in_seconds:{limit},search_branching:{branching}"),
        };
        var status = solver.Solve(model);
        if (status is not (CpSolverStatus.Optimal or CpSolverStatus.Feasible)) throw new InvalidOperationException($"CP-SAT says {status}.");
        for (var atom = 0; atom < draft.Atoms.Count; atom++)
        {
            for (var partition = 0; partition < Partitions; partition++)
            {
                if (solver.BooleanValue(at[atom, partition])) draft.Place(atom, partition);
            }
        }

        return status == CpSolverStatus.Optimal;
    }

    private void AddPlaces()
    {
        for (var atom = 0; atom < draft.Atoms.Count; atom++)
        {
            for (var partition = 0; partition < Partitions; partition++)
            {
                at[atom, partition] = model.NewBoolVar($"x{atom},{partition}");
                if (!draft.MayGo(atom, partition)) model.Add(at[atom, partition] == 0);
                terms.Add(at[atom, partition] * Price(draft.PriceOf(atom, partition) - draft.PartnerPriceOf(atom, partition)));
            }

            model.AddExactlyOne(Enumerable.Range(0, Partitions).Select(partition => at[atom, partition]));
        }

        for (var partition = 0; partition < Partitions; partition++)
        {
            var budget = draft.Load.Partitions[partition].SizeBudgetBytes;
            if (budget <= 0) continue;
            var bytes = Enumerable.Range(0, draft.Atoms.Count)
                .Select(atom => at[atom, partition] * (long)(draft.Atoms[atom].Subject.BytesAtEnd / 1e6));
            model.Add(LinearExpr.Sum(bytes) <= (long)(budget / 1e6));
        }
    }

    private void AddLoad(int partition, int slot)
    {
        var load = draft.Load;
        var capacity = load.Partitions[partition].Capacity;
        var mean = new List<LinearExpr>();
        var variance = new List<LinearExpr>();
        for (var atom = 0; atom < draft.Atoms.Count; atom++)
        {
            var subject = draft.Atoms[atom].Subject;
            var (m, v) = ((long)Math.Round(subject.Curve.Mean[slot] * LoadScale), (long)Math.Round(subject.Curve.Variance[slot] * LoadScale * LoadScale));
            for (var place = 0; place < Partitions; place++)
            {
                var isThere = slot >= draft.FromSlot(subject, place) ? place == partition : subject.Home == partition;
                if (!isThere) continue;
                mean.Add(at[atom, place] * m);
                variance.Add(at[atom, place] * v);
            }
        }

        var most = (long)(draft.Atoms.Sum(atom => atom.Subject.Curve.Peak) * LoadScale * 2) + 1;
        var room = model.NewIntVar(0, most, "room");
        var square = model.NewIntVar(0, most * most, "square");
        model.AddMultiplicationEquality(square, room, room);
        model.Add(square >= LinearExpr.Sum(variance));
        var planned = LinearExpr.Sum(mean) + room;
        model.Add(planned <= (long)Math.Ceiling(worst * capacity * LoadScale) + 2);

        var (options, seconds) = (load.Options, load.SecondsAt(slot));
        Above(planned, capacity, seconds, most);
        Above(planned, capacity * options.TargetShare, seconds * options.Strain, most);
        Above(LinearExpr.Sum(mean), load.BalanceAt(partition, slot), seconds * options.Imbalance, most);
    }

    /// <summary>Units that could not arrive within the horizon may not go at all, so that each counts where it is put.</summary>
    private void AddCrowd(int partition)
    {
        var load = draft.Load;
        if (load.FairAt(partition) is not { } fair) return;
        var busy = draft.Atoms.Select(atom => at[atom.Index, partition] * (long)Math.Round(atom.Subject.Curve.Busy * LoadScale)).ToList();
        var most = (long)(draft.Atoms.Sum(atom => atom.Subject.Curve.Busy) * LoadScale * 2) + 1;
        var above = model.NewIntVar(0, most, "above");
        model.Add(above >= LinearExpr.Sum(busy) - (long)Math.Round(fair * LoadScale));
        var square = model.NewIntVar(0, most * most, "square");
        model.AddMultiplicationEquality(square, above, above);
        terms.Add(square * Price(load.Options.CrowdTime.TotalSeconds / load.Partitions[partition].Capacity / LoadScale / LoadScale));
    }

    private void Above(LinearExpr load, double limit, double price, long most)
    {
        var above = model.NewIntVar(0, most, "above");
        model.Add(above >= load - (long)Math.Round(limit * LoadScale));
        terms.Add(above * Price(price / LoadScale));
    }

    private static long Price(double price) => (long)Math.Round(price * PriceScale);
}
