using System.Collections.Immutable;

namespace Foreshard.Sharding;

/// <summary>A way to split an entity or a shard, and how good it is.</summary>
/// <param name="Parts">Two or more; on a line in its order, of segments the heaviest first.</param>
/// <param name="LargestShare">
/// Share of the forecast load that the heaviest part keeps; 1/parts is perfect. A part's share is the larger of two: of the mean load over the
/// whole horizon, and of the planned load with each slot counting by how much is planned for it, so that busy hours count most. Parts that are
/// busy at different hours thus share evenly.
/// </param>
/// <param name="StraddlingShare">Share of the reads that read on more than one side.</param>
/// <param name="BytesLeaving">Bytes of all parts but the largest: what moving them apart carries.</param>
/// <param name="RegionPurity">Mean share of each part's users that are in its main region, weighted by load; 0 if regions aren't known.</param>
/// <param name="Score">The lower the better: the weighted sum that cuts are compared by.</param>
internal sealed record Cut(
    ImmutableArray<CutPart> Parts, double LargestShare, double StraddlingShare, double BytesLeaving, double RegionPurity, double Score);
