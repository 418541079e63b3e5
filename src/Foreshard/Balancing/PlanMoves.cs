using System.Collections.Immutable;
using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>Tells which moves lead to a draft: parts of one entity that lie beside each other and go to one partition go together.</summary>
internal static class PlanMoves
{
    /// <summary>In the order of atoms.</summary>
    public static IEnumerable<PlanMove> Of(PlanDraft draft)
    {
        for (var first = 0; first < draft.Atoms.Count; first++)
        {
            var atom = draft.Atoms[first];
            var place = draft.PlaceOf(first);
            if (place == atom.Subject.Home) continue;
            if (atom.Part is null)
            {
                yield return new PlanMove([atom], atom.Subject, place);
                continue;
            }

            if (Together(draft, first, place) is { } together) yield return together;
        }
    }

    /// <summary>The parts that go with the first one of them; null if it isn't the first.</summary>
    private static PlanMove? Together(PlanDraft draft, int first, int place)
    {
        var atom = draft.Atoms[first];
        bool Goes(int index) => index >= 0 && index < draft.Atoms.Count && ReferenceEquals(draft.Atoms[index].Cut, atom.Cut)
            && draft.PlaceOf(index) == place;

        var isLine = atom.Part!.Scope.Kind != GroupKind.Segment;
        for (var index = first - 1; index >= 0 && ReferenceEquals(draft.Atoms[index].Cut, atom.Cut); index--)
        {
            if (Goes(index)) return null;
            if (isLine) break;
        }

        var parts = ImmutableArray.CreateBuilder<PlanAtom>();
        for (var index = first; index < draft.Atoms.Count && ReferenceEquals(draft.Atoms[index].Cut, atom.Cut); index++)
        {
            if (Goes(index)) parts.Add(draft.Atoms[index]);
            else if (isLine) break;
        }

        return new PlanMove(parts.ToImmutable(), Sum(parts), place);
    }

    private static PlacementSubject Sum(ImmutableArray<PlanAtom>.Builder parts)
    {
        var first = parts[0].Subject;
        if (parts.Count == 1) return first;
        var slots = first.Curve.Count;
        var load = parts.Sum(part => part.Subject.Curve.MeanLoad);
        var regions = parts.SelectMany(part => part.Subject.Regions.Select(region => (region.Label, Weight: region.Share * part.Subject.Curve.MeanLoad)))
            .GroupBy(one => one.Label ?? "")
            .Select(group => new Profiling.LabelShare(group.Key.Length == 0 ? null : group.Key, load > 0 ? group.Sum(one => one.Weight) / load : 0))
            .OrderByDescending(one => one.Share).ThenBy(one => one.Label, StringComparer.Ordinal);
        return new PlacementSubject(
            first.Home,
            LoadCurve.Sum(slots, parts.Select(part => part.Subject.Curve)),
            parts.Sum(part => part.Subject.Bytes),
            parts.Sum(part => part.Subject.BytesAtEnd),
            [.. regions]);
    }
}
