using Foreshard.Balancing;
using Foreshard.Profiling;
using Foreshard.Sharding;

namespace Foreshard.Tests.Balancing;

/// <summary>Outlooks and units in words, every bit of every number: what is the same reads the same.</summary>
internal static class OutlookText
{
    public static string Of(EntityOutlook outlook) =>
        $"{outlook.Entity} {Of(outlook.Curve)} {outlook.IsAbstaining} {outlook.IsSurging} {outlook.Bytes:R} {outlook.GrowthPerDay:R}\n{Of(outlook.Regions)}"
        + $" {string.Join(", ", outlook.Partners)}\n{string.Join('\n', outlook.Groups.Select(Of))}\n{Of(outlook.WithoutGroup ?? LoadCurve.Zero(0))}";

    public static string Of(PlanUnit unit) =>
        $"{unit.Unit} {unit.Partition} {unit.Entity} {unit.Scope} {Of(unit.Curve)} {unit.Bytes:R} {unit.GrowthPerDay:R} {Of(unit.Regions)}"
        + $" {string.Join(", ", unit.Partners)} {unit.LastMovedUtc:O} {unit.IsAbstaining} {unit.IsSurging} {unit.BucketPartition} {Of(unit.Split)}\n"
        + string.Join('\n', unit.Members.Select(member => $"member {member.Entity} {Of(member.Curve)} {member.Bytes:R} {Of(member.Split)}"));

    private static string Of(LoadCurve curve) => Convert.ToHexString(
        [.. curve.Mean.ToArray().Concat(curve.Variance.ToArray()).SelectMany(BitConverter.GetBytes)]);

    private static string Of(IReadOnlyList<LabelShare> shares) => string.Join(", ", shares);

    private static string Of(GroupLoad group) =>
        $"group {group.Group} {Of(group.Curve)} {group.Bytes:R} {Of(group.Regions)}";

    private static string Of(SplitSubject? subject) => subject is null ? "-" :
        $"{subject.Entity} {subject.Kind} {subject.Within} {Of(subject.Rest)} {subject.RestBytes:R} {Of(subject.RestRegions)} {subject.ShardCount}"
        + $" {string.Join(", ", subject.Edges)} {string.Join("; ", subject.Groups.Select(Of))}";
}
