using Foreshard.Profiling;
using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>How the slots of a plan lie on those that are forecast. Immutable.</summary>
/// <remarks>Plan slots are several whole slots of the grid, beginning with the one that the plan begins in; shorter ones repeat it.</remarks>
internal sealed class PlanSlots
{
    private readonly PlanHorizon horizon;

    /// <param name="grid">How time is cut.</param>
    /// <param name="open">The open slot.</param>
    /// <param name="horizon">Begins in the open slot or later.</param>
    /// <exception cref="ArgumentException">It begins before, or its slots are longer than the grid's and no multiple of them.</exception>
    public PlanSlots(SlotGrid grid, long open, PlanHorizon horizon)
    {
        this.horizon = horizon;
        Grid = grid;
        if (grid.SlotOf(horizon.StartUtc) < open)
        {
            throw new ArgumentException(
                $"The plan begins at {horizon.StartUtc:u}, but all before {grid.StartOf(open):u} is over.", nameof(horizon));
        }

        var parts = new List<PlanSlotsPart>();
        if (horizon.FineCount > 0) parts.Add(new PlanSlotsPart(grid, open, horizon, 0, horizon.FineCount));
        if (horizon.FineCount < horizon.SlotCount) parts.Add(new PlanSlotsPart(grid, open, horizon, horizon.FineCount, horizon.SlotCount));
        Parts = parts;
    }

    /// <summary>How time is cut.</summary>
    public SlotGrid Grid { get; }

    /// <summary>What to forecast, one after the other: slots of a part are equally long.</summary>
    public IReadOnlyList<PlanSlotsPart> Parts { get; }

    /// <summary>Slots of the plan.</summary>
    public int Count => horizon.SlotCount;

    /// <summary>Slots from the open one to the end of the plan.</summary>
    public int Ahead => Parts[^1].Steps.Slots;

    /// <summary>What is left in each slot, as it begins, of something that fades from the plan's start on.</summary>
    /// <param name="time">Time after which 37 % of it is left.</param>
    public double[] FadeOf(TimeSpan time)
    {
        var fade = new double[Count];
        for (var slot = 0; slot < fade.Length; slot++) fade[slot] = Math.Exp(-((horizon.StartOf(slot) - horizon.StartUtc) / time));
        return fade;
    }

    /// <summary>By how much something has grown at the end of each slot whose growth fades from the plan's start on; in growths of an interval.</summary>
    /// <param name="time">Time after which 37 % of the growth is left.</param>
    public double[] RampOf(TimeSpan time)
    {
        var ramp = new double[Count];
        for (var slot = 0; slot < ramp.Length; slot++)
        {
            var ahead = horizon.StartOf(slot) + horizon.LengthOf(slot) - horizon.StartUtc;
            ramp[slot] = time / Grid.SlotLength * (1 - Math.Exp(-(ahead / time)));
        }

        return ramp;
    }

    /// <summary>Where in the plan the middle of a slot of the grid is, in slots of the plan from its start; not below 0.</summary>
    public double PositionOf(long slot) => Math.Max(0, horizon.PositionOf(Grid.StartOf(slot) + (Grid.SlotLength / 2) - horizon.StartUtc));
}
