namespace Foreshard.Simulation.Runs;

/// <summary>What came of a policy after the warm-up.</summary>
internal sealed record PolicyScore
{
    public required PolicyKind Policy { get; init; }

    /// <summary>Minutes, over all partitions, in which demand was above capacity (moves' own load is demand).</summary>
    public required double OverloadedPartitionMinutes { get; init; }

    /// <summary>Share of the accesses whose answer took longer than the target.</summary>
    public required double LateShare { get; init; }

    /// <summary>99th percentile of the answer times, in milliseconds.</summary>
    public required double P99Ms { get; init; }

    /// <summary>What moves carried.</summary>
    public required double BytesMoved { get; init; }

    public required int Moves { get; init; }

    public required int Splits { get; init; }

    public required int Merges { get; init; }

    /// <summary>Share of the moves that were undone within a day: the same unit, or most of its rows, back on the partition it left.</summary>
    public required double Thrash { get; init; }

    /// <summary>Moves of a unit within the cooldown of its last one.</summary>
    public required int PingPong { get; init; }

    /// <summary>Largest demand of an interval as a share of its partition's capacity.</summary>
    public required double PeakUtilisation { get; init; }

    /// <summary>Mean over time of the standard deviation of utilisation between partitions that are awake.</summary>
    public required double Spread { get; init; }

    /// <summary>How often a partition's utilisation turned by more than 0.1 because of moves, per partition and day.</summary>
    public required double Oscillation { get; init; }

    /// <summary>Hours that partitions were awake.</summary>
    public required double PartitionHours { get; init; }

    /// <summary>Steps of plans that were dropped, because by their time they no longer fitted.</summary>
    public int Dropped { get; init; }

    /// <summary>Of the reactive policy: the mean of how many intervals did best in the warm-up.</summary>
    public int? LookBack { get; init; }

    /// <summary>Of the reactive policy: the threshold that did best in the warm-up.</summary>
    public double? Threshold { get; init; }
}
