using System.Diagnostics;
using System.Globalization;

namespace Foreshard.Benchmarks;

/// <summary>What all benchmarks share: rounds in turn, medians, and the closing lines.</summary>
internal static class Bars
{
    /// <summary>Runs the contestants in turn, so that a change of the machine's mood hits all, and takes each one's median.</summary>
    /// <param name="rounds">How often each is measured; one more round warms up.</param>
    /// <param name="operations">How many operations one run does.</param>
    /// <param name="contestants">What runs.</param>
    /// <returns>Nanoseconds per operation.</returns>
    public static double[] Medians(int rounds, int operations, params Action[] contestants)
    {
        var times = contestants.Select(_ => new List<double>(rounds)).ToArray();
        for (var round = -1; round < rounds; round++)
        {
            for (var i = 0; i < contestants.Length; i++)
            {
                var start = Stopwatch.GetTimestamp();
                contestants[i]();
                if (round >= 0) times[i].Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds / operations);
            }
        }

        return [.. times.Select(Median)];
    }

    public static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    /// <summary>One closing line; every goal is an upper limit.</summary>
    public static void Print(string name, double value, double goal) => Say(
        $"bar {name} value={value:0.###} goal={goal:0.###} {(value <= goal ? "ok" : "short")}");

    public static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
