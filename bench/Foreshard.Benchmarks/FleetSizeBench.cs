using System.Diagnostics;
using Foreshard.Simulation.Runs;

namespace Foreshard.Benchmarks;

/// <summary>How many partitions the real traces need under each policy: of a fixed fleet, and of one whose partitions sleep.</summary>
internal static class FleetSizeBench
{
    private const int FewestAwake = 2;

    private static readonly TimeSpan WakeDelay = TimeSpan.FromMinutes(10);

    /// <summary>The slowest first.</summary>
    private static readonly PolicyKind[] Policies = [PolicyKind.Predictive, PolicyKind.Reactive, PolicyKind.Oracle, PolicyKind.Static];

    private static readonly PolicyKind[] ElasticPolicies = [PolicyKind.Predictive, PolicyKind.Reactive];

    public static void Run()
    {
        var start = Stopwatch.GetTimestamp();
        SayFloors();
        var fleets = SearchAll();
        CompareSizes(fleets);
        var trials = RunElastic(fleets);
        CompareWithPeak(trials);
        CompareWithReactive(trials);
        Bars.Say($"{Stopwatch.GetElapsedTime(start).TotalSeconds:0} s");
    }

    private static void SayFloors()
    {
        Bars.Say($"trace · GB at the begin and the end of the scored part · least partition-hours for bytes, for load, for both");
        foreach (var (name, make) in FleetTrial.Traces)
        {
            var floor = FleetFloor.Of(make(), FewestAwake);
            Bars.Say(
                $"{name} · {floor.Bytes / 1e9:0} to {floor.BytesAtEnd / 1e9:0} GB · {floor.HoursForBytes:0}, {floor.HoursForLoad:0}, {floor.Hours:0}");
        }
    }

    /// <summary>The smallest fixed fleet of each policy on each trace.</summary>
    private static List<FleetSearch> SearchAll()
    {
        Bars.Say($"fixed fleets: trace · policy · smallest fleet with less than {100 * FleetSearch.OverloadMax:0.0} % of its partition-minutes overloaded");
        Bars.Say($"  · partitions tried: overloaded % of partition-minutes, GB moved");
        return RunAll(Policies, FleetSearch.Run, Say);
    }

    /// <summary>The elastic fleets, as large as the static policy's smallest at most, or two larger than the predictive one's if there is none.</summary>
    private static List<ElasticTrial> RunElastic(List<FleetSearch> fleets)
    {
        Bars.Say($"elastic fleets: trace · policy · partitions · partition-hours · overloaded % of partition-minutes awake · GB moved, moves");
        return RunAll(ElasticPolicies, RunOne, Say);

        ElasticTrial RunOne(int trace, PolicyKind policy)
        {
            var (name, make) = FleetTrial.Traces[trace];
            var peak = Of(fleets, name, PolicyKind.Static);
            var most = peak.Smallest ?? Of(fleets, name, PolicyKind.Predictive).Smallest + 2 ?? FleetSearch.LargestSize;
            var elastic = new ElasticFleet(FewestAwake, most, WakeDelay);
            return new ElasticTrial(name, policy, most, peak.Hours, FleetTrial.Run(make(), most, [policy], elastic)[0]);
        }
    }

    private static void CompareSizes(List<FleetSearch> fleets)
    {
        var ratios = new List<double>();
        foreach (var peak in fleets.Where(fleet => fleet.Policy == PolicyKind.Static && fleet.Smallest is not null))
        {
            var predictive = Of(fleets, peak.Trace, PolicyKind.Predictive).Smallest;
            Bars.Say($"{peak.Trace}: predictive {Words(predictive)}, static {Words(peak.Smallest)}");
            ratios.Add((double?)predictive / peak.Smallest ?? double.PositiveInfinity);
        }

        Bars.Print("fleet-size", ratios.DefaultIfEmpty(double.PositiveInfinity).Average(), 0.6);
    }

    private static void CompareWithPeak(List<ElasticTrial> trials)
    {
        var ratios = new List<double>();
        var holds = true;
        foreach (var trial in trials.Where(trial => trial.Policy == PolicyKind.Predictive && trial.PeakHours is not null))
        {
            ratios.Add(trial.Hours / trial.PeakHours!.Value);
            holds &= trial.Holds;
            var verdict = trial.Holds ? "" : ", overloaded too often to count";
            Bars.Say($"{trial.Trace}: predictive {trial.Hours:0} partition-hours, {trial.Overload} overloaded; static {trial.PeakHours:0}{verdict}");
        }

        Bars.PrintIf(holds, "fleet-hours", ratios.DefaultIfEmpty(double.PositiveInfinity).Average(), 0.5);
    }

    private static void CompareWithReactive(List<ElasticTrial> trials)
    {
        var ratios = new List<double>();
        var holds = true;
        foreach (var (one, other) in trials.Where(trial => trial.Policy == PolicyKind.Predictive).Select(trial => (trial, ReactiveOf(trial))))
        {
            ratios.Add(one.Hours / other.Hours);
            var isAsGood = one.Holds || one.Score.OverloadedPartitionMinutes <= other.Score.OverloadedPartitionMinutes;
            holds &= isAsGood;
            var verdict = isAsGood ? "" : ", overloaded too often to count";
            Bars.Say(
                $"{one.Trace}: predictive {one.Hours:0} partition-hours, {one.Overload} overloaded; reactive {other.Hours:0}, {other.Overload}{verdict}");
        }

        Bars.PrintIf(holds && ratios.Average() < 1, "fleet-hours-vs-reactive", ratios.Average(), 1);

        ElasticTrial ReactiveOf(ElasticTrial trial) => trials.First(other => other.Trace == trial.Trace && other.Policy == PolicyKind.Reactive);
    }

    private static FleetSearch Of(List<FleetSearch> fleets, string trace, PolicyKind policy) =>
        fleets.First(fleet => fleet.Trace == trace && fleet.Policy == policy);

    private static void Say(FleetSearch fleet)
    {
        Bars.Say($"{fleet.Trace} · {fleet.Policy} · {Words(fleet.Smallest)} · {fleet.Time.TotalSeconds:0} s");
        foreach (var row in fleet.Tried.Chunk(6))
        {
            var trials = row.Select(trial => FormattableString.Invariant(
                $"{trial.Size}: {100 * FleetSearch.OverloadOf(trial.Score):0.000} %, {trial.Score.BytesMoved / 1e9:0} GB"));
            Bars.Say($"  · {string.Join(" · ", trials)}");
        }
    }

    private static void Say(ElasticTrial trial)
    {
        var steps = FormattableString.Invariant($"{trial.Score.BytesMoved / 1e9:0}, {trial.Score.Moves}");
        Bars.Say($"{trial.Trace} · {trial.Policy} · {FewestAwake} to {trial.Most} · {trial.Hours:0} · {trial.Overload} · {steps}");
    }

    private static string Words(int? size) => size is { } count
        ? FormattableString.Invariant($"{count}")
        : FormattableString.Invariant($"none up to {FleetSearch.LargestSize}");

    /// <summary>Runs each policy on each trace, some at once, and tells what comes of them trace by trace.</summary>
    private static List<T> RunAll<T>(PolicyKind[] policies, Func<int, PolicyKind, T> run, Action<T> say)
    {
        var jobs = Enumerable.Range(0, FleetTrial.Traces.Length).SelectMany(trace => policies.Select(policy => (Trace: trace, Policy: policy)));
        return FleetTrial.InOrder(jobs, job => run(job.Trace, job.Policy), say);
    }

    /// <param name="Trace">Its name.</param>
    /// <param name="Policy">Which policy.</param>
    /// <param name="Most">Most partitions awake.</param>
    /// <param name="PeakHours">Partition-hours of the static policy's smallest fixed fleet; null if there is none.</param>
    /// <param name="Score">What came of it.</param>
    private sealed record ElasticTrial(string Trace, PolicyKind Policy, int Most, double? PeakHours, PolicyScore Score)
    {
        public double Hours => Score.PartitionHours;

        public bool Holds => FleetSearch.Holds(Score);

        public string Overload => FormattableString.Invariant($"{100 * FleetSearch.OverloadOf(Score):0.000} %");
    }
}
