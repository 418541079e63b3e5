using Foreshard.Simulation.Workloads;

namespace Foreshard.Cli.Commands;

/// <summary>Recorded traffic as simulations take it.</summary>
/// <param name="Trace">What came, as scaled.</param>
/// <param name="Lines">What became of the file's lines.</param>
/// <param name="HasAccesses">Whether it tells of accesses; a table tells of loads.</param>
internal sealed record TracedLog(TrafficTrace Trace, LinesReport Lines, bool HasAccesses)
{
    /// <summary>Largest load of all entities together in an hour, cost units per second. Hours at the ends may be known in part: their mean counts.</summary>
    public double LargestHour()
    {
        var rates = new double[Trace.Keys.Length];
        var (largest, slots) = (0.0, 0);
        for (var slot = 0; slot < Trace.SlotCount; slot++)
        {
            Trace.AddRates(slot, 1, rates);
            slots++;
            var isHourOver = (Trace.FirstSlot + slot + 1) % TrafficTrace.SlotsPerHour == 0;
            if (slot + 1 < Trace.SlotCount && !isHourOver) continue;
            largest = Math.Max(largest, rates.Sum() / slots);
            Array.Clear(rates);
            slots = 0;
        }

        return largest;
    }
}
