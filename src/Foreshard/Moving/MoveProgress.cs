namespace Foreshard.Moving;

/// <summary>How far an operation is.</summary>
/// <param name="Operation">Its number.</param>
/// <param name="State">What it is doing.</param>
/// <param name="Rows">Rows copied so far.</param>
/// <param name="TotalRows">Rows to copy, as counted at the beginning.</param>
/// <param name="Bytes">Bytes of the values copied so far, estimated.</param>
/// <param name="Remaining">Time until the copy is done at the speed so far; null while unknown.</param>
public readonly record struct MoveProgress(long Operation, OperationState State, long Rows, long TotalRows, long Bytes, TimeSpan? Remaining);

/// <summary>What a move did.</summary>
/// <param name="Operation">Its number.</param>
/// <param name="Rows">Rows copied; changes applied afterwards not counted. 0 for units moved frozen, which are not counted.</param>
/// <param name="Bytes">Bytes of their values, estimated.</param>
/// <param name="Stall">How long sessions on the unit could not begin: from the lock's request to its release.</param>
/// <param name="Duration">From the beginning until the source was clean.</param>
public readonly record struct MoveResult(long Operation, long Rows, long Bytes, TimeSpan Stall, TimeSpan Duration);

/// <summary>What moves may cost.</summary>
public sealed class MoveOptions
{
    /// <summary>
    /// Units of at most this many rows are copied while their sessions wait: one copy, no capture. 0 to 10,000; default: 1,000 (about
    /// 5 ms). Larger units are copied while sessions go on.
    /// </summary>
    public int BlockingRows { get; set; } = 1000;

    /// <summary>A unit whose few rows take longer to find, as those of a bucket among many entities, is not looked for while sessions wait.</summary>
    internal TimeSpan QuickToFind { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>How long a move tries to get a unit free of sessions before it gives up; at least 10 ms. Default: 30 s.</summary>
    public TimeSpan FreezePatience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long sessions may wait at the flip before the move is undone instead; at least 10 ms. Default: 500 ms.</summary>
    public TimeSpan StallBudget { get; set; } = TimeSpan.FromMilliseconds(500);
}
