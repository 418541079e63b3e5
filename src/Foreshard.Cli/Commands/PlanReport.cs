using Foreshard.Balancing;
using Foreshard.Cli.Output;
using Foreshard.Simulation.Runs;

namespace Foreshard.Cli.Commands;

/// <param name="From">Now: the first slot that is planned begins here.</param>
/// <param name="To">When the last one ends.</param>
/// <param name="Steps">What to do, in order.</param>
/// <param name="Refusals">What was looked at and not done.</param>
/// <param name="Advice">What the fleet lacks; null if nothing.</param>
/// <param name="CostBefore">What the placement costs if nothing is done.</param>
/// <param name="CostAfter">What it costs with the plan.</param>
/// <param name="Partitions">What becomes of each partition.</param>
internal sealed record PlanReport(
    DateTime From,
    DateTime To,
    IReadOnlyList<PlanStepReport> Steps,
    IReadOnlyList<PlanRefusalReport> Refusals,
    AdviceReport? Advice,
    CostReport CostBefore,
    CostReport CostAfter,
    IReadOnlyList<PlannedPartitionReport> Partitions)
{
    public static PlanReport Of(FleetAnalysis analysis)
    {
        var (plan, subjects) = (analysis.Plan, new PlanSubject(analysis));
        var names = plan.Partitions.ToDictionary(one => one.Partition.Id, one => one.Partition.Name);
        return new PlanReport(
            plan.Horizon.StartUtc,
            plan.Horizon.EndUtc,
            [.. plan.Steps.Select(step => PlanStepReport.Of(step, subjects, names))],
            [.. plan.Refusals.Select(refusal => PlanRefusalReport.Of(refusal, subjects, names))],
            plan.Advice is { } advice ? new AdviceReport(advice.Partitions, advice.ByUtc, advice.Because) : null,
            CostReport.Of(plan.Before),
            CostReport.Of(plan.After),
            [.. plan.Partitions.Select(one => PlannedPartitionReport.Of(one, plan.Horizon))]);
    }
}

/// <param name="Kind">isolate, split, move, merge or fold.</param>
/// <param name="Unit">Number of the unit as it is now.</param>
/// <param name="Subject">The entity and its scope, or the bucket.</param>
/// <param name="Parts">Of a split, what it makes; of a merge, what it takes up; else empty.</param>
/// <param name="From">Name of the partition.</param>
/// <param name="To">Name of the partition that it goes to; the same if it stays.</param>
/// <param name="StartsAt">When to begin.</param>
/// <param name="EndsAt">When it should be over.</param>
/// <param name="Bytes">What it carries.</param>
/// <param name="Reason">Why, in a word.</param>
/// <param name="Because">Why, with figures.</param>
/// <param name="Gain">What it gains over leaving things alone.</param>
/// <param name="Candidates">Partitions that were looked at, the best first.</param>
internal sealed record PlanStepReport(
    string Kind,
    int Unit,
    string Subject,
    IReadOnlyList<string> Parts,
    string From,
    string To,
    DateTime StartsAt,
    DateTime EndsAt,
    double Bytes,
    string Reason,
    string Because,
    CostReport Gain,
    IReadOnlyList<CandidateReport> Candidates)
{
    public static PlanStepReport Of(PlanStep step, PlanSubject subjects, IReadOnlyDictionary<PartitionId, string> names) => new(
        Words.Of(step.Kind),
        step.Unit.Value,
        subjects.Of(step.Unit, step.Entity, step.Scope),
        [.. step.Parts.Select(part => part.ToString())],
        names[step.From],
        names[step.To],
        step.StartUtc,
        step.EndUtc,
        step.Bytes,
        Words.Of(step.Reason),
        step.Because,
        CostReport.Of(step.Gain),
        [.. step.Candidates.Select(candidate => CandidateReport.Of(candidate, names))]);
}

/// <param name="Unit">Number of the unit.</param>
/// <param name="Subject">The entity, or the bucket.</param>
/// <param name="Partition">Where it is.</param>
/// <param name="Reason">Why not, in a word.</param>
/// <param name="Because">Why not, with figures.</param>
internal sealed record PlanRefusalReport(int Unit, string Subject, string Partition, string Reason, string Because)
{
    public static PlanRefusalReport Of(PlanRefusal refusal, PlanSubject subjects, IReadOnlyDictionary<PartitionId, string> names) => new(
        refusal.Unit.Value,
        subjects.Of(refusal.Unit, refusal.Entity, ShardScope.Whole),
        names[refusal.Partition],
        Words.Of(refusal.Reason),
        refusal.Because);
}

/// <param name="Partitions">How many partitions are missing; 0 if no number of them would help.</param>
/// <param name="By">When they are needed.</param>
/// <param name="Because">What will be short.</param>
internal sealed record AdviceReport(int Partitions, DateTime By, string Because);
