namespace Foreshard.Profiling;

/// <summary>What is known of every entity, cheap enough to be read of all: as of the end of a slot.</summary>
/// <param name="Entity">Which entity.</param>
/// <param name="Class">Its class.</param>
/// <param name="Tier">How much more <see cref="ProfileSet.Find"/> knows.</param>
/// <param name="Cost">Cost units per second.</param>
/// <param name="FirstSeenUtc">When the slot of the first access began.</param>
/// <param name="LastAccessUtc">When the last access ended, rounded down to a 256th of a slot.</param>
/// <param name="SizeBytes">The last size that a partition reported; null if none did.</param>
internal readonly record struct ProfileSummary(
    EntityKey Entity, ProfileClass Class, ProfileTier Tier, RateAverages Cost, DateTime FirstSeenUtc, DateTime LastAccessUtc, long? SizeBytes);
