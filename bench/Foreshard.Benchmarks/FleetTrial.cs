using System.Collections.Concurrent;
using Foreshard.Simulation.Runs;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Benchmarks;

/// <summary>One simulation of a fleet on a real trace, all that isn't told as the simulator's defaults have it.</summary>
internal static class FleetTrial
{
    /// <summary>Cost units per second of a partition: the largest hour asks for six of them.</summary>
    public const double Capacity = FleetTraces.PeakDemand / 6;

    /// <summary>What the six partitions hold that the largest hour asks for, if each is half full. The same for all sizes of the fleet.</summary>
    public const double StartBytes = 6 * SimulationOptions.DefaultSizeBudgetBytes / 2;

    /// <summary>
    /// What an entity grows by with each access. The traces tell of each as a write; as in tables of loads, one in ten is taken to write a row, of
    /// 100 bytes. If all of them did, the fleet would double every twelve days, and room for bytes would decide about everything.
    /// </summary>
    public const double BytesPerWrite = 10;

    /// <summary>Simulations at a time.</summary>
    private const int AtOnce = 2;

    /// <summary>All policies.</summary>
    public static readonly PolicyKind[] AllPolicies = [PolicyKind.Static, PolicyKind.Reactive, PolicyKind.Predictive, PolicyKind.Oracle];

    /// <summary>The traces that every size is tried on. One that was made is for one thread.</summary>
    public static readonly (string Name, Func<TrafficTrace> Make)[] Traces =
    [
        ("bike-cities", FleetTraces.BikeCities),
        ("bike-stations", FleetTraces.BikeStations),
        ("retail-countries", FleetTraces.RetailCountries),
    ];

    /// <summary>Scores, in the order of the policies.</summary>
    /// <param name="trace">What comes.</param>
    /// <param name="size">Partitions; of an elastic fleet, at the start.</param>
    /// <param name="policies">Which ones run.</param>
    /// <param name="elastic">Null for a fixed fleet.</param>
    public static IReadOnlyList<PolicyScore> Run(TrafficTrace trace, int size, IReadOnlyList<PolicyKind> policies, ElasticFleet? elastic = null)
    {
        var options = new SimulationOptions
        {
            Partitions = size,
            Capacity = Capacity,
            WarmUp = TimeSpan.FromDays(FleetTraces.WarmUpDays),
            StartBytes = StartBytes,
            BytesPerWrite = BytesPerWrite,
            Policies = policies,
            Elastic = elastic,
            GridBandwidths = [],
            GridIntervals = [],
        };
        return [.. SimulationRun.Run(trace, options, progress: null, CancellationToken.None).Policies.Select(run => run.Score)];
    }

    /// <summary>Runs jobs two at a time, each with a trace of its own, and tells of their results in the order of the jobs.</summary>
    public static List<TResult> InOrder<TJob, TResult>(IEnumerable<TJob> jobs, Func<TJob, TResult> run, Action<TResult> say)
    {
        var results = new List<TResult>();
        var running = Partitioner.Create(jobs, EnumerablePartitionerOptions.NoBuffering)
            .AsParallel().AsOrdered().WithDegreeOfParallelism(AtOnce).WithMergeOptions(ParallelMergeOptions.NotBuffered)
            .Select(run);
        foreach (var result in running)
        {
            say(result);
            results.Add(result);
        }

        return results;
    }
}
