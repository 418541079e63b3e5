using System.Collections.Immutable;
using Foreshard.Profiling;

namespace Foreshard.Simulation.Workloads;

/// <summary>Demand as it was recorded, count by count.</summary>
internal sealed class RecordedTrace : TrafficTrace
{
    private readonly DemandRow[] rows;
    private readonly int[] starts;

    /// <param name="keys">In their order.</param>
    /// <param name="firstSlot">The first slot.</param>
    /// <param name="rows">Slot after slot, in the order of keys.</param>
    /// <param name="starts">Where each slot's rows begin, and the end.</param>
    public RecordedTrace(ImmutableArray<AccessKey> keys, long firstSlot, DemandRow[] rows, int[] starts)
        : base(keys, firstSlot, starts.Length - 1)
    {
        this.rows = rows;
        this.starts = starts;
    }

    /// <inheritdoc/>
    public override void Read(int slot, List<DemandRow> into)
    {
        into.Clear();
        into.AddRange(rows.AsSpan(starts[slot]..starts[slot + 1]));
    }

    /// <inheritdoc/>
    public override void AddRates(int slot, double weight, Span<double> into)
    {
        foreach (ref readonly var row in rows.AsSpan(starts[slot]..starts[slot + 1])) into[row.Key] += row.Cost / SlotLength.TotalSeconds * weight;
    }

    /// <inheritdoc/>
    /// <remarks>Hours that the record has only a part of, at its begin and its end, are left out.</remarks>
    public override TrafficTrace Scaled(double factor, long seed)
    {
        var firstHour = (FirstSlot + SlotsPerHour - 1) / SlotsPerHour;
        var hours = (int)(((FirstSlot + SlotCount) / SlotsPerHour) - firstHour);
        if (hours < 1) throw new InvalidOperationException($"The trace from {StartUtc:u} to {EndUtc:u} has no whole hour, so it has no hourly rates to scale.");
        var accesses = new float[Keys.Length][];
        for (var key = 0; key < accesses.Length; key++) accesses[key] = new float[hours];
        var sums = new (double Accesses, double Cost, double Writes, double Bytes)[Keys.Length];
        for (var slot = 0; slot < SlotCount; slot++)
        {
            var hour = ((FirstSlot + slot) / SlotsPerHour) - firstHour;
            foreach (ref readonly var row in rows.AsSpan(starts[slot]..starts[slot + 1]))
            {
                ref var sum = ref sums[row.Key];
                sum = (sum.Accesses + row.Accesses, sum.Cost + row.Cost, sum.Writes + row.Writes, sum.Bytes + row.Bytes);
                if (hour >= 0 && hour < hours) accesses[row.Key][hour] += (float)(row.Accesses / TimeSpan.FromHours(1).TotalSeconds);
            }
        }

        var shapes = sums.Select(sum => new AccessShape(sum.Cost / sum.Accesses, sum.Writes / sum.Accesses, sum.Bytes / sum.Accesses));
        return new RateTrace(Keys, [.. shapes], firstHour * SlotsPerHour, new HourlyRates(accesses), factor, seed);
    }
}
