using System.Diagnostics;
using Foreshard.Simulation.Runs;

namespace Foreshard.Benchmarks;

/// <summary>How small a fixed fleet may be under a policy, on one trace.</summary>
/// <param name="Trace">Its name.</param>
/// <param name="Policy">Which policy.</param>
/// <param name="Tried">Each size that was tried, in the order of trying.</param>
/// <param name="Time">How long it took.</param>
internal sealed record FleetSearch(string Trace, PolicyKind Policy, IReadOnlyList<(int Size, PolicyScore Score)> Tried, TimeSpan Time)
{
    /// <summary>The size at which the search gives up.</summary>
    public const int LargestSize = 40;

    /// <summary>Share of a fleet's partition-minutes up to which it may be overloaded: 0.1 %.</summary>
    public const double OverloadMax = 0.001;

    /// <summary>Sizes by one as long as a partition more is a large share of the fleet, then by steps that grow.</summary>
    private static readonly int[] Ladder = [6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 21, 25, 30, 35, LargestSize];

    /// <summary>The smallest of the sizes tried that holds; null if none does.</summary>
    public int? Smallest => Tried.Where(trial => Holds(trial.Score)).Select(trial => (int?)trial.Size).Min();

    /// <summary>Partition-hours of that fleet.</summary>
    public double? Hours => Tried.FirstOrDefault(trial => trial.Size == Smallest).Score?.PartitionHours;

    /// <summary>Share of the minutes of partitions that were awake, in which they were overloaded.</summary>
    public static double OverloadOf(PolicyScore score) => score.OverloadedPartitionMinutes / (60 * score.PartitionHours);

    /// <summary>Whether a fleet is overloaded little enough.</summary>
    public static bool Holds(PolicyScore score) => OverloadOf(score) < OverloadMax;

    /// <summary>Tries sizes upwards until one holds; then those that the last step left out.</summary>
    public static FleetSearch Run(int trace, PolicyKind policy)
    {
        var start = Stopwatch.GetTimestamp();
        var (name, make) = FleetTrial.Traces[trace];
        var traffic = make();
        var tried = new List<(int Size, PolicyScore Score)>();
        var below = Ladder[0] - 1;
        foreach (var size in Ladder)
        {
            if (Try(size)) break;
            below = size;
        }

        var reached = tried[^1].Size;
        for (var size = below + 1; size < reached; size++)
        {
            if (Try(size)) break;
        }

        return new FleetSearch(name, policy, tried, Stopwatch.GetElapsedTime(start));

        bool Try(int size)
        {
            tried.Add((size, FleetTrial.Run(traffic, size, [policy])[0]));
            return Holds(tried[^1].Score);
        }
    }
}
