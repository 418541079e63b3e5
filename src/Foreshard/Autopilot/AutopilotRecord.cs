namespace Foreshard.Autopilot;

/// <summary>What has to survive any crash, as the mapping store keeps it: small, and written with every step that was carried out.</summary>
internal sealed record AutopilotRecord
{
    /// <summary>Why it is paused; null if it isn't.</summary>
    public string? Paused { get; init; }

    /// <summary>Failed operations in a row.</summary>
    public int Failures { get; init; }

    /// <summary>When units moved last or came into being, as long as that matters.</summary>
    public IReadOnlyDictionary<int, DateTime> LastChanges { get; init; } = new Dictionary<int, DateTime>();

    /// <summary>Those of them that came into being then, and haven't moved since; records that were written before this was kept lack it.</summary>
    public IReadOnlyList<int> New { get; init => field = value ?? []; } = [];

    /// <summary>Moves that ended in the last hour: when, and the bytes.</summary>
    public IReadOnlyList<MovedBytes> Moved { get; init; } = [];
}

/// <summary>What one move carried.</summary>
/// <param name="EndUtc">When it ended.</param>
/// <param name="Bytes">Bytes.</param>
internal readonly record struct MovedBytes(DateTime EndUtc, double Bytes);

/// <summary>The last plan, as far as people ask for it.</summary>
internal sealed record PlanRecord
{
    /// <summary>When it was made.</summary>
    public required DateTime MadeUtc { get; init; }

    /// <summary>How far it looks.</summary>
    public required DateTime UntilUtc { get; init; }

    public required IReadOnlyList<PlannedPartition> Partitions { get; init; }

    /// <summary>What was looked at and not done, the first of it.</summary>
    public required IReadOnlyList<PlannedRefusal> Refusals { get; init; }

    /// <summary>What the fleet lacks, in words; null if nothing.</summary>
    public string? Advice { get; init; }

    /// <summary>The round trips it went by that were measured; empty: none.</summary>
    public IReadOnlyList<PlannedRoundTrip> RoundTrips { get; init; } = [];
}

/// <summary>A partition in a plan.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Capacity">Cost units per second.</param>
/// <param name="Load">Share of it that the last interval asked for.</param>
/// <param name="PeakBefore">Forecast peak if nothing is done, as a share of capacity.</param>
/// <param name="PeakAfter">Forecast peak with the plan.</param>
/// <param name="PeakAtUtc">When the first of them comes.</param>
internal sealed record PlannedPartition(string Name, double Capacity, double Load, double PeakBefore, double PeakAfter, DateTime PeakAtUtc);

/// <summary>How far users in a region are from a partition, as processes there measured.</summary>
/// <param name="Region">The region.</param>
/// <param name="Partition">The partition's name.</param>
/// <param name="Milliseconds">Whole milliseconds of a round trip, at least 1.</param>
/// <param name="Processes">How many processes of the region say so; what counts is their median.</param>
internal sealed record PlannedRoundTrip(string Region, string Partition, double Milliseconds, int Processes);

/// <summary>Something that was not done.</summary>
/// <param name="Subject">What it is about.</param>
/// <param name="Entity">Whose; null of a bucket.</param>
/// <param name="Partition">Where it is.</param>
/// <param name="Reason">Why not: the name.</param>
/// <param name="Because">Why not, in words.</param>
internal sealed record PlannedRefusal(string Subject, string? Entity, string Partition, string Reason, string Because);
