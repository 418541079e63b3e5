using Foreshard.Balancing;
using Foreshard.Cli.Output;
using Foreshard.Sharding;

namespace Foreshard.Cli.Commands;

/// <summary>A cost term by term, in cost-unit-seconds of overload.</summary>
/// <param name="Total">The sum.</param>
/// <param name="Overload">Planned load above capacity.</param>
/// <param name="Strain">Planned load above the target share of capacity.</param>
/// <param name="Imbalance">Mean load above the fleet's.</param>
/// <param name="Crowding">Load above capacity if everybody came at once.</param>
/// <param name="Size">Bytes above the size budget.</param>
/// <param name="Latency">Users' round trips.</param>
/// <param name="Partners">Partners on other partitions.</param>
/// <param name="Transfer">Moves themselves.</param>
internal sealed record CostReport(
    double Total, double Overload, double Strain, double Imbalance, double Crowding, double Size, double Latency, double Partners, double Transfer)
{
    public static CostReport Of(in PlacementCost cost) => new(
        cost.Total, cost.Overload, cost.Strain, cost.Imbalance, cost.Crowding, cost.Size, cost.Latency, cost.Partners, cost.Transfer);
}

/// <param name="Partition">Name of the partition.</param>
/// <param name="Cost">What changes in the whole fleet if the unit goes there; staying costs nothing.</param>
/// <param name="Refusal">Why it can't; null if it can.</param>
/// <param name="PeakShare">Largest planned load with the unit, of its capacity.</param>
/// <param name="PeakShareIfAligned">The same if all peaks came at once.</param>
internal sealed record CandidateReport(string Partition, CostReport Cost, string? Refusal, double PeakShare, double PeakShareIfAligned)
{
    public static CandidateReport Of(TargetCandidate candidate, IReadOnlyDictionary<PartitionId, string> names) => new(
        names[candidate.Partition], CostReport.Of(candidate.Cost), candidate.Refusal, candidate.PeakSum, candidate.PeakSumIfAligned);

    /// <summary>Candidates as a table: those that can take it with each term.</summary>
    public static void Write(Terminal terminal, IReadOnlyList<CandidateReport> candidates)
    {
        FittingColumn<CandidateReport>[] columns =
        [
            new("partition", 0, one => one.Partition),
            new(">cost", 0, one => Words.Load(one.Cost.Total)),
            new(">overload", 1, one => Words.Load(one.Cost.Overload)),
            new(">strain", 2, one => Words.Load(one.Cost.Strain)),
            new(">imbalance", 3, one => Words.Load(one.Cost.Imbalance)),
            new(">crowding", 3, one => Words.Load(one.Cost.Crowding)),
            new(">size", 6, one => Words.Load(one.Cost.Size)),
            new(">latency", 5, one => Words.Load(one.Cost.Latency)),
            new(">partners", 7, one => Words.Load(one.Cost.Partners)),
            new(">transfer", 4, one => Words.Load(one.Cost.Transfer)),
            new(">peak", 2, one => Words.Percent(one.PeakShare)),
            new(">if aligned", 8, one => Words.Percent(one.PeakShareIfAligned)),
            new("refused", 9, one => one.Refusal ?? ""),
        ];
        terminal.Write(Tables.Fitting(terminal.Width, candidates, columns, out var leftOut));
        if (leftOut.Count > 0) terminal.Say($"No room for: {string.Join(", ", leftOut)}. A wider terminal or --json show them.");
    }
}

/// <param name="Name">What it is called.</param>
/// <param name="Region">Where it is; empty: not said.</param>
/// <param name="CapacityPerSecond">Cost units per second.</param>
/// <param name="PeakBefore">Largest planned load if nothing is done, of its capacity.</param>
/// <param name="PeakBeforeAt">When.</param>
/// <param name="PeakAfter">Largest planned load with the plan, of its capacity.</param>
/// <param name="PeakAfterAt">When.</param>
internal sealed record PlannedPartitionReport(
    string Name, string Region, double CapacityPerSecond, double PeakBefore, DateTime PeakBeforeAt, double PeakAfter, DateTime PeakAfterAt)
{
    public static PlannedPartitionReport Of(PartitionForecast forecast, in PlanHorizon horizon) => new(
        forecast.Partition.Name,
        forecast.Partition.Region,
        forecast.Partition.Capacity,
        forecast.Before.Peak / forecast.Partition.Capacity,
        horizon.StartOf(forecast.Before.PeakSlot),
        forecast.After.Peak / forecast.Partition.Capacity,
        horizon.StartOf(forecast.After.PeakSlot));
}
