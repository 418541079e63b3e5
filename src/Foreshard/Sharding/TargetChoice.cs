using System.Collections.Immutable;
using System.Globalization;

namespace Foreshard.Sharding;

/// <summary>Chooses the partition for a unit, and says what speaks for and against each.</summary>
internal static class TargetChoice
{
    /// <summary>The best partition for a unit by the whole cost function; where it is, if nothing is better.</summary>
    /// <param name="fleet">What is planned of every partition; the subject's load is at its home in it.</param>
    /// <param name="prices">The prices.</param>
    /// <param name="subject">What looks for a place.</param>
    /// <param name="partnersAt">Price of its partners if it is on a partition; null if it has none.</param>
    /// <returns>All partitions, the best first; those that can't take it last. Equal ones in the order of their ids.</returns>
    public static ImmutableArray<TargetCandidate> SelectTargetPartition(
        FleetLoad fleet, PlacementPrices prices, PlacementSubject subject, Func<int, double>? partnersAt = null)
    {
        var candidates = new List<TargetCandidate>(fleet.Partitions.Count);
        for (var target = 0; target < fleet.Partitions.Count; target++)
            candidates.Add(Look(fleet, prices, subject, target, partnersAt));
        return
        [
            .. candidates
                .OrderBy(candidate => candidate.Refusal is not null)
                .ThenBy(candidate => candidate.Cost.Total)
                .ThenBy(candidate => candidate.Partition),
        ];
    }

    /// <summary>Why a partition can't take a unit; null if it can.</summary>
    /// <param name="fleet">What is planned of every partition.</param>
    /// <param name="target">Index of the partition.</param>
    /// <param name="bytesAtEnd">The unit's size at the end of the horizon.</param>
    public static string? RefusalOf(FleetLoad fleet, int target, double bytesAtEnd)
    {
        var partition = fleet.Partitions[target];
        if (partition.State == FleetState.Draining) return "it is being emptied";
        if (partition.SizeBudgetBytes <= 0 || fleet.BytesOf(target) + bytesAtEnd <= partition.SizeBudgetBytes) return null;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"full: {fleet.BytesOf(target) / 1e9:0.#} GB + {bytesAtEnd / 1e9:0.#} GB of {partition.SizeBudgetBytes / 1e9:0.#} GB");
    }

    private static TargetCandidate Look(
        FleetLoad fleet, PlacementPrices prices, PlacementSubject subject, int target, Func<int, double>? partnersAt)
    {
        var (id, capacity) = (fleet.Partitions[target].Id, fleet.Partitions[target].Capacity);
        if (target == subject.Home) return new TargetCandidate(id, default, null, fleet.PeakShareOf(target), fleet.PeakShareOf(target));
        var from = PlacementPrices.SlotAfter(prices.DurationOf(subject.Bytes, subject.Home, target), fleet.Horizon);
        var cost = fleet.TermsAfter(subject.Home, subject.Curve, from, -1, -subject.BytesAtEnd) - fleet.TermsOf(subject.Home)
            + fleet.TermsAfter(target, subject.Curve, from, 1, subject.BytesAtEnd) - fleet.TermsOf(target);
        cost = cost with
        {
            Latency = prices.LatencyOf(subject, target, fleet.Horizon) - prices.LatencyOf(subject, subject.Home, fleet.Horizon),
            Partners = partnersAt is null ? 0 : partnersAt(target) - partnersAt(subject.Home),
            Transfer = prices.TransferOf(subject.Bytes, subject.Home, target),
        };
        return new TargetCandidate(
            id,
            cost,
            RefusalOf(fleet, target, subject.BytesAtEnd),
            Math.Max(fleet.PeakShareOf(target), fleet.PeakShareWith(target, subject.Curve, from)),
            fleet.PeakShareOf(target) + (subject.Curve.Peak / capacity));
    }
}
