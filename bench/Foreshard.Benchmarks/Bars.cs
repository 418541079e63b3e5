using System.Diagnostics;
using System.Globalization;

namespace Foreshard.Benchmarks;

/// <summary>What all benchmarks share: rounds in turn, medians, and the closing lines.</summary>
internal static class Bars
{
    /// <summary>Runs the contestants in turn, so that a change of the machine's mood hits all.</summary>
    /// <param name="rounds">How often each is measured; one more round warms up.</param>
    /// <param name="operations">How many operations one run does.</param>
    /// <param name="contestants">What runs.</param>
    /// <returns>Of each contestant, nanoseconds per operation in each round.</returns>
    public static List<double>[] Measure(int rounds, int operations, params Action[] contestants)
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

        return times;
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    /// <summary>The median over the rounds of how one compares with the other in the same round.</summary>
    public static double Ratio(List<double> times, List<double> reference) => Median(times.Zip(reference, (time, other) => time / other));

    /// <summary>One closing line whose goal is a lower limit.</summary>
    public static void PrintAtLeast(string name, double value, double goal) => Say(
        $"bar {name} value={value:0.###} goal={goal:0.###} {(value >= goal ? "ok" : "short")}");

    /// <summary>One closing line whose goal is an upper limit.</summary>
    public static void Print(string name, double value, double goal) => Say(
        $"bar {name} value={value:0.###} goal={goal:0.###} {(value <= goal ? "ok" : "short")}");

    /// <summary>One closing line whose goal is an upper limit that isn't reached either if the value was had by cutting a corner.</summary>
    public static void PrintIf(bool counts, string name, double value, double goal) => Say(
        $"bar {name} value={value:0.###} goal={goal:0.###} {(counts && value <= goal ? "ok" : "short")}");

    /// <summary>One closing line whose goal is a range.</summary>
    public static void PrintWithin(string name, double value, double low, double high) => Say(
        $"bar {name} value={value:0.###} goal={low:0.###}..{high:0.###} {(value >= low && value <= high ? "ok" : "short")}");

    public static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
