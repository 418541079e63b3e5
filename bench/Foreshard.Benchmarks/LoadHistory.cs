using Foreshard.Profiling;
using Foreshard.Simulation.AccessLogs;

namespace Foreshard.Benchmarks;

/// <summary>Recorded loads of several entities in consecutive slots; NaN where nothing is known.</summary>
/// <param name="Entities">Keys.</param>
/// <param name="Grid">How time is cut.</param>
/// <param name="FirstSlot">Slot of the first load.</param>
/// <param name="Loads">By entity, then by slot.</param>
internal sealed record LoadHistory(EntityKey[] Entities, SlotGrid Grid, long FirstSlot, float[][] Loads)
{
    public int Slots => Loads[0].Length;

    public long End => FirstSlot + Slots;

    public static LoadHistory Of(LoadTable table) => new(
        [.. table.Entities], table.Grid, table.FirstSlot, [.. Enumerable.Range(0, table.Entities.Length).Select(i => table.Series(i).ToArray())]);

    /// <summary>The days before a moment.</summary>
    public LoadHistory Before(DateTime endUtc, int days)
    {
        var end = (int)(Grid.SlotOf(endUtc) - FirstSlot);
        var start = end - (days * Grid.SlotsPerDay);
        return this with { FirstSlot = FirstSlot + start, Loads = [.. Loads.Select(loads => loads[start..end])] };
    }

    /// <summary>Without the entities that had no load in the first slots.</summary>
    public LoadHistory Known(int slots)
    {
        var known = Enumerable.Range(0, Loads.Length).Where(i => Loads[i].AsSpan(0, slots).ContainsAnyExcept(0f, float.NaN)).ToList();
        return this with { Entities = [.. known.Select(i => Entities[i])], Loads = [.. known.Select(i => Loads[i])] };
    }
}
