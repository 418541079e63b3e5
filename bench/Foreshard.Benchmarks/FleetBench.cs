using System.Diagnostics;
using Foreshard.Simulation.Runs;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Benchmarks;

/// <summary>The policies on real traces at several fleet sizes, with the simulator's defaults.</summary>
internal static class FleetBench
{
    private const double Capacity = 5_000;

    public static void Try()
    {
        var which = Environment.GetEnvironmentVariable("TRACES")?.Split(',') ?? ["cities", "stations", "countries", "customers"];
        var sizes = Environment.GetEnvironmentVariable("SIZES")?.Split(',').Select(int.Parse).ToArray() ?? [8, 9, 10, 12, 14, 16];
        foreach (var name in which)
        {
            var trace = name switch { "cities" => FleetTraces.BikeCities(), "stations" => FleetTraces.BikeStations(), "countries" => FleetTraces.RetailCountries(), _ => FleetTraces.RetailCustomers() };
            foreach (var size in sizes) Run(name, trace, size);
        }
    }

    private static double E(string name, double value) => double.TryParse(Environment.GetEnvironmentVariable(name), out var told) ? told : value;

    private static void Run(string name, TrafficTrace trace, int size)
    {
        var start = Stopwatch.GetTimestamp();
        var result = SimulationRun.Run(
            trace,
            new SimulationOptions { Partitions = size, Capacity = Capacity, WarmUp = TimeSpan.FromDays(FleetTraces.WarmUpDays), GridBandwidths = [], GridIntervals = [], Balancer = Foreshard.Balancing.BalancerOptions.Default with
                {
                    PartitionsToAskFor = 0,
                    Cooldown = TimeSpan.FromHours(E("COOL", 1)),
                    MinImprovement = E("MINIMP", 1.5),
                    Cost = Foreshard.Sharding.CostOptions.Default with
                    {
                        Transfer = E("TRANSFER", 0.3), MoveSeconds = E("MOVESEC", 5), ShardSeconds = E("SHARDSEC", 2), TargetShare = E("TARGET", 0.85), Strain = E("STRAIN", 0.2),
                        Imbalance = E("IMB", 0.05), Band = E("BAND", 0.05), ForesightTime = TimeSpan.FromHours(E("FORE", 6)), ForesightFloor = E("FLOOR", 0.1),
                    },
                },
                Outlook = Foreshard.Balancing.OutlookOptions.Default with { Room = E("ROOM", 0.5), PresentTime = TimeSpan.FromMinutes(E("NOW", 30)) },
            },
            (done, of) => { if (done % 2016 == 0) Console.Error.WriteLine($"{done}/{of} {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s"); },
            CancellationToken.None);
        foreach (var run in result.Policies)
        {
            var s = run.Score;
            Bars.Say($"{name} {size} {s.Policy,-10} over {s.OverloadedPartitionMinutes,7:0} late {s.LateShare:0.0000} p99 {s.P99Ms,6:0} GB {s.BytesMoved / 1e9,7:0} moves {s.Moves} splits {s.Splits} merges {s.Merges} thrash {s.Thrash:0.000} ping {s.PingPong} peak {s.PeakUtilisation:0.00} θ {s.Threshold}/{s.LookBack}");
        }

        if (Environment.GetEnvironmentVariable("WHEN") is not null) foreach (var run in result.Policies.Where(run => run.Score.Policy != PolicyKind.Static))
        {
            var when = new SortedDictionary<string, int>(StringComparer.Ordinal);
            for (var p = 0; p < run.Demand.Count; p++)
                for (var i = 0; i < run.Demand[p].Length; i++)
                    if (run.Demand[p][i] > Capacity) { var key = (result.ScoredFromUtc + i * result.DrawnInterval).ToString("MM-dd HH") + " p" + (p + 1); when[key] = when.GetValueOrDefault(key) + 1; }
            Bars.Say($"   {run.Score.Policy} drawn {result.DrawnInterval}: {string.Join(", ", when.Select(one => one.Key + "x" + one.Value))}");
        }

        foreach (var run in result.Policies.Where(run => run.Steps.Count > 0))
        {
            var reasons = run.Steps.Where(step => step.Kind == Foreshard.Balancing.StepKind.Move).GroupBy(step => step.Reason).OrderByDescending(group => group.Count())
                .Select(group => $"{group.Key} {group.Count()} ({group.Sum(step => step.Bytes) / 1e9:0} GB)");
            Bars.Say($"   {run.Score.Policy}: {string.Join(", ", reasons)}; {string.Join(' ', run.Steps.GroupBy(step => step.StartUtc.Hour).OrderBy(group => group.Key).Select(group => $"{group.Key}:{group.Count()}"))}");
            if (Environment.GetEnvironmentVariable("STEPS") is { } count) foreach (var step in run.Steps.Where(_ => run.Score.Policy == PolicyKind.Predictive).Take(int.Parse(count))) Bars.Say($"      {step.StartUtc:MM-dd HH:mm}–{step.EndUtc:HH:mm} {step.Kind} {step.What} {step.From}→{step.To} {step.Bytes / 1e9:0.0} GB {step.Reason} {step.Because}");
        }

        Bars.Say($"   {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
    }
}
