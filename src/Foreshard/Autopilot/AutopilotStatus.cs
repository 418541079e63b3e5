namespace Foreshard.Autopilot;

/// <summary>How an autopilot is at a moment. Immutable.</summary>
public sealed record AutopilotStatus
{
    /// <summary>What it does by itself.</summary>
    public required AutopilotMode Mode { get; init; }

    /// <summary>Whether its loop runs.</summary>
    public required bool IsRunning { get; init; }

    /// <summary>
    /// The process whose autopilot looks after the store, as host, process and a token, as seen within the last seconds; null: none, or this process alone
    /// has the store open.
    /// </summary>
    public string? Leader { get; init; }

    /// <summary>Why it is paused; null if it isn't. It still looks and plans.</summary>
    public string? Paused { get; init; }

    /// <summary>End of the last interval that it looked at; null before the first.</summary>
    public DateTimeOffset? LookedAt { get; init; }

    /// <summary>When the last plan was made; null before the first.</summary>
    public DateTimeOffset? PlannedAt { get; init; }

    /// <summary>Steps of it that haven't begun.</summary>
    public int PendingSteps { get; init; }

    /// <summary>Moves that run.</summary>
    public int RunningMoves { get; init; }

    /// <summary>Failed operations in a row.</summary>
    public int Failures { get; init; }

    /// <summary>Entities that have a profile.</summary>
    public int Entities { get; init; }

    /// <summary>Rows, since the start, that were written without a session, as far as partitions' logs and counting show.</summary>
    public long RowsBesideSessions { get; init; }

    /// <summary>What the fleet lacks, in words; null if nothing.</summary>
    public string? Advice { get; init; }

    /// <summary>Why the last round failed, in words; null if it didn't. It tries again with the next interval.</summary>
    public string? LastError { get; init; }

    /// <summary>What went wrong at the start, in words: saved profiles that can't be used; null if nothing did.</summary>
    public string? Notice { get; init; }

    /// <summary>The partitions, in the order of their numbers; empty before the first interval is over.</summary>
    public IReadOnlyList<AutopilotPartition> Partitions { get; init; } = [];

    /// <summary>
    /// The round trips that the last plan went by, as processes measured them, by region and partition; empty where nobody measures, as on SQLite.
    /// </summary>
    public IReadOnlyList<AutopilotRoundTrip> RoundTrips { get; init; } = [];

    /// <summary>The logs that are read for writes beside sessions, in the order of their partitions' numbers.</summary>
    public IReadOnlyList<AutopilotWriteLog> WriteLogs { get; init; } = [];
}

/// <summary>The log of a partition that is read for writes beside sessions, as it was when it was read last.</summary>
/// <param name="Partition">The partition's name.</param>
/// <param name="ReadAt">When; null: not yet.</param>
/// <param name="LagBytes">Bytes of log that the server kept for it.</param>
/// <param name="UnknownRows">Rows deleted since the start of which the log doesn't tell whose they were.</param>
/// <param name="Notice">What is missing or why it can't be read, in words; null if all is well.</param>
public sealed record AutopilotWriteLog(string Partition, DateTimeOffset? ReadAt, long LagBytes, long UnknownRows, string? Notice);

/// <summary>A partition as the autopilot sees it. Loads are shares of its capacity.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Capacity">Cost units per second.</param>
/// <param name="Load">Load of the last interval.</param>
/// <param name="ForecastPeak">Forecast peak within the horizon if nothing is done; NaN before the first plan.</param>
/// <param name="PlannedPeak">The same with the plan; NaN before the first.</param>
public sealed record AutopilotPartition(string Name, double Capacity, double Load, double ForecastPeak, double PlannedPeak);

/// <summary>How far users in a region are from a partition, as the processes there measured.</summary>
/// <param name="Region">The region, as its processes call it (<c>StoreOptions.Region</c>).</param>
/// <param name="Partition">The partition's name.</param>
/// <param name="Milliseconds">Of a round trip: the median of what the processes say, in whole milliseconds, at least 1.</param>
/// <param name="Processes">How many processes measured.</param>
public sealed record AutopilotRoundTrip(string Region, string Partition, double Milliseconds, int Processes);
