using System.Text;
using CsCheck;
using Foreshard.Simulation.AccessLogs;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Simulation.Tests.Workloads;

public sealed class TrafficTraceTests
{
    private static readonly DateTime Now = new(2026, 4, 1, 0, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void The_mean_of_each_hour_comes_out_of_rates_that_rise_and_fall()
    {
        float[] hours = [.. Enumerable.Range(0, 96).Select(hour => (float)(100 + (80 * Math.Sin(hour / 24.0 * 2 * Math.PI))))];
        var rates = new HourlyRates([[.. hours]]);
        for (var hour = 0; hour < hours.Length; hour++) Assert.Equal(hours[hour], MeanOf(rates, hour), 0.05);
    }

    [Fact]
    public void No_rate_is_negative_and_the_total_comes_out_whatever_the_hours_are() =>
        Gen.Float[0, 1000].Array[2, 60].Sample(hours =>
        {
            var rates = new HourlyRates([[.. hours]]);
            var total = 0.0;
            for (var hour = 0; hour < hours.Length; hour++)
            {
                for (var slot = 0; slot < 12; slot++) Assert.True(rates.At(0, hour, slot, 12) >= 0);
                total += MeanOf(rates, hour);
            }

            Assert.Equal(hours.Sum(hour => (double)hour), total, 1e-3 * (1 + total));
        });

    [Fact]
    public void Between_hours_there_is_no_step()
    {
        var rates = new HourlyRates([[10, 100, 10, 10, 400, 10]]);
        for (var hour = 1; hour < 6; hour++)
        {
            var last = rates.At(0, hour - 1, 11, 12);
            var first = rates.At(0, hour, 0, 12);
            Assert.True(Math.Abs(first - last) <= (Math.Abs(rates.At(0, hour, 1, 12) - first) + Math.Abs(last - rates.At(0, hour - 1, 10, 12))) + 1e-3);
        }
    }

    [Fact]
    public void A_log_is_told_count_by_count()
    {
        var trace = Read("""
            time,entity,group,region,reads,writes,cost
            2026-03-01T10:04:59Z,b,eu,de,3,1,7
            2026-03-01T10:01:00Z,a,,,1,0,1
            2026-03-01T10:02:00Z,b,eu,de,1,0,2
            2026-03-01T10:10:00Z,a,,us,1,0,5
            """);
        Assert.Equal(3, trace.SlotCount);
        Assert.Equal(["a", "a", "b"], trace.Keys.Select(key => key.Entity.KeyText()));
        Assert.Equal([(0, 1f, 1f, 0f), (2, 2f, 9f, 1f)], RowsOf(trace, 0));
        Assert.Empty(RowsOf(trace, 1));
        Assert.Equal([(1, 1f, 5f, 0f)], RowsOf(trace, 2));
        var rates = new double[3];
        trace.AddRates(0, 300, rates);
        Assert.Equal([1, 0, 9], rates.Select(rate => Math.Round(rate, 9)));
    }

    [Fact]
    public void A_log_is_scaled_by_its_whole_hours_with_what_an_access_costs()
    {
        var log = new StringBuilder("time,entity,cost\n");
        for (var hour = 0; hour < 30; hour++)
        {
            for (var i = 0; i < 10 + hour; i++)
                log.Append(System.Globalization.CultureInfo.InvariantCulture, $"{new DateTime(2026, 3, 1, 0, 30, 0).AddMinutes((hour * 60) + i):s}Z,a,3\n");
        }

        var trace = Read(log.ToString()).Scaled(1000, 5);
        Assert.Equal(new DateTime(2026, 3, 1, 1, 0, 0), trace.StartUtc);
        var rates = new double[1];
        for (var slot = 0; slot < trace.SlotCount; slot++) trace.AddRates(slot, 300, rates);

        // Each hour has the accesses that began at its half hour before the next.
        Assert.InRange(rates[0] / (3 * 1000), 680, 730);
        double sum = 0;
        for (var slot = 0; slot < trace.SlotCount; slot++) sum += RowsOf(trace, slot).Sum(row => row.Cost);
        Assert.InRange(sum / rates[0], 0.99, 1.01);
    }

    [Fact]
    public void Slots_read_the_same_in_any_order()
    {
        var trace = WorkloadGenerator.Generate(new DateTime(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc), 2, [Shop("a", 3), Shop("b", 40)], seed: 4);
        var forward = Enumerable.Range(0, trace.SlotCount).Select(slot => RowsOf(trace, slot)).ToList();
        for (var slot = trace.SlotCount - 1; slot >= 0; slot--) Assert.Equal(forward[slot], RowsOf(trace, slot));
        Assert.NotEqual(forward[0], RowsOf(trace.Scaled(1, 5), 0));
    }

    [Fact]
    public void Noise_is_that_of_a_poisson_process_around_the_rate()
    {
        var trace = WorkloadGenerator.Generate(new DateTime(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc), 20, [Shop("a", 0.1), Shop("b", 2)], seed: 9);
        double[] squares = [0, 0], variances = [0, 0];
        for (var slot = 0; slot < trace.SlotCount; slot++)
        {
            var means = new double[2];
            trace.AddRates(slot, 300, means);
            var counts = new double[2];
            foreach (var row in RowsOf(trace, slot)) counts[row.Key] = row.Accesses;
            for (var key = 0; key < 2; key++)
            {
                squares[key] += (counts[key] - means[key]) * (counts[key] - means[key]);
                variances[key] += means[key];
            }
        }

        for (var key = 0; key < 2; key++) Assert.InRange(squares[key] / variances[key], 0.93, 1.07);
    }

    [Fact]
    public void A_table_keeps_its_loads()
    {
        using var lines = LogLines.Open("table.csv", new MemoryStream(Encoding.UTF8.GetBytes(
            "hour,z,a\n2026-03-01 00:00,12,0\n2026-03-01 01:00,24,\n2026-03-01 02:00,36,6\n2026-03-01 03:00,24,0\n2026-03-01 04:00,12,0\n")));
        var trace = TraceReader.Of(LoadTable.Read(lines, new LoadTableOptions { NowUtc = Now }));
        Assert.Equal(["a", "z"], trace.Keys.Select(key => key.Entity.KeyText()));
        Assert.Equal(60, trace.SlotCount);
        var sums = new double[2];
        for (var slot = 0; slot < trace.SlotCount; slot++)
        {
            foreach (var row in RowsOf(trace, slot)) sums[row.Key] += row.Cost;
        }

        Assert.Equal(6, sums[0], 1e-4);
        Assert.Equal(108, sums[1], 1e-3);
        Assert.InRange(RowsOf(trace, 30).Single(row => row.Key == 1).Cost, 3.0, 3.4);
    }

    private static double MeanOf(HourlyRates rates, int hour) => Enumerable.Range(0, 12).Average(slot => rates.At(0, hour, slot, 12));

    private static WorkloadEntity Shop(string name, double rate) =>
        new() { Entity = EntityType.Of("shop", KeyKind.Text).Key(name), Rate = rate, Daily = 0.5 };

    private static List<(int Key, float Accesses, float Cost, float Writes)> RowsOf(TrafficTrace trace, int slot)
    {
        var rows = new List<DemandRow>();
        trace.Read(slot, rows);
        return [.. rows.Select(row => (row.Key, row.Accesses, row.Cost, row.Writes))];
    }

    private static TrafficTrace Read(string log)
    {
        using var reader = new AccessLogReader(
            LogLines.Open("log.csv", new MemoryStream(Encoding.UTF8.GetBytes(log))), new AccessLogOptions { NowUtc = Now });
        return TraceReader.Read(reader, CancellationToken.None);
    }
}
