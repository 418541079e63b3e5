using System.Diagnostics;
using Foreshard.Simulation.Runs;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Benchmarks;

/// <summary>The policies on real traces at several sizes of a fixed fleet, all else as the simulator's defaults have it.</summary>
internal static class FleetBench
{
    /// <summary>Overloaded partition-minutes of reacting from which a cell counts.</summary>
    private const double Scored = 60;

    private static readonly int[] Sizes = [7, 8, 9, 10];

    /// <summary>Overloaded minutes against those of reacting, with the bytes that both move.</summary>
    public static void Overload()
    {
        var cells = RunAll().Where(cell => cell.Of(PolicyKind.Reactive).OverloadedPartitionMinutes >= Scored).ToList();
        var reactive = cells.Sum(cell => cell.Of(PolicyKind.Reactive).OverloadedPartitionMinutes);
        var predictive = cells.Sum(cell => cell.Of(PolicyKind.Predictive).OverloadedPartitionMinutes);
        var bytes = cells.Sum(cell => cell.Of(PolicyKind.Predictive).BytesMoved) / cells.Sum(cell => cell.Of(PolicyKind.Reactive).BytesMoved);
        Bars.Say($"{cells.Count} cells in which reacting has at least {Scored} overloaded minutes: {reactive:0} against {predictive:0}");
        Bars.PrintAtLeast("overload-vs-reactive", 1 - (predictive / reactive), 0.8);
        Bars.Print("overload-vs-reactive-bytes", bytes, 2);
    }

    /// <summary>Overloaded minutes against those of perfect forecasts and a minute per partition.</summary>
    public static void Oracle()
    {
        var cells = RunAll();
        var allowed = cells.Sum(cell => cell.Of(PolicyKind.Oracle).OverloadedPartitionMinutes + cell.Size);
        Bars.Print("oracle-gap", cells.Sum(cell => cell.Of(PolicyKind.Predictive).OverloadedPartitionMinutes) / allowed, 1.25);
    }

    /// <summary>Moves that were undone within a day, and those within a cooldown.</summary>
    public static void Thrash()
    {
        var scores = RunAll().Select(cell => cell.Of(PolicyKind.Predictive)).ToList();
        Bars.Print("thrash", scores.Sum(score => score.Thrash * score.Moves) / Math.Max(1, scores.Sum(score => score.Moves)), 0.01);
        Bars.Print("thrash-ping-pong", scores.Sum(score => score.PingPong), 0);
    }

    private static List<Cell> RunAll()
    {
        Bars.Say($"trace, partitions · policy · overloaded partition-minutes · late accesses · p99 ms");
        Bars.Say($"  · GB moved · moves, splits, merges · undone · peak");
        var cells = new List<Cell>();
        foreach (var (name, make) in FleetTrial.Traces)
        {
            var trace = make();
            foreach (var size in Sizes) cells.Add(Run(name, trace, size));
        }

        return cells;
    }

    private static Cell Run(string name, TrafficTrace trace, int size)
    {
        var start = Stopwatch.GetTimestamp();
        var scores = FleetTrial.Run(trace, size, FleetTrial.AllPolicies);
        foreach (var score in scores)
        {
            var tuned = score.Threshold is { } threshold ? FormattableString.Invariant($" · from {threshold:0.0} on, mean of {score.LookBack}") : "";
            var load = FormattableString.Invariant($"{score.OverloadedPartitionMinutes:0} · {score.LateShare:0.0000} · {score.P99Ms:0}");
            var steps = FormattableString.Invariant($"{score.BytesMoved / 1e9:0} · {score.Moves}, {score.Splits}, {score.Merges} · {score.Thrash:0.000}");
            Bars.Say($"{name}, {size} · {score.Policy} · {load} · {steps} · {score.PeakUtilisation:0.00}{tuned}");
        }

        Bars.Say($"  {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s");
        return new Cell(size, scores);
    }

    private sealed record Cell(int Size, IReadOnlyList<PolicyScore> Scores)
    {
        public PolicyScore Of(PolicyKind policy) => Scores.First(score => score.Policy == policy);
    }
}
