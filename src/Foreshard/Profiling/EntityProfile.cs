namespace Foreshard.Profiling;

/// <summary>What is known of one entity, as of the end of a slot. Immutable.</summary>
internal sealed class EntityProfile
{
    public required EntityKey Entity { get; init; }

    public required ProfileClass Class { get; init; }

    /// <summary>How much of this was kept; what the tier doesn't keep is null or empty.</summary>
    public required ProfileTier Tier { get; init; }

    /// <summary>Everything since the first access; without a time.</summary>
    public required AccessTally Totals { get; init; }

    /// <summary>Cost units per second.</summary>
    public required RateAverages Cost { get; init; }

    /// <summary>Pages or rows read per second. Null in the cold tier.</summary>
    public RateAverages? Reads { get; init; }

    /// <summary>Rows written per second. Null in the cold tier.</summary>
    public RateAverages? Writes { get; init; }

    /// <summary>When the slot of the first access began.</summary>
    public required DateTime FirstSeenUtc { get; init; }

    /// <summary>When the last access ended, rounded down to a 256th of a slot.</summary>
    public required DateTime LastAccessUtc { get; init; }

    /// <summary>
    /// Mean load of each base slot of the week from Monday 0:00 UTC on, in cost units per second; in the warm tier the product of
    /// hour and weekday. Empty in the cold tier.
    /// </summary>
    public IReadOnlyList<float> Week { get; init; } = [];

    /// <summary>How many base slots <see cref="Week"/> rests on; with fewer than a week has, the missing ones are 0.</summary>
    public int WeekSlotsSeen { get; init; }

    /// <summary>The base slot of the week with the highest load; null if none is known.</summary>
    public int? PeakOfWeek { get; init; }

    /// <summary>The base slot of the day with the highest load over all days; null if none is known.</summary>
    public int? PeakOfDay { get; init; }

    /// <summary>Segments by share of the accesses, the largest first.</summary>
    public IReadOnlyList<LabelShare> Segments { get; init; } = [];

    /// <summary>Regions by share of the accesses, the largest first.</summary>
    public IReadOnlyList<LabelShare> Regions { get; init; } = [];

    /// <summary>The heaviest groups, in the order of the groups. Hot tier only.</summary>
    public IReadOnlyList<GroupProfile> Groups { get; init; } = [];

    /// <summary>The most frequent partners, the most frequent first. Hot tier only.</summary>
    public IReadOnlyList<PartnerProfile> Partners { get; init; } = [];

    /// <summary>The last size that a partition reported, in bytes (to 0.07 % in the cold tier); null if none did.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>The rows of that; null if not known or in the cold tier.</summary>
    public long? SizeRows { get; init; }

    /// <summary>When that was; null if not known or in the cold tier.</summary>
    public DateTime? SizeTimeUtc { get; init; }

    /// <summary>Growth in bytes per day; null if there are not two sizes at different times.</summary>
    public double? GrowthPerDay { get; init; }

    /// <summary>Standard error of <see cref="GrowthPerDay"/>; infinite if there are too few sizes to tell.</summary>
    public double? GrowthError { get; init; }
}
