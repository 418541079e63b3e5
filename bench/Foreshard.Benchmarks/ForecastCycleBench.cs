using System.Diagnostics;
using Foreshard.Forecasting;
using Foreshard.Profiling;

namespace Foreshard.Benchmarks;

/// <summary>What forecasting costs: a series and step, and a whole cycle of a million entities.</summary>
/// <remarks>
/// The loads are made: a day, a week, a level of each series' own, and chance. One per slot of an hour. In the cycle 1 % of the entities are
/// hot and 10 % warm; each of the rest is forecast by its mean load and the shape that all have in common, and its accesses go into one of
/// 4,096 buckets; what lies on each of 16 partitions is a series, too. Forecasts of all are made for 24 hours, in every cycle anew.
/// </remarks>
internal static class ForecastCycleBench
{
    private const int Entities = 1_000_000;
    private const int Hot = 10_000;
    private const int Warm = 100_000;
    private const int Cold = Entities - Hot - Warm;
    private const int Buckets = 4096;
    private const int Partitions = 16;
    private const int Horizon = 24;
    private const int Cycles = 24;
    private const double ColdLoad = 0.02;

    /// <summary>Bytes of a profile, from <c>./bench.sh profile-memory</c>.</summary>
    private const double ColdProfileBytes = 62;
    private const double WarmProfileBytes = 232;
    private const double HotProfileBytes = 1046;

    private static readonly SlotGrid Hourly = new(TimeSpan.FromHours(1));

    public static void Run()
    {
        ForecastStep.Run();
        SayMemory();
        SayCycle();
    }

    private static void SayMemory()
    {
        var fine = new SlotGrid(TimeSpan.FromMinutes(5));
        Bars.Say($"bytes of a series, by heap difference; a profile has {WarmProfileBytes} B warm, {HotProfileBytes} B hot, {ColdProfileBytes} B cold");
        foreach (var grid in (SlotGrid[])[Hourly, fine])
        {
            var warm = BytesOf(grid, SeriesTier.Warm, Warm);
            var hot = BytesOf(grid, SeriesTier.Hot, Hot);
            var minutes = grid.SlotLength.TotalMinutes;
            Bars.Say($"slots of {minutes,2} min: warm {warm:0} B, with its profile {warm + WarmProfileBytes:0} B");
            Bars.Say($"slots of {minutes,2} min: hot {hot:0} B, with its profile {hot + HotProfileBytes:0} B");
            if (grid == Hourly) continue;
            Bars.Print("profile-and-series-warm", warm + WarmProfileBytes, 1024);
            Bars.Print("profile-and-series-hot", hot + HotProfileBytes, 4096);
        }
    }

    private static double BytesOf(SlotGrid grid, SeriesTier tier, int count)
    {
        var forecaster = new Forecaster(grid, new ForecastOptions());
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < count; i++) forecaster.Add(tier);
        var after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(forecaster);
        return (after - before) / (double)count;
    }

    private static void SayCycle()
    {
        var fleet = new ForecastFleet(Hourly, Hot, Warm + Buckets, Partitions);
        var copies = new SeasonalCopies(Hot + Warm + Buckets + Partitions, Hourly.BaseSlotsPerWeek);
        var random = new Random(20260302);
        var came = new int[Cold];
        var times = new List<CycleTime>();
        var reference = new List<double>();
        for (var cycle = 0; cycle < Cycles; cycle++)
        {
            fleet.Next();
            for (var i = 0; i < came.Length; i++) came[i] = random.NextDouble() < ColdLoad ? 1 : 0;
            times.Add(Cycle(fleet, came));
            var start = Stopwatch.GetTimestamp();
            copies.Cycle(fleet, Cold, (float)ColdLoad, Horizon);
            reference.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        Bars.Say($"a cycle of {Entities} entities ({Hot} hot, {Warm} warm, {Cold} cold), {Buckets} buckets and {Partitions} partitions:");
        Bars.Say($"one core of {Environment.ProcessorCount}, since the forecaster is for one thread; medians of {Cycles} hours in a row, seconds");
        Bars.Say($"observing {MedianOf(time => time.Observing):0.000}, closing and learning {MedianOf(time => time.Closing):0.000}");
        Bars.Say($"forecasting {Horizon} h of series {MedianOf(time => time.Series):0.000}, of cold entities {MedianOf(time => time.ColdOnes):0.000}");
        Bars.Say($"in all {MedianOf(time => time.All):0.000}, the longest cycle {times.Max(time => time.All):0.000}");
        var ratio = Bars.Ratio([.. times.Select(time => time.All)], reference);
        Bars.Say($"a bare loop that copies what came a week ago, and scales a shape for the cold: {Bars.Median(reference):0.000}; ratio {ratio:0.0}");
        Bars.Print("forecast-cycle", MedianOf(time => time.All), 5);

        double MedianOf(Func<CycleTime, double> part) => Bars.Median(times.Select(part));
    }

    private static CycleTime Cycle(ForecastFleet fleet, int[] cold)
    {
        var forecast = new Forecast();
        var start = Stopwatch.GetTimestamp();
        Observe(fleet, cold);
        var observed = Stopwatch.GetTimestamp();
        fleet.Forecaster.Close();
        var closed = Stopwatch.GetTimestamp();
        for (var i = 0; i < fleet.Series; i++) fleet.Forecaster.Predict(i, Horizon, forecast);
        var predicted = Stopwatch.GetTimestamp();
        for (var i = 0; i < Cold; i++) fleet.Forecaster.PredictCold((float)ColdLoad, 1, Horizon, forecast);
        return new CycleTime(
            Stopwatch.GetElapsedTime(start, observed).TotalSeconds,
            Stopwatch.GetElapsedTime(observed, closed).TotalSeconds,
            Stopwatch.GetElapsedTime(closed, predicted).TotalSeconds,
            Stopwatch.GetElapsedTime(predicted).TotalSeconds);
    }

    private static void Observe(ForecastFleet fleet, int[] cold)
    {
        Span<float> partitions = stackalloc float[Partitions];
        var forecaster = fleet.Forecaster;
        for (var i = 0; i < Hot + Warm; i++)
        {
            forecaster.Observe(i, fleet.Loads[i]);
            partitions[i % Partitions] += fleet.Loads[i];
        }

        for (var i = 0; i < cold.Length; i++)
        {
            if (cold[i] == 0) continue;
            forecaster.Observe(Hot + Warm + (i % Buckets), cold[i]);
            partitions[i % Partitions] += cold[i];
        }

        for (var i = 0; i < Partitions; i++) forecaster.Observe(Hot + Warm + Buckets + i, partitions[i]);
    }

    /// <summary>Seconds of the parts of a cycle.</summary>
    private readonly record struct CycleTime(double Observing, double Closing, double Series, double ColdOnes)
    {
        public double All => Observing + Closing + Series + ColdOnes;
    }
}
