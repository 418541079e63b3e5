using System.Globalization;
using System.Text;

namespace Foreshard.Balancing;

/// <summary>A plan as text: one line a step, a refusal, an advice; the same plan gives the same text, to the byte.</summary>
internal static class PlanText
{
    /// <summary>All of it, lines ended by a line feed.</summary>
    public static string Of(Plan plan)
    {
        var text = new StringBuilder();
        foreach (var step in plan.Steps) text.Append(Of(step, plan)).Append('\n');
        if (plan.Steps.IsEmpty) text.Append("nothing to do\n");
        foreach (var refusal in plan.Refusals)
            text.Append(CultureInfo.InvariantCulture, $"not {Name(refusal.Unit, refusal.Entity)} on {NameOf(plan, refusal.Partition)}: {refusal.Reason}: {refusal.Because}\n");
        if (plan.Advice is { } advice) text.Append(Of(advice)).Append('\n');
        return text.ToString();
    }

    /// <summary>What the fleet lacks, in one line.</summary>
    public static string Of(CapacityAdvice advice) => advice.Partitions == 0
        ? $"no capacity: {advice.Because}"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"no capacity: add {advice.Partitions} partition{(advice.Partitions == 1 ? "" : "s")} by {advice.ByUtc:yyyy-MM-dd HH:mm}: {advice.Because}");

    /// <summary>What a step does, in one line.</summary>
    public static string Of(PlanStep step, Plan plan)
    {
        var what = Name(step.Unit, step.Entity) + (step.Scope.IsWhole ? "" : $" [{step.Scope}]");
        var (from, to) = (NameOf(plan, step.From), NameOf(plan, step.To));
        var act = step.Kind switch
        {
            StepKind.Move => string.Create(CultureInfo.InvariantCulture, $"move {what} {from} → {to} until {step.EndUtc:HH:mm:ss}, {step.Bytes / 1e9:0.##} GB"),
            StepKind.Split => $"split {what} on {from} into {string.Join(" | ", step.Parts.Select(part => $"[{part}]"))}",
            StepKind.Merge => $"merge {what} on {from} from {string.Join(" | ", step.Parts.Select(part => $"[{part}]"))}",
            StepKind.Isolate => $"isolate {what} on {from}",
            _ => $"fold {what} on {from}",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{step.StartUtc:yyyy-MM-dd HH:mm} {act}: {step.Reason}: {step.Because}");
    }

    private static string Name(UnitId unit, EntityKey entity) => entity.IsNone ? unit.ToString() : entity.ToString();

    private static string NameOf(Plan plan, PartitionId id) => plan.Partitions.First(one => one.Partition.Id == id).Partition.Name;
}
