namespace Foreshard.Profiling;

/// <summary>The part of an <see cref="EntityProfile"/> that plans ask for, without shapes and groups: cheap enough to be read of all.</summary>
/// <param name="Cost">Cost units per second.</param>
/// <param name="FirstSeenUtc">When the slot of the first access began.</param>
/// <param name="SizeBytes">The last size that a partition reported; null if none did.</param>
/// <param name="GrowthPerDay">Growth in bytes per day; null if there are not two sizes at different times, or in the cold tier.</param>
/// <param name="Regions">Regions by share of the accesses, the largest first; empty in the cold tier.</param>
/// <param name="Partners">The most frequent partners, the most frequent first; hot tier only.</param>
internal readonly record struct EntityUse(
    RateAverages Cost,
    DateTime FirstSeenUtc,
    long? SizeBytes,
    double? GrowthPerDay,
    IReadOnlyList<LabelShare> Regions,
    IReadOnlyList<PartnerProfile> Partners);
