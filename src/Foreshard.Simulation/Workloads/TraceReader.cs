using Foreshard.Profiling;
using Foreshard.Simulation.AccessLogs;

namespace Foreshard.Simulation.Workloads;

/// <summary>Makes traces of recorded traffic.</summary>
internal static class TraceReader
{
    /// <summary>Share of a table's load that writes, since tables don't tell: as most applications on a database.</summary>
    public const double WriteShareOfTables = 0.1;

    private const int LinesBetweenLooks = 1 << 14;

    /// <summary>Reads a log to its end. Accesses may come in any order; they count in the slot they ended in.</summary>
    /// <param name="reader">Not read from yet.</param>
    /// <param name="cancellationToken">Ends the reading before.</param>
    /// <exception cref="AccessLogException">It can't be read on, or no line of it could be.</exception>
    public static TrafficTrace Read(AccessLogReader reader, CancellationToken cancellationToken)
    {
        var numbers = new Dictionary<AccessKey, int>(KeyEquality.Instance);
        var keys = new List<AccessKey>();
        var tallies = new Dictionary<(long Slot, int Key), AccessTally>();
        for (var count = 1; reader.TryRead(out var access); count++)
        {
            if (count % LinesBetweenLooks == 0) cancellationToken.ThrowIfCancellationRequested();
            var key = new AccessKey(access.Entity, access.Group, access.Segment, access.Region);
            if (!numbers.TryGetValue(key, out var number))
            {
                number = keys.Count;
                keys.Add(key);
                numbers.Add(key, number);
            }

            ref var tally = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(
                tallies, (TrafficTrace.Grid.SlotOf(access.TimeUtc), number), out _);
            tally.Add(AccessInterval.TallyOf(access));
        }

        return Recorded(keys, tallies);
    }

    /// <summary>
    /// A table of loads, hourly or of a divisor of the hour or of a day's multiple of it, as rates without noise: each unit of load is an access
    /// of cost 1. Rates between the middles of hours are interpolated (see <see cref="HourlyRates"/>). Cells that the table doesn't have are
    /// taken as 0.
    /// </summary>
    /// <exception cref="ArgumentException">There is no whole hour in it.</exception>
    public static TrafficTrace Of(LoadTable table)
    {
        var order = Enumerable.Range(0, table.Entities.Length).OrderBy(index => table.Entities[index]).ToArray();
        var grid = table.Grid;
        var firstHour = (grid.StartOf(table.FirstSlot).Ticks + TimeSpan.TicksPerHour - 1) / TimeSpan.TicksPerHour;
        var hours = (int)((grid.StartOf(table.FirstSlot + table.SlotCount).Ticks / TimeSpan.TicksPerHour) - firstHour);
        if (hours < 1) throw new ArgumentException("The table has no whole hour.", nameof(table));
        var rates = new float[order.Length][];
        for (var i = 0; i < order.Length; i++)
        {
            rates[i] = new float[hours];
            var series = table.Series(order[i]);
            for (var slot = 0; slot < series.Length; slot++)
            {
                if (series[slot] > 0) Spread(grid, table.FirstSlot + slot, series[slot], firstHour, rates[i]);
            }
        }

        var shape = AccessShape.Read with { Writes = WriteShareOfTables };
        return new RateTrace(
            [.. order.Select(index => new AccessKey(table.Entities[index], default, null, null))],
            [.. order.Select(_ => shape)],
            firstHour * TrafficTrace.SlotsPerHour,
            new HourlyRates(rates));
    }

    /// <summary>Adds a slot's load, evenly over its time, to the hours that it is in, as accesses per second.</summary>
    private static void Spread(SlotGrid grid, long slot, float load, long firstHour, float[] rates)
    {
        var (from, to) = (grid.StartOf(slot).Ticks, grid.StartOf(slot + 1).Ticks);
        for (var hour = from / TimeSpan.TicksPerHour; hour * TimeSpan.TicksPerHour < to; hour++)
        {
            var begin = Math.Max(from, hour * TimeSpan.TicksPerHour);
            var end = Math.Min(to, (hour + 1) * TimeSpan.TicksPerHour);
            var index = hour - firstHour;
            if (index < 0 || index >= rates.Length) continue;
            rates[index] += (float)(load * ((end - begin) / (double)(to - from)) / TimeSpan.FromHours(1).TotalSeconds);
        }
    }

    private static RecordedTrace Recorded(List<AccessKey> keys, Dictionary<(long Slot, int Key), AccessTally> tallies)
    {
        if (tallies.Count == 0) throw new ArgumentException("Nothing came: a trace has at least one access.", nameof(tallies));
        var order = Enumerable.Range(0, keys.Count).Order(Comparer<int>.Create((left, right) => keys[left].CompareTo(keys[right]))).ToArray();
        var places = new int[keys.Count];
        for (var place = 0; place < order.Length; place++) places[order[place]] = place;
        var sorted = tallies.Select(pair => (pair.Key.Slot, Key: places[pair.Key.Key], Tally: pair.Value)).ToArray();
        Array.Sort(sorted, (left, right) => (left.Slot, left.Key).CompareTo((right.Slot, right.Key)));

        var first = sorted[0].Slot;
        var slots = checked((int)(sorted[^1].Slot - first + 1));
        var starts = new int[slots + 1];
        var rows = new DemandRow[sorted.Length];
        for (var i = 0; i < sorted.Length; i++)
        {
            var (slot, key, tally) = sorted[i];
            rows[i] = new DemandRow(key, tally.Accesses, (float)tally.Cost, tally.Writes, tally.Bytes);
            starts[slot - first + 1]++;
        }

        for (var slot = 0; slot < slots; slot++) starts[slot + 1] += starts[slot];
        return new RecordedTrace([.. order.Select(index => keys[index])], first, rows, starts);
    }

    private sealed class KeyEquality : IEqualityComparer<AccessKey>
    {
        public static KeyEquality Instance { get; } = new();

        public bool Equals(AccessKey x, AccessKey y) => x.SameAs(y);

        public int GetHashCode(AccessKey obj) => unchecked((int)obj.Hash());
    }
}
