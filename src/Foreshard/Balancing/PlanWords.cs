using System.Globalization;
using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>Reasons in words, with their figures.</summary>
/// <param name="before">What is planned if nothing is done.</param>
/// <param name="trips">How far users are from partitions.</param>
/// <param name="surging">Indexes of the partitions that more comes to than was forecast.</param>
internal sealed class PlanWords(FleetLoad before, RoundTrips trips, IReadOnlySet<int> surging)
{
    /// <summary>Regions whose round trips a reason names.</summary>
    private const int RegionsNamed = 2;

    /// <summary>Why something leaves a partition.</summary>
    /// <param name="move">What leaves, and where it goes.</param>
    /// <param name="taking">Indexes of the partitions that the plan moves something to.</param>
    public (StepReason Reason, string Because) Of(PlanMove move, IReadOnlySet<int> taking)
    {
        var partition = before.Partitions[move.From];
        if (partition.State == FleetState.Draining) return (StepReason.Drain, $"{partition.Name} is to be emptied");
        var trouble = before.TermsOf(move.From);
        var peak = before.PeakSlotOf(move.From);
        var share = before.ShareAt(move.From, peak);
        var own = move.Subject.Curve.Planned(peak) / partition.Capacity;
        if (trouble.Overload > 0 || trouble.Strain > 0)
        {
            var target = before.Options.TargetShare;
            var from = before.FirstSlotAbove(move.From, target) ?? peak;
            var isSurge = surging.Contains(move.From) && from == 0;
            var text = isSurge
                ? Invariant($"more comes to {partition.Name} than was forecast: {before.ShareAt(move.From, 0):0.00} of its capacity now")
                : Invariant($"{partition.Name} is forecast at {share:0.00} of its capacity at {Clock(peak)}, above {target:0.00} from {Clock(from)} on");
            var reason = isSurge ? StepReason.Surge : trouble.Overload > 0 ? StepReason.Overload : StepReason.Strain;
            return (reason, text + Invariant($"; this is {own:0.00} of it; ") + TargetOf(move));
        }

        if (trouble.Size > 0)
        {
            var (held, budget) = (before.BytesOf(move.From) / 1e9, partition.SizeBudgetBytes / 1e9);
            return (StepReason.Size, Invariant($"{partition.Name} will hold {held:0.#} GB of {budget:0.#} GB; ") + TargetOf(move));
        }

        if (trouble.Crowding > 0 && move.Gain.Crowding >= Math.Max(move.Gain.Imbalance, move.Gain.Latency + move.Gain.Partners))
        {
            var crowded = before.CrowdAt(move.From) / partition.Capacity;
            var text = Invariant($"if everybody came at once, {partition.Name} would be at {crowded:0.00} of its capacity; ");
            return (StepReason.Crowding, text + TargetOf(move));
        }

        if (taking.Contains(move.From) && trouble.Imbalance <= 0 && move.Gain.Latency + move.Gain.Partners <= 0)
            return (StepReason.Imbalance, $"{partition.Name} makes room for what comes to it");
        if (move.Gain.Latency + move.Gain.Partners > Math.Max(0, move.Gain.Imbalance))
        {
            return (StepReason.Latency, Invariant($"its users and partners are nearer to {before.Partitions[move.To].Name}: ")
                + Invariant($"{move.Gain.Latency + move.Gain.Partners:0} against {-move.Gain.Transfer:0} for the transfer") + TripsOf(move));
        }

        var busier = Invariant($"{partition.Name} is busier than the fleet, {share:0.00} of its capacity at {Clock(peak)}; ");
        return (StepReason.Imbalance, busier + TargetOf(move));
    }

    /// <summary>When a slot begins.</summary>
    public string Clock(int slot) => Clock(before.Horizon.StartOf(slot));

    /// <summary>A moment, to the minute.</summary>
    public static string Clock(DateTime time) => time.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>How far those users are for whom it was measured, most of them first; nothing if it was for none.</summary>
    private string TripsOf(PlanMove move)
    {
        var (from, to) = (before.Partitions[move.From], before.Partitions[move.To]);
        var measured = move.Subject.Regions
            .Where(region => region.Share > 0 && (trips.IsMeasured(region.Label, from) || trips.IsMeasured(region.Label, to)))
            .OrderByDescending(region => region.Share).ThenBy(region => region.Label, StringComparer.Ordinal)
            .Take(RegionsNamed)
            .Select(region => Invariant($"{region.Label} is {trips.Between(region.Label, from):0.#} ms from {from.Name}, ")
                + Invariant($"{trips.Between(region.Label, to):0.#} ms from {to.Name}"))
            .ToList();
        return measured.Count == 0 ? "" : $" (measured: {string.Join("; ", measured)})";
    }

    private string TargetOf(PlanMove move)
    {
        var name = before.Partitions[move.To].Name;
        var id = before.Partitions[move.To].Id;
        if (move.Candidates.FirstOrDefault(candidate => candidate.Partition == id) is not { } target) return $"{name} takes it";
        var text = Invariant($"on {name} the sum peaks at {target.PeakSum:0.00}");
        return target.PeakSumIfAligned - target.PeakSum >= 0.05
            ? text + Invariant($" ({target.PeakSumIfAligned:0.00} if their peaks coincided)")
            : text;
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
