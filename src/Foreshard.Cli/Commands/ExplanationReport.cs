using Foreshard.Cli.Output;
using Foreshard.Simulation.Runs;

namespace Foreshard.Cli.Commands;

/// <param name="Entity">Type and key.</param>
/// <param name="Partition">Where the hash puts it.</param>
/// <param name="Bucket">In which bucket.</param>
/// <param name="At">When: the end of the traffic.</param>
/// <param name="Verdict">What becomes of it, in sentences.</param>
/// <param name="Profile">What is known of it.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Shardability">How much it wants to be split, and the best cut.</param>
/// <param name="Candidates">What it would cost to have it on each partition, the best first.</param>
/// <param name="Steps">What the plan does with it, or with its bucket.</param>
/// <param name="Refusals">What the plan doesn't do with it, or with its bucket.</param>
internal sealed record ExplanationReport(
    string Entity,
    string Partition,
    int Bucket,
    DateTime At,
    IReadOnlyList<string> Verdict,
    EntityProfileReport Profile,
    double Bytes,
    ShardabilityReport Shardability,
    IReadOnlyList<CandidateReport> Candidates,
    IReadOnlyList<PlanStepReport> Steps,
    IReadOnlyList<PlanRefusalReport> Refusals)
{
    public static ExplanationReport Of(FleetAnalysis analysis, EntityExplanation explanation, bool hasAccesses)
    {
        var names = analysis.Plan.Partitions.ToDictionary(one => one.Partition.Id, one => one.Partition.Name);
        var partition = PlannedPartitionReport.Of(explanation.Home, analysis.Input.Horizon);
        var subjects = new PlanSubject(analysis);
        var steps = explanation.Steps.Select(step => PlanStepReport.Of(step, subjects, names)).ToList();
        var refusals = explanation.Refusals.Select(refusal => PlanRefusalReport.Of(refusal, subjects, names)).ToList();
        var entity = explanation.Outlook.Entity.ToString();
        return new ExplanationReport(
            entity,
            partition.Name,
            explanation.Unit.Value,
            analysis.Input.Horizon.StartUtc,
            VerdictOf(entity, partition, analysis.Options.Balancer.Cost.TargetShare, steps, refusals),
            AnalysisReport.ProfileOf(analysis, explanation.Outlook, hasAccesses),
            explanation.Outlook.Bytes,
            ShardabilityReport.Of(explanation.Score),
            [.. explanation.Candidates.Select(candidate => CandidateReport.Of(candidate, names))],
            steps,
            refusals);
    }

    /// <summary>What becomes of the entity: steps, or why there are none.</summary>
    private static List<string> VerdictOf(
        string entity, PlannedPartitionReport partition, double target, List<PlanStepReport> steps, List<PlanRefusalReport> refusals)
    {
        var verdict = steps.Select(PlanView.Line).Concat(refusals.Select(PlanView.Line)).ToList();
        if (verdict.Count > 0) return verdict;
        var peak = $"{partition.Name} is forecast at {Words.Percent(partition.PeakBefore)} of its capacity at most";
        return
        [
            partition.PeakBefore <= target
                ? $"{entity} stays on {partition.Name}: {peak}, which is within the {Words.Percent(target)} that partitions are planned up to."
                : $"{entity} stays on {partition.Name}: {peak}, and what the plan does about it is done with others.",
        ];
    }
}
