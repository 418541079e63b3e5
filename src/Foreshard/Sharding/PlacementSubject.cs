using Foreshard.Profiling;

namespace Foreshard.Sharding;

/// <summary>What looks for a place: a unit, or what will be one.</summary>
/// <param name="Home">Index of the partition that it is on.</param>
/// <param name="Curve">Its forecast load.</param>
/// <param name="Bytes">Its size now: what a move carries.</param>
/// <param name="BytesAtEnd">Its size at the end of the horizon.</param>
/// <param name="Regions">Where its users are, by share; empty if not known.</param>
internal sealed record PlacementSubject(int Home, LoadCurve Curve, double Bytes, double BytesAtEnd, IReadOnlyList<LabelShare> Regions);
