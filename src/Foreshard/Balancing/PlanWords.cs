using System.Globalization;
using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>Reasons in words, with their figures.</summary>
internal sealed class PlanWords(FleetLoad before)
{
    /// <summary>Why something leaves a partition.</summary>
    public (StepReason Reason, string Because) Of(PlanMove move)
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
            var isSurge = move.Unit.IsSurging && from == 0;
            var text = isSurge
                ? Invariant($"more comes to {partition.Name} than was forecast: {before.ShareAt(move.From, 0):0.00} of its capacity now")
                : Invariant($"{partition.Name} is forecast at {share:0.00} of its capacity at {Clock(peak)}, above {target:0.00} from {Clock(from)} on");
            var reason = isSurge ? StepReason.Surge : trouble.Overload > 0 ? StepReason.Overload : StepReason.Strain;
            return (reason, text + Invariant($"; this is {own:0.00} of it; ") + TargetOf(move));
        }

        if (trouble.Size > 0)
        {
            return (StepReason.Size, Invariant($"{partition.Name} will hold {before.BytesOf(move.From) / 1e9:0.#} GB of {partition.SizeBudgetBytes / 1e9:0.#} GB; ")
                + TargetOf(move));
        }

        if (move.Gain.Latency + move.Gain.Partners > Math.Max(0, move.Gain.Imbalance))
        {
            return (StepReason.Latency, Invariant($"its users and partners are nearer to {before.Partitions[move.To].Name}: ")
                + Invariant($"{move.Gain.Latency + move.Gain.Partners:0} against {-move.Gain.Transfer:0} for the transfer"));
        }

        return (StepReason.Imbalance, Invariant($"{partition.Name} is busier than the fleet, {share:0.00} of its capacity at {Clock(peak)}; ") + TargetOf(move));
    }

    /// <summary>When a slot begins.</summary>
    public string Clock(int slot) => Clock(before.Horizon.StartOf(slot));

    /// <summary>A moment, to the minute.</summary>
    public static string Clock(DateTime time) => time.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

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
