using System.Diagnostics;
using Foreshard.Simulation.Runs;

namespace Foreshard.Benchmarks;

/// <summary>The policies on real traces at several sizes of a fixed fleet, all else as the simulator's defaults have it. One run tells all bars.</summary>
internal static class FleetBench
{
    /// <summary>Overloaded partition-minutes of reacting from which a cell counts.</summary>
    private const double Scored = 60;

    private static readonly int[] Sizes = [7, 8, 9];

    /// <summary>Prints every cell and then the bars.</summary>
    public static void Run()
    {
        Bars.Say($"trace, partitions · policy · overloaded partition-minutes · late accesses · p99 ms");
        Bars.Say($"  · GB moved · moves, splits, merges · undone · peak");
        var jobs = FleetTrial.Traces.SelectMany(trace => Sizes.Select(size => (trace.Name, trace.Make, Size: size)));
        var cells = FleetTrial.InOrder(jobs, job => Run(job.Name, job.Make, job.Size), Print);

        PrintOverload([.. cells.Where(cell => cell.Reactive.OverloadedPartitionMinutes >= Scored)]);
        PrintOracle(cells);
        PrintThrash(cells);
    }

    /// <summary>Thousands of customers as entities: one size takes longer than all cells of the other traces together.</summary>
    public static void Customers() => Print(Run("retail-customers", FleetTraces.RetailCustomers, 8));

    /// <summary>Overloaded minutes against those of reacting, with the bytes that both move.</summary>
    private static void PrintOverload(IReadOnlyList<Cell> cells)
    {
        var reactive = cells.Sum(cell => cell.Reactive.OverloadedPartitionMinutes);
        var predictive = cells.Sum(cell => cell.Predictive.OverloadedPartitionMinutes);
        Bars.Say($"{cells.Count} cells in which reacting has at least {Scored} overloaded minutes: {reactive:0} against {predictive:0}");
        if (cells.Count == 0) return;
        Bars.PrintAtLeast("overload-vs-reactive", 1 - (predictive / reactive), 0.8);
        Bars.Print("overload-vs-reactive-bytes", cells.Sum(cell => cell.Predictive.BytesMoved) / cells.Sum(cell => cell.Reactive.BytesMoved), 2);
    }

    /// <summary>Overloaded minutes against those of perfect forecasts and a minute per partition.</summary>
    private static void PrintOracle(List<Cell> cells) => Bars.Print(
        "oracle-gap",
        cells.Sum(cell => cell.Predictive.OverloadedPartitionMinutes) / cells.Sum(cell => cell.Oracle.OverloadedPartitionMinutes + cell.Size),
        1.25);

    /// <summary>Moves that were undone within a day, and those within a cooldown.</summary>
    private static void PrintThrash(List<Cell> cells)
    {
        var moves = Math.Max(1, cells.Sum(cell => cell.Predictive.Moves));
        Bars.Print("thrash", cells.Sum(cell => cell.Predictive.Thrash * cell.Predictive.Moves) / moves, 0.01);
        Bars.Print("thrash-ping-pong", cells.Sum(cell => cell.Predictive.PingPong), 0);
    }

    private static Cell Run(string name, Func<Simulation.Workloads.TrafficTrace> make, int size)
    {
        var start = Stopwatch.GetTimestamp();
        var scores = FleetTrial.Run(make(), size, FleetTrial.AllPolicies);
        return new Cell(name, size, scores, Stopwatch.GetElapsedTime(start));
    }

    private static void Print(Cell cell)
    {
        foreach (var score in cell.Scores)
        {
            var tuned = score.Threshold is { } threshold ? FormattableString.Invariant($" · from {threshold:0.0} on, mean of {score.LookBack}") : "";
            var load = FormattableString.Invariant($"{score.OverloadedPartitionMinutes:0} · {score.LateShare:0.0000} · {score.P99Ms:0}");
            var steps = FormattableString.Invariant($"{score.BytesMoved / 1e9:0} · {score.Moves}, {score.Splits}, {score.Merges} · {score.Thrash:0.000}");
            Bars.Say($"{cell.Trace}, {cell.Size} · {score.Policy} · {load} · {steps} · {score.PeakUtilisation:0.00}{tuned}");
        }

        Bars.Say($"  {cell.Time.TotalSeconds:0} s");
    }

    private sealed record Cell(string Trace, int Size, IReadOnlyList<PolicyScore> Scores, TimeSpan Time)
    {
        public PolicyScore Reactive => Of(PolicyKind.Reactive);

        public PolicyScore Predictive => Of(PolicyKind.Predictive);

        public PolicyScore Oracle => Of(PolicyKind.Oracle);

        private PolicyScore Of(PolicyKind policy) => Scores.First(score => score.Policy == policy);
    }
}
