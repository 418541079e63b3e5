using System.Collections.Immutable;
using Foreshard.Profiling;

namespace Foreshard.Sharding;

/// <summary>One side of a cut: a shard to be.</summary>
/// <param name="Scope">What it will hold.</param>
/// <param name="Groups">The known groups in it, in their order; none of the part that holds nothing but groups which aren't known one by one.</param>
/// <param name="Curve">
/// Its forecast load; that of groups which aren't known one by one is with the part that <paramref name="HoldsRest"/>.
/// </param>
/// <param name="Bytes">Its size.</param>
/// <param name="Regions">Where its users are, by share, the largest first; empty if not known.</param>
/// <param name="TakesNew">Whether new groups fall to it; true for exactly one part, or for none if what was cut takes no new ones itself.</param>
/// <param name="HoldsRest">Whether it is the one part that keeps the groups which aren't known one by one; the one that takes new groups, if any does.</param>
internal sealed record CutPart(
    ShardScope Scope, ImmutableArray<GroupLoad> Groups, LoadCurve Curve, double Bytes, IReadOnlyList<LabelShare> Regions, bool TakesNew,
    bool HoldsRest);
