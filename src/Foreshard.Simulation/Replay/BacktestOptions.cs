using Foreshard.Profiling;

namespace Foreshard.Simulation.Replay;

/// <summary>How forecasts are tried out on the past.</summary>
internal sealed class BacktestOptions
{
    /// <summary>How far each forecast reaches: at least a slot, at most seven days. Default: 24 h.</summary>
    public TimeSpan Horizon { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How many moments are forecast from; at least 1. Default: 7.</summary>
    public int Origins { get; init; } = 7;

    /// <summary>Time between two origins; the last one is a horizon before the end. Default: 24 h.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Into how many groups entities are summed up, in turn, as partitions would be. Default: 8.</summary>
    public int Groups { get; init; } = 8;

    /// <exception cref="ArgumentException">Something is out of range; the message names all of it.</exception>
    public void Check(SlotGrid grid)
    {
        var problems = new List<string>();
        if (Horizon < grid.SlotLength || Horizon > TimeSpan.FromDays(7) || Horizon.Ticks % grid.SlotLength.Ticks != 0)
            problems.Add($"the horizon has to be a number of slots of {grid.SlotLength}, up to seven days, not {Horizon}");
        if (Every < grid.SlotLength || Every.Ticks % grid.SlotLength.Ticks != 0)
            problems.Add($"origins have to be a number of slots of {grid.SlotLength} apart, not {Every}");
        if (Origins < 1) problems.Add($"there has to be an origin, not {Origins}");
        if (Groups < 1) problems.Add($"there has to be a group, not {Groups}");
        if (problems.Count > 0) throw new ArgumentException($"This can't be tried out: {string.Join("; ", problems)}.");
    }
}
