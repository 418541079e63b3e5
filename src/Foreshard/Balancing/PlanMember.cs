using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>An entity that lives in a bucket and may leave it.</summary>
/// <param name="Entity">Which one.</param>
/// <param name="Curve">Its forecast load.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Split">What is known of its groups, if it may be split.</param>
internal sealed record PlanMember(EntityKey Entity, LoadCurve Curve, double Bytes, SplitSubject? Split = null);
