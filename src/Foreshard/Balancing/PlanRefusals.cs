using System.Collections.Immutable;
using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>Says of partitions that something is wrong with why what is on them stays.</summary>
internal static class PlanRefusals
{
    /// <summary>Of each partition so many are told, those with the highest peaks.</summary>
    private const int PerPartition = 8;

    /// <summary>In the order of partitions and units.</summary>
    public static ImmutableArray<PlanRefusal> Of(PlanTable table, PlanDraft draft, FleetLoad before, FleetLoad after, MoveScheduler scheduler)
    {
        var going = scheduler.Scheduled.SelectMany(move => move.Atoms).Select(atom => atom.Index).ToHashSet();
        var refused = scheduler.Refused.SelectMany(one => one.Move.Atoms.Select(atom => (atom.Index, one.Reason))).ToDictionary();
        var refusals = new List<PlanRefusal>(table.Atoms.Refusals);
        foreach (var partition in Enumerable.Range(0, before.Partitions.Count))
        {
            var terms = before.TermsOf(partition);
            var isDraining = before.Partitions[partition].State == FleetState.Draining;
            if (!isDraining && terms.Overload + terms.Strain + terms.Size <= 0) continue;
            var staying = draft.Atoms.Where(atom => atom.Subject.Home == partition && !going.Contains(atom.Index))
                .OrderByDescending(atom => atom.Subject.Curve.Peak).ThenBy(atom => atom.Index).Take(PerPartition);
            refusals.AddRange(staying.Select(atom => Of(atom, before, after, refused)));
        }

        // Parts of one entity that stay for the same reason are told of once.
        return [.. refusals.Distinct().OrderBy(one => one.Partition).ThenBy(one => one.Unit).ThenBy(one => one.Entity).ThenBy(one => one.Reason)];
    }

    private static PlanRefusal Of(PlanAtom atom, FleetLoad before, FleetLoad after, Dictionary<int, RefusalReason> refused)
    {
        var (reason, because) = atom.Held ?? (refused.TryGetValue(atom.Index, out var why) ? (why, InWords(why)) : Compare(atom, before, after));
        return new PlanRefusal(atom.Unit.Unit, atom.Entity, atom.Unit.Partition, reason, because);
    }

    private static (RefusalReason Reason, string Because) Compare(PlanAtom atom, FleetLoad before, FleetLoad after)
    {
        var (home, terms) = (before.Partitions[atom.Subject.Home], after.TermsOf(atom.Subject.Home));
        if (home.State == FleetState.Active && terms.Overload + terms.Strain + terms.Size <= 0)
            return (RefusalReason.BelowThreshold, $"with what goes, {home.Name} is relieved enough");
        var places = Enumerable.Range(0, before.Partitions.Count).Where(place => place != atom.Subject.Home).ToList();
        var full = places.Select(place => TargetChoice.RefusalOf(after, place, atom.Subject.BytesAtEnd)).ToList();
        if (full.TrueForAll(one => one is not null))
            return (RefusalReason.TargetFull, places.Count == 0 ? "there is no other partition" : $"no partition takes it: {full[0]}");
        return (RefusalReason.NoGain, "wherever it went, it would cost as much there, or its move more than it gains");
    }

    private static string InWords(RefusalReason reason) => reason switch
    {
        RefusalReason.TooLate => "it can't be done within the time that is planned",
        RefusalReason.BudgetSpent => "the bytes that may be moved in an hour are spent",
        RefusalReason.FreezeWindow => "nothing may move in that time",
        RefusalReason.TargetFull => "the partition that would take it has no room before others leave it",
        RefusalReason.WorseMeanwhile => "the worst moment of the fleet would become worse",
        _ => "with its own load, and at the time it can be had, the move gains too little",
    };
}
