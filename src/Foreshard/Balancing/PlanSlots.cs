using Foreshard.Forecasting;
using Foreshard.Profiling;
using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>How the slots of a plan lie on those that are forecast. Immutable.</summary>
/// <remarks>Plan slots are several whole slots of the grid, beginning with the one that the plan begins in; shorter ones repeat it.</remarks>
internal sealed class PlanSlots
{
    private readonly PlanHorizon horizon;
    private readonly int[] steps;

    /// <param name="grid">How time is cut.</param>
    /// <param name="open">The open slot.</param>
    /// <param name="horizon">Begins in the open slot or later.</param>
    /// <exception cref="ArgumentException">It begins before, or its slots are longer than the grid's and no multiple of them.</exception>
    public PlanSlots(SlotGrid grid, long open, PlanHorizon horizon)
    {
        this.horizon = horizon;
        Grid = grid;
        First = grid.SlotOf(horizon.StartUtc);
        if (First < open)
        {
            throw new ArgumentException(
                $"The plan begins at {horizon.StartUtc:u}, but all before {grid.StartOf(open):u} is over.", nameof(horizon));
        }

        var isLonger = horizon.SlotLength >= grid.SlotLength;
        if (isLonger && horizon.SlotLength.Ticks % grid.SlotLength.Ticks != 0)
        {
            throw new ArgumentException(
                $"Slots of a plan ({horizon.SlotLength}) are as long as several that are forecast ({grid.SlotLength}), or shorter.", nameof(horizon));
        }

        steps = [.. Enumerable.Range(0, horizon.SlotCount).Select(slot => isLonger ? slot : (int)(grid.SlotOf(horizon.StartOf(slot)) - First))];
        Steps = new ForecastSteps(
            checked((int)(First - open)), isLonger ? (int)(horizon.SlotLength.Ticks / grid.SlotLength.Ticks) : 1, steps[^1] + 1);
    }

    /// <summary>How time is cut.</summary>
    public SlotGrid Grid { get; }

    /// <summary>The grid's slot that the plan begins in.</summary>
    public long First { get; }

    /// <summary>What to forecast.</summary>
    public ForecastSteps Steps { get; }

    /// <summary>Slots of the plan.</summary>
    public int Count => horizon.SlotCount;

    /// <summary>Length of a slot of the plan.</summary>
    public TimeSpan Length => horizon.SlotLength;

    /// <summary>The step that a slot of the plan is.</summary>
    public int StepOf(int slot) => steps[slot];

    /// <summary>Where in the plan the middle of a slot of the grid is, in slots of the plan from its start; not below 0.</summary>
    public double PositionOf(long slot) => Math.Max(0, (Grid.StartOf(slot) + (Grid.SlotLength / 2) - horizon.StartUtc) / horizon.SlotLength);
}
