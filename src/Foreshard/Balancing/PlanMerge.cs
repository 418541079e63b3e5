using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>Shards of an entity that become one; or one that goes back into its bucket.</summary>
/// <param name="Shards">The home first; just one to be folded.</param>
/// <param name="Curve">Their load together.</param>
/// <param name="StartUtc">When all of them are on the home's partition.</param>
internal sealed record PlanMerge(IReadOnlyList<PlanUnit> Shards, LoadCurve Curve, DateTime StartUtc);
