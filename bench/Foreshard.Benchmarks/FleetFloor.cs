using Foreshard.Simulation.Runs;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Benchmarks;

/// <summary>What no fleet can do without in the scored part of a trace, however well units are placed and whatever is foreseen.</summary>
/// <param name="Bytes">Of all entities when the scored part begins.</param>
/// <param name="BytesAtEnd">Of all entities at the end.</param>
/// <param name="HoursForBytes">Partition-hours if partitions were filled to their size budget.</param>
/// <param name="HoursForLoad">Partition-hours if each hour had the partitions that its mean demand fills to capacity.</param>
/// <param name="Hours">Partition-hours if each hour had the larger of both.</param>
internal sealed record FleetFloor(double Bytes, double BytesAtEnd, double HoursForBytes, double HoursForLoad, double Hours)
{
    /// <param name="trace">What comes.</param>
    /// <param name="fewest">Partitions that are always awake.</param>
    public static FleetFloor Of(TrafficTrace trace, int fewest)
    {
        var (rows, bytes) = (new List<DemandRow>(), FleetTrial.StartBytes);
        var hours = new List<(double Bytes, double Cost)>();
        for (var slot = 0; slot < trace.SlotCount; slot++)
        {
            trace.Read(slot, rows);
            bytes += rows.Sum(row => (double)row.Writes) * FleetTrial.BytesPerWrite;
            var hour = (int)Math.Floor((trace.StartOf(slot) - trace.StartUtc - TimeSpan.FromDays(FleetTraces.WarmUpDays)).TotalHours);
            if (hour < 0) continue;
            if (hour == hours.Count) hours.Add((bytes, 0));
            hours[hour] = (hours[hour].Bytes, hours[hour].Cost + rows.Sum(row => (double)row.Cost));
        }

        return new FleetFloor(
            hours[0].Bytes,
            bytes,
            hours.Sum(hour => Math.Max(fewest, ForBytes(hour.Bytes))),
            hours.Sum(hour => Math.Max(fewest, ForLoad(hour.Cost))),
            hours.Sum(hour => Math.Max(fewest, Math.Max(ForBytes(hour.Bytes), ForLoad(hour.Cost)))));
    }

    private static double ForBytes(double bytes) => Math.Ceiling(bytes / SimulationOptions.DefaultSizeBudgetBytes);

    private static double ForLoad(double cost) => Math.Ceiling(cost / TimeSpan.FromHours(1).TotalSeconds / FleetTrial.Capacity);
}
