using Foreshard.Simulation.Runs;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Simulation.Tests.Runs;

/// <summary>Runs <c>scenarios/*.txt</c>: what comes and to whom, <c>----</c>, what came of it.</summary>
/// <remarks>With <c>FORESHARD_WRITE_SCENARIOS</c> set to the folder of the scenarios, what comes of them is written there instead.</remarks>
public sealed class ScenarioTests
{
    private const string Line = "----\n";

    public static TheoryData<string> Names { get; } =
        [.. Directory.GetFiles(Folder, "*.txt").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Runs", "scenarios");

    [Theory]
    [MemberData(nameof(Names))]
    public void What_comes_of_a_scenario_is_what_is_written_below_it(string name)
    {
        var parts = File.ReadAllText(Path.Combine(Folder, name + ".txt")).Split(Line);
        var scenario = ScenarioText.Parse(parts[0]);
        var report = ScenarioReport.Write(SimulationRun.Run(scenario.Trace(), scenario.Options, null, CancellationToken.None));

        if (Environment.GetEnvironmentVariable("FORESHARD_WRITE_SCENARIOS") is { Length: > 0 } folder)
        {
            File.WriteAllText(Path.Combine(folder, name + ".txt"), parts[0] + Line + report);
            return;
        }

        Assert.Equal(parts[1], report, ignoreLineEndingDifferences: true);
    }
}
