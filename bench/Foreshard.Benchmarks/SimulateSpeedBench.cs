using System.Diagnostics;
using Foreshard.Simulation.Runs;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Benchmarks;

/// <summary>How long simulated weeks of a thousand entities take: foresight alone, and all four policies with what tuning the reactive one takes.</summary>
internal static class SimulateSpeedBench
{
    private const int Weeks = 3;

    public static void Run()
    {
        var foresight = SecondsPerWeek([PolicyKind.Predictive]);
        Bars.Say($"{foresight:0.0} s a simulated week of 1,000 entities with foresight");
        Bars.Say($"{SecondsPerWeek(FleetTrial.AllPolicies):0.0} s with all four policies");
        Bars.Print("simulate-week-s", foresight, 10);
    }

    private static double SecondsPerWeek(IReadOnlyList<PolicyKind> policies)
    {
        var type = EntityType.Of("entity", KeyKind.Integer);
        var entities = Enumerable.Range(1, 1000).Select(number => new WorkloadEntity
        {
            Entity = type.Key(number),
            Rate = 250 / Math.Pow(number, 0.8),
            Daily = 0.7,
            Peak = TimeSpan.FromHours(8 + (number % 12)),
            Weekend = 0.6,
        });
        var trace = WorkloadGenerator.Generate(new DateTime(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc), Weeks * 7, [.. entities], seed: 1);
        var options = new SimulationOptions
        {
            Partitions = 8, Capacity = 1200, WarmUp = TimeSpan.FromDays(7), Policies = policies, GridBandwidths = [], GridIntervals = [],
        };
        var start = Stopwatch.GetTimestamp();
        SimulationRun.Run(trace, options, progress: null, CancellationToken.None);
        return Stopwatch.GetElapsedTime(start).TotalSeconds / Weeks;
    }
}
