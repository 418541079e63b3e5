using Foreshard.Cli.Output;
using Foreshard.Simulation.Runs;

namespace Foreshard.Cli.Commands;

/// <param name="Policy">static, reactive, predictive or oracle.</param>
/// <param name="OverloadedPartitionMinutes">Minutes, over all partitions, in which demand was above capacity.</param>
/// <param name="LateShare">Share of the accesses that took longer than the latency target; 0 to 1.</param>
/// <param name="P99Ms">99th percentile of the answer times, milliseconds.</param>
/// <param name="BytesMoved">What moves carried.</param>
/// <param name="Moves">How many.</param>
/// <param name="Splits">How many.</param>
/// <param name="Merges">How many.</param>
/// <param name="Thrash">Share of the moves that were undone within a day.</param>
/// <param name="PingPong">Moves of a unit within the cooldown of its last one.</param>
/// <param name="PeakUtilisation">Largest demand of an interval as a share of its partition's capacity.</param>
/// <param name="Spread">Mean over time of the standard deviation of utilisation between partitions.</param>
/// <param name="Oscillation">How often a partition's utilisation turned by more than 0.1 because of moves, per partition and day.</param>
/// <param name="PartitionHours">Hours that partitions were awake.</param>
/// <param name="Threshold">Of the reactive policy: share of capacity above which it acts, which did best in the warm-up; else null.</param>
/// <param name="LookBack">Likewise: of how many intervals it takes the mean.</param>
/// <param name="Dropped">Steps of plans that no longer fitted when their time had come.</param>
internal sealed record PolicyReport(
    string Policy,
    double OverloadedPartitionMinutes,
    double LateShare,
    double P99Ms,
    double BytesMoved,
    int Moves,
    int Splits,
    int Merges,
    double Thrash,
    int PingPong,
    double PeakUtilisation,
    double Spread,
    double Oscillation,
    double PartitionHours,
    double? Threshold,
    int? LookBack,
    int Dropped)
{
    public static PolicyReport Of(PolicyScore score) => new(
        Words.Of(score.Policy),
        score.OverloadedPartitionMinutes,
        score.LateShare,
        score.P99Ms,
        score.BytesMoved,
        score.Moves,
        score.Splits,
        score.Merges,
        score.Thrash,
        score.PingPong,
        score.PeakUtilisation,
        score.Spread,
        score.Oscillation,
        score.PartitionHours,
        score.Threshold,
        score.LookBack,
        score.Dropped);
}
