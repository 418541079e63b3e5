using Foreshard.Forecasting;
using Foreshard.Profiling;
using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>Slots of a plan that are equally long, and the steps of a forecast that they are. Immutable.</summary>
internal sealed class PlanSlotsPart
{
    private readonly int[] steps;

    /// <param name="grid">How time is cut.</param>
    /// <param name="open">The open slot.</param>
    /// <param name="horizon">All slots of the plan.</param>
    /// <param name="from">The first slot of the part.</param>
    /// <param name="to">The first slot after it.</param>
    /// <exception cref="ArgumentException">Slots are longer than the grid's and no multiple of them.</exception>
    public PlanSlotsPart(SlotGrid grid, long open, PlanHorizon horizon, int from, int to)
    {
        (From, To) = (from, to);
        var length = horizon.LengthOf(from);
        var isLonger = length >= grid.SlotLength;
        if (isLonger && length.Ticks % grid.SlotLength.Ticks != 0)
        {
            throw new ArgumentException(
                $"Slots of a plan ({length}) are as long as several that are forecast ({grid.SlotLength}), or shorter.", nameof(horizon));
        }

        var first = grid.SlotOf(horizon.StartOf(from));
        steps = [.. Enumerable.Range(from, to - from).Select(slot => isLonger ? slot - from : (int)(grid.SlotOf(horizon.StartOf(slot)) - first))];
        Steps = new ForecastSteps(checked((int)(first - open)), isLonger ? (int)(length.Ticks / grid.SlotLength.Ticks) : 1, steps[^1] + 1);
    }

    /// <summary>The first slot of the plan that it has.</summary>
    public int From { get; }

    /// <summary>The first slot after it.</summary>
    public int To { get; }

    /// <summary>What to forecast.</summary>
    public ForecastSteps Steps { get; }

    /// <summary>The step that a slot of the plan is.</summary>
    public int StepOf(int slot) => steps[slot - From];
}
