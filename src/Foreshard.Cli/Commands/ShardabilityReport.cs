using Foreshard.Cli.Output;
using Foreshard.Sharding;

namespace Foreshard.Cli.Commands;

/// <param name="Score">0 to 100: how much the entity wants to be split.</param>
/// <param name="Threshold">From which score on that is worth it.</param>
/// <param name="IsWorthSplitting">Whether it reaches it, and can be split.</param>
/// <param name="PeakShare">Its forecast peak, of its partition's capacity.</param>
/// <param name="PeakAt">When.</param>
/// <param name="LoadWeight">What that counts.</param>
/// <param name="SizeShare">Its forecast size, of the size budget.</param>
/// <param name="SizeWeight">What that counts.</param>
/// <param name="PartitionShare">Its partition's forecast peak, of the capacity.</param>
/// <param name="PartitionPeakAt">When.</param>
/// <param name="PartitionWeight">What that counts.</param>
/// <param name="Separability">How well it can be divided, 0 to 1.</param>
/// <param name="Cut">The best cut in two; null if there is none.</param>
/// <param name="Refusal">Why there is none, in a word; else null.</param>
/// <param name="Because">The cut, or why there is none, with figures.</param>
internal sealed record ShardabilityReport(
    double Score,
    double Threshold,
    bool IsWorthSplitting,
    double PeakShare,
    DateTime PeakAt,
    double LoadWeight,
    double SizeShare,
    double SizeWeight,
    double PartitionShare,
    DateTime PartitionPeakAt,
    double PartitionWeight,
    double Separability,
    CutReport? Cut,
    string? Refusal,
    string Because)
{
    public static ShardabilityReport Of(ShardabilityScore score) => new(
        score.Value,
        score.Options.Threshold,
        score.IsWorthSplitting,
        score.PeakShare,
        score.PeakUtc,
        score.Options.LoadWeight,
        score.SizeShare,
        score.Options.SizeWeight,
        score.PartitionShare,
        score.PartitionPeakUtc,
        score.Options.PartitionWeight,
        score.Separability,
        score.Cut.Best is { } cut ? CutReport.Of(cut) : null,
        score.Cut.Refusal is { } refusal ? Words.Of(refusal) : null,
        score.Cut.Because);
}

/// <param name="LargestShare">Share of the load that the heaviest part keeps.</param>
/// <param name="StraddlingShare">Share of the reads that read on more than one side.</param>
/// <param name="BytesLeaving">Bytes of all parts but the largest.</param>
/// <param name="RegionPurity">Mean share of each part's users in its main region; 0 if regions aren't known.</param>
/// <param name="Parts">The shards that it makes.</param>
internal sealed record CutReport(
    double LargestShare, double StraddlingShare, double BytesLeaving, double RegionPurity, IReadOnlyList<CutPartReport> Parts)
{
    public static CutReport Of(Cut cut) => new(
        cut.LargestShare, cut.StraddlingShare, cut.BytesLeaving, cut.RegionPurity, [.. cut.Parts.Select(CutPartReport.Of)]);
}

/// <param name="Scope">What it holds.</param>
/// <param name="Groups">The known groups in it.</param>
/// <param name="MeanPerSecond">Its forecast load in the mean, cost units per second.</param>
/// <param name="PeakPerSecond">Its largest planned load, cost units per second.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="TakesNew">Whether new groups fall to it.</param>
internal sealed record CutPartReport(string Scope, IReadOnlyList<string> Groups, double MeanPerSecond, double PeakPerSecond, double Bytes, bool TakesNew)
{
    public static CutPartReport Of(CutPart part) => new(
        part.Scope.ToString(),
        [.. part.Groups.Select(group => group.Group.ToString())],
        part.Curve.MeanLoad,
        part.Curve.Peak,
        part.Bytes,
        part.TakesNew);
}
