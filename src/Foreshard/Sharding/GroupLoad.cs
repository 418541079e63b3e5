using Foreshard.Profiling;

namespace Foreshard.Sharding;

/// <summary>One group of an entity as split points see it.</summary>
/// <param name="Group">Which one.</param>
/// <param name="Curve">Its forecast load.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Regions">Where its users are, by share; empty if not known.</param>
internal sealed record GroupLoad(GroupKey Group, LoadCurve Curve, double Bytes, IReadOnlyList<LabelShare> Regions);
