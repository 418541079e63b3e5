using Foreshard.Autopilot;
using Foreshard.Moving;
using Microsoft.Extensions.Logging;

namespace Foreshard.Sessions;

/// <summary>How a store is opened. Engines add their own.</summary>
public class StoreOptions
{
    /// <summary>Where this process is, in the application's own words; for profiles. Default: empty.</summary>
    public string Region { get; set; } = "";

    /// <summary>What moves may cost.</summary>
    public MoveOptions Moves { get; set; } = new();

    /// <summary>What the store does by itself. Default: nothing.</summary>
    public AutopilotOptions Autopilot { get; set; } = new();

    /// <summary>Clock for waits, ids and records. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where log messages go, with the category <c>Foreshard</c>. Default (null): nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>
    /// Where what the autopilot learned is kept; null: nowhere, or, where several processes have the store, on the partitions. Set by the engine.
    /// </summary>
    internal string? Folder { get; set; }

    /// <summary>What telemetry calls the store; null: by its folder. Set by the engine.</summary>
    internal string? Name { get; set; }

    /// <summary>Whether other processes may have the store open for writing at the same time. Set by the engine.</summary>
    internal bool IsShared { get; set; }

    /// <summary>Told of every step of operations, by name; for tests that stop or kill there.</summary>
    internal Action<string>? StepReached { get; set; }

    internal IEnumerable<string> Problems()
    {
        if (Moves.BlockingRows is < 0 or > 10_000) yield return $"Moves.BlockingRows must be 0 to 10,000, is {Moves.BlockingRows}";
        if (Moves.FreezePatience < TimeSpan.FromMilliseconds(10)) yield return $"Moves.FreezePatience must be at least 10 ms, is {Moves.FreezePatience}";
        if (Moves.StallBudget < TimeSpan.FromMilliseconds(10)) yield return $"Moves.StallBudget must be at least 10 ms, is {Moves.StallBudget}";
        foreach (var problem in Autopilot.Problems()) yield return problem;
    }
}
