namespace Foreshard.Cli.Demo;

/// <summary>Who decides about placement.</summary>
internal enum DemoPolicy
{
    /// <summary>Nobody, and partitions have no limit: what answers take then.</summary>
    Unlimited,

    /// <summary>Nobody.</summary>
    Static,

    /// <summary>The autopilot, which knows the present only.</summary>
    Reactive,

    /// <summary>The autopilot, with forecasts.</summary>
    Predictive,
}

/// <summary>What came of one policy.</summary>
internal sealed record DemoOutcome
{
    public required DemoPolicy Policy { get; init; }

    /// <summary>What each partition was asked for and what it made of that, in the order of their numbers.</summary>
    public required IReadOnlyList<PartitionOutcome> Partitions { get; init; }

    /// <summary>Accesses that ended in an error.</summary>
    public required long Failed { get; init; }

    /// <summary>What the first of them said; null if there is none.</summary>
    public required string? Failure { get; init; }

    /// <summary>How many accesses were answered.</summary>
    public required long Answered { get; init; }

    /// <summary>Half of the answers were faster; milliseconds, real.</summary>
    public required double P50Ms { get; init; }

    /// <summary>99 % of the answers were faster.</summary>
    public required double P99Ms { get; init; }

    /// <summary>The same of those accesses that came while no partition was overloaded.</summary>
    public required double CalmP99Ms { get; init; }

    /// <summary>Cost units that an access asked for, in the mean; reads and writes likewise.</summary>
    public required SessionUsage Usage { get; init; }

    /// <summary>What a move was measured to take beside its bytes, real; nothing under a policy.</summary>
    public required TimeSpan MoveTime { get; init; }

    /// <summary>What was moved, split and merged, in the order of its end.</summary>
    public required IReadOnlyList<DemoStep> Steps { get; init; }

    /// <summary>Rows against the clients' ledger.</summary>
    public required DemoCheck Check { get; init; }

    /// <summary>Time in which partitions were overloaded, all together; fleet time.</summary>
    public TimeSpan Overloaded => TimeSpan.FromTicks(Partitions.Sum(one => one.Overloaded.Ticks));

    /// <summary>Units that went to another partition.</summary>
    public int Moves => Steps.Count(step => step.IsMove);

    /// <summary>Entities and shards that were split.</summary>
    public int Splits => Steps.Count(step => step.IsSplit);
}

/// <summary>One partition under one policy.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Overloaded">Time in which more was asked than it had; fleet time.</param>
/// <param name="Asked">Cost units per fleet second that were asked for, of each interval; those of moves included.</param>
/// <param name="Forecast">What was forecast an hour before, likewise; null if nothing was.</param>
internal sealed record PartitionOutcome(string Name, TimeSpan Overloaded, IReadOnlyList<float> Asked, IReadOnlyList<float>? Forecast);

/// <summary>Something that the autopilot did.</summary>
/// <param name="IsMove">Whether it carried rows to another partition.</param>
/// <param name="IsSplit">Whether it split an entity or a shard.</param>
/// <param name="What">What it did, and with whom.</param>
/// <param name="From">Name of the partition on which it began.</param>
/// <param name="To">Name of the one on which it ended; the same of splits.</param>
/// <param name="StartUtc">Begin; fleet time.</param>
/// <param name="EndUtc">End; fleet time.</param>
/// <param name="Bytes">What it carried.</param>
/// <param name="Because">Why.</param>
internal sealed record DemoStep(
    bool IsMove, bool IsSplit, string What, string From, string To, DateTime StartUtc, DateTime EndUtc, long Bytes, string Because);
