using Foreshard.Cli.Output;
using Foreshard.Simulation.Runs;

namespace Foreshard.Cli.Commands;

/// <param name="Source">The file, as named.</param>
/// <param name="From">When the traffic begins.</param>
/// <param name="ScoredFrom">When the scored part begins: what was before is the warm-up.</param>
/// <param name="To">When it ends.</param>
/// <param name="Entities">How many entities there are.</param>
/// <param name="Scale">What all load was multiplied by.</param>
/// <param name="Accesses">Accesses in the scored part, as scaled.</param>
/// <param name="PeakPerSecond">Largest demand of all entities together in an interval of the scored part, cost units per second.</param>
/// <param name="Fleet">What it ran on.</param>
/// <param name="Verdict">What came of it, in a sentence.</param>
/// <param name="Model">How it was simulated, in words.</param>
/// <param name="Policies">What came of each policy, in the order in which they were named.</param>
/// <param name="Steps">What they did after the warm-up.</param>
/// <param name="Grid">The same with other bandwidths and intervals; empty if it was not wanted.</param>
/// <param name="Lines">What became of the file's lines.</param>
internal sealed record SimulationReport(
    string Source,
    DateTime From,
    DateTime ScoredFrom,
    DateTime To,
    int Entities,
    double Scale,
    double Accesses,
    double PeakPerSecond,
    FleetReport Fleet,
    string Verdict,
    IReadOnlyList<string> Model,
    IReadOnlyList<PolicyReport> Policies,
    IReadOnlyList<SimulatedStepReport> Steps,
    IReadOnlyList<GridReport> Grid,
    LinesReport Lines)
{
    /// <param name="result">What came of it.</param>
    /// <param name="source">The file, as named.</param>
    /// <param name="scale">What all load was multiplied by.</param>
    /// <param name="isCapacityGiven">Whether the capacity was told.</param>
    /// <param name="lines">What became of the file's lines.</param>
    public static SimulationReport Of(SimulationResult result, string source, double scale, bool isCapacityGiven, LinesReport lines) => new(
        source,
        result.StartUtc,
        result.ScoredFromUtc,
        result.EndUtc,
        result.Entities,
        scale,
        result.Accesses,
        result.PeakDemand,
        FleetReport.Of(result.Options, isCapacityGiven),
        SimulationVerdict.Of([.. result.Policies.Select(run => run.Score)]),
        SimulationModel.Of(result.Options),
        [.. result.Policies.Select(run => PolicyReport.Of(run.Score))],
        [.. result.Policies.SelectMany(run => run.Steps.Select(step => SimulatedStepReport.Of(run.Score.Policy, step)))],
        [.. result.Grid.Select(GridReport.Of)],
        lines);
}

/// <param name="Partitions">How many; of an elastic fleet, at the start.</param>
/// <param name="CapacityPerSecond">Cost units per second that each serves.</param>
/// <param name="IsCapacityGiven">Whether it was told; otherwise it follows from the traffic.</param>
/// <param name="SizeBudgetBytes">How large each may grow.</param>
/// <param name="MoveBytesPerSecond">Of moves that each sends or takes.</param>
/// <param name="IntervalSeconds">How often load is looked at.</param>
/// <param name="LatencyTargetMs">Answer time above which an access is late.</param>
/// <param name="ServiceMs">Answer time of an idle partition.</param>
/// <param name="Regions">Region of each partition, by turns; empty: regions don't matter.</param>
/// <param name="MinPartitions">Fewest partitions awake; null of a fixed fleet.</param>
/// <param name="MaxPartitions">Most partitions awake; null of a fixed fleet.</param>
/// <param name="WakeDelaySeconds">From the wish for one more to its first move in; null of a fixed fleet.</param>
/// <param name="BytesPerWrite">By how much a row that is written makes its entity larger.</param>
internal sealed record FleetReport(
    int Partitions,
    double CapacityPerSecond,
    bool IsCapacityGiven,
    double SizeBudgetBytes,
    double MoveBytesPerSecond,
    double IntervalSeconds,
    double LatencyTargetMs,
    double ServiceMs,
    IReadOnlyList<string> Regions,
    int? MinPartitions,
    int? MaxPartitions,
    double? WakeDelaySeconds,
    double BytesPerWrite)
{
    public static FleetReport Of(SimulationOptions options, bool isCapacityGiven) => new(
        options.Partitions,
        options.Capacity,
        isCapacityGiven,
        options.SizeBudgetBytes,
        options.MoveBytesPerSecond,
        options.Interval.TotalSeconds,
        options.LatencyTargetMs,
        options.ServiceMs,
        options.Regions,
        options.Elastic?.Min,
        options.Elastic?.Max,
        options.Elastic?.WakeDelay.TotalSeconds,
        options.BytesPerWrite);
}

/// <param name="BandwidthTimes">What move bandwidth was multiplied by.</param>
/// <param name="IntervalSeconds">How often load was looked at.</param>
/// <param name="Policies">What came of the policies that act.</param>
internal sealed record GridReport(double BandwidthTimes, double IntervalSeconds, IReadOnlyList<PolicyReport> Policies)
{
    public static GridReport Of(GridCell cell) => new(cell.Bandwidth, cell.Interval.TotalSeconds, [.. cell.Scores.Select(PolicyReport.Of)]);
}

/// <param name="Policy">Who did it.</param>
/// <param name="Kind">isolate, split, move, merge or fold.</param>
/// <param name="Subject">Whose: the entity and its scope, or the bucket.</param>
/// <param name="From">Number of the partition, from 1 on.</param>
/// <param name="To">Number of the partition that it went to; the same if it stayed.</param>
/// <param name="StartedAt">Begin.</param>
/// <param name="EndedAt">End.</param>
/// <param name="Bytes">What it carried.</param>
/// <param name="Reason">Why, in a word.</param>
/// <param name="Because">Why, with figures.</param>
internal sealed record SimulatedStepReport(
    string Policy, string Kind, string Subject, int From, int To, DateTime StartedAt, DateTime EndedAt, double Bytes, string Reason, string Because)
{
    public static SimulatedStepReport Of(PolicyKind policy, DoneStep step) => new(
        Words.Of(policy),
        Words.Of(step.Kind),
        step.What,
        step.From,
        step.To,
        step.StartUtc,
        step.EndUtc,
        step.Bytes,
        Words.Of(step.Reason),
        step.Because);
}
