using System.Diagnostics;
using System.Text.Json;

namespace Foreshard.Benchmarks;

/// <summary>The demo as a user runs it: overload against reacting, answer times against no limit, and how soon there is something to see.</summary>
internal static class DemoBench
{
    /// <summary>Overloaded seconds of reacting from which the comparison counts.</summary>
    private const double Compared = 60;

    public static void Run()
    {
        var command = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../Foreshard.Cli/release/Foreshard.Cli.dll"));
        var started = Stopwatch.GetTimestamp();
        using var demo = Process.Start(new ProcessStartInfo("dotnet", [command, "demo", "--json"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var first = TimeSpan.Zero;
        demo.ErrorDataReceived += (_, line) =>
        {
            // A line of loads and answer times is the live picture of a run without a terminal.
            if (first == TimeSpan.Zero && line.Data?.Contains("p99", StringComparison.Ordinal) == true) first = Stopwatch.GetElapsedTime(started);
        };
        demo.BeginErrorReadLine();
        using var report = JsonDocument.Parse(demo.StandardOutput.ReadToEnd());
        demo.WaitForExit();
        Print(report.RootElement, first, Stopwatch.GetElapsedTime(started), demo.ExitCode);
    }

    private static void Print(JsonElement report, TimeSpan first, TimeSpan whole, int exitCode)
    {
        var policies = report.GetProperty("policies").EnumerateArray().ToDictionary(policy => policy.GetProperty("policy").GetString()!);
        Bars.Say($"{report.GetProperty("from").GetDateTime():yyyy-MM-dd} to {report.GetProperty("to").GetDateTime():yyyy-MM-dd}, exit code {exitCode}");
        Bars.Say($"policy · overloaded fleet seconds · failed · lost rows · p50 ms · p99 ms, calm · moves, splits");
        foreach (var (name, policy) in policies)
        {
            var load = FormattableString.Invariant($"{Number(policy, "overloadedSeconds"):0} · {Number(policy, "failedOperations")}");
            var times = FormattableString.Invariant($"{Number(policy, "p50Ms"):0.0} · {Number(policy, "p99Ms"):0.0}, {Number(policy, "calmP99Ms"):0.0}");
            Bars.Say($"{name} · {load} · {Number(policy, "lostRows")} · {times} · {Number(policy, "moves")}, {Number(policy, "splits")}");
        }

        var (reactive, predictive) = (policies["reactive"], policies["predictive"]);
        var unlimited = Number(report, "unlimitedP99Ms");
        Bars.Say($"without any limit of capacity: p99 {unlimited:0.0} ms; the whole demo took {whole.TotalSeconds:0} s");
        Bars.PrintIf(
            Number(reactive, "overloadedSeconds") > Compared,
            "demo",
            Number(predictive, "overloadedSeconds") / Number(reactive, "overloadedSeconds"),
            0.2);
        Bars.Print("demo-p99-calm", Number(predictive, "calmP99Ms") / unlimited, 1.5);
        Bars.Print("demo-failed-and-lost", policies.Values.Sum(policy => Number(policy, "failedOperations") + Number(policy, "lostRows")), 0);
        Bars.Print("demo-first-picture-s", first.TotalSeconds, 15);
    }

    private static double Number(JsonElement of, string name) => of.GetProperty(name).GetDouble();
}
