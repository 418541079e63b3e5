using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>What the entities of a unit that have no outlook of their own add to it, all together.</summary>
/// <param name="Unit">A bucket, or the home shard of one of them that has an entry.</param>
/// <param name="Curve">Their load.</param>
/// <param name="Bytes">Their sizes.</param>
internal readonly record struct ColdLoad(UnitId Unit, LoadCurve Curve, double Bytes);
