using Foreshard.Cli.Output;

namespace Foreshard.Cli.Demo;

/// <param name="From">When the replay begins; fleet time, local in California and called UTC.</param>
/// <param name="To">When it ends.</param>
/// <param name="Factor">Fleet seconds of a real one: rates, capacities and bandwidth are scaled by it alike.</param>
/// <param name="Multiplier">Accesses that one of the record becomes, in the mean.</param>
/// <param name="Partitions">How many partitions there are.</param>
/// <param name="IsFleet">Whether they are databases on PostgreSQL servers, with the mapping table on etcd.</param>
/// <param name="CapacityPerSecond">Cost units per fleet second that a partition serves.</param>
/// <param name="CostPerAccess">Cost units that an access was measured to ask for.</param>
/// <param name="UnlimitedP50Ms">Half of the answers were faster, without any limit of capacity; milliseconds, real.</param>
/// <param name="UnlimitedP99Ms">99 % were.</param>
/// <param name="Html">The page with plots.</param>
/// <param name="Store">The folder with the stores that were kept; null if none was.</param>
/// <param name="Policies">What came of each.</param>
internal sealed record DemoReport(
    DateTime From,
    DateTime To,
    double Factor,
    double Multiplier,
    int Partitions,
    bool IsFleet,
    double CapacityPerSecond,
    double CostPerAccess,
    double UnlimitedP50Ms,
    double UnlimitedP99Ms,
    string Html,
    string? Store,
    IReadOnlyList<DemoPolicyReport> Policies)
{
    /// <summary>Overloaded time, fleet seconds, from which on the reactive policy is compared with.</summary>
    private const double SecondsCompared = 60;

    public static DemoReport Of(
        DemoPlan plan, DemoOutcome unlimited, IReadOnlyList<DemoOutcome> outcomes, string html, string? store, bool isFleet = false) => new(
        DemoPlan.Begin,
        plan.End,
        plan.Factor,
        DemoPlan.Multiplier,
        DemoPlan.Partitions,
        isFleet,
        DemoRun.CapacityFor(unlimited.Usage),
        unlimited.Usage.Cost,
        unlimited.P50Ms,
        unlimited.P99Ms,
        html,
        store,
        [.. outcomes.Select(DemoPolicyReport.Of)]);

    /// <summary>Whether no row was lost or doubled and no access failed.</summary>
    public bool IsClean() => Policies.All(policy => policy is
        { FailedOperations: 0, LostRows: 0, DoubledRows: 0, UnknownRows: 0, WrongCounts: 0, Findings: 0 });

    /// <summary>What came of it, in a sentence.</summary>
    public string Verdict()
    {
        var (reactive, predictive) = (Of(DemoPolicy.Reactive), Of(DemoPolicy.Predictive));
        var compared = reactive.OverloadedSeconds < SecondsCompared
            ? $"reacting was so for {DemoTable.Minutes(reactive)}, too little to compare"
            : $"{Words.Percent(1 - (predictive.OverloadedSeconds / reactive.OverloadedSeconds))} less than the {DemoTable.Minutes(reactive)} of reacting";
        return $"Partitions were overloaded for {DemoTable.Minutes(predictive)} with foresight: {compared}. "
            + $"Left alone: {DemoTable.Minutes(Of(DemoPolicy.Static))}.";

        DemoPolicyReport Of(DemoPolicy policy) => Policies.First(one => one.Policy == Words.Of(policy));
    }
}

/// <param name="Policy">static, reactive or predictive.</param>
/// <param name="OverloadedSeconds">Seconds of fleet time, over all partitions, in which more was asked of one than it had.</param>
/// <param name="Answered">Accesses that were answered.</param>
/// <param name="FailedOperations">Accesses that ended in an error.</param>
/// <param name="LostRows">Rows that clients know to be committed and that aren't there.</param>
/// <param name="DoubledRows">Rows that are there once more.</param>
/// <param name="UnknownRows">Rows that nobody wrote.</param>
/// <param name="WrongCounts">Stations whose counts aren't those of their rows.</param>
/// <param name="Findings">Differences between the map and the files.</param>
/// <param name="P50Ms">Half of the answers were faster; milliseconds, real.</param>
/// <param name="P99Ms">99 % of the answers were faster.</param>
/// <param name="CalmP99Ms">The same of those accesses that came while no partition was overloaded.</param>
/// <param name="Moves">Units that went to another partition.</param>
/// <param name="Splits">Entities and shards that were split.</param>
/// <param name="BytesMoved">What moves carried.</param>
internal sealed record DemoPolicyReport(
    string Policy,
    double OverloadedSeconds,
    long Answered,
    long FailedOperations,
    long LostRows,
    long DoubledRows,
    long UnknownRows,
    long WrongCounts,
    long Findings,
    double P50Ms,
    double P99Ms,
    double CalmP99Ms,
    int Moves,
    int Splits,
    long BytesMoved)
{
    public static DemoPolicyReport Of(DemoOutcome outcome) => new(
        Words.Of(outcome.Policy),
        Math.Round(outcome.Overloaded.TotalSeconds),
        outcome.Answered,
        outcome.Failed,
        outcome.Check.Lost,
        outcome.Check.Doubled,
        outcome.Check.Unknown,
        outcome.Check.WrongCounts,
        outcome.Check.Findings.Count,
        outcome.P50Ms,
        outcome.P99Ms,
        outcome.CalmP99Ms,
        outcome.Moves,
        outcome.Splits,
        outcome.Steps.Sum(step => step.Bytes));
}
