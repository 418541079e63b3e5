using Foreshard.Tests.House;

namespace Foreshard.Tests.Balancing;

/// <summary>Scenarios with the plan that they lead to. With FORESHARD_WRITE_SCENARIOS set, the plans are written anew: read the difference.</summary>
public sealed class ScenarioTests
{
    private const string Between = "----\n";

    private static readonly string Folder = Path.Combine(Repository.Root, "test", "Foreshard.Tests", "Balancing", "scenarios");

    public static TheoryData<string> Names =>
        [.. Directory.EnumerateFiles(Folder, "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Scenarios_lead_to_the_plans_that_are_written_below_them(string name)
    {
        var file = Path.Combine(Folder, name + ".txt");
        var text = File.ReadAllText(file);
        var end = text.IndexOf(Between, StringComparison.Ordinal);
        var input = end < 0 ? text : text[..end];
        var answer = ScenarioParser.Parse(input).Answer();
        if (Environment.GetEnvironmentVariable("FORESHARD_WRITE_SCENARIOS") is { Length: > 0 })
        {
            File.WriteAllText(file, input + Between + answer);
            return;
        }

        Assert.Equal(end < 0 ? "" : text[(end + Between.Length)..], answer);
    }

    [Theory]
    [InlineData("horizon 2026-03-02T06:00 slots=4 of=1h\n\nmachine p1", "Line 3: 'machine' is unknown.")]
    [InlineData("partition p1", "Line 1: 'partition' lacks capacity=.")]
    [InlineData("horizon 2026-03-02T06:00 slots=4 of=1x", "Line 1: '1x' is no length of time, as 3h.")]
    [InlineData("horizon 2026-03-02T06:00 slots=4 of=1h\nunit 0 on=p9 load=1", "Line 2: there is no partition 'p9' so far.")]
    [InlineData("horizon 2026-03-02T06:00 slots=4 of=1h\npartition p1 capacity=1 colour=red", "Line 2: 'partition' has no colour=.")]
    [InlineData("horizon 2026-03-02T06:00 slots=4 of=1h\npartition p1 capacity=1 state=asleep", "Line 2: 'asleep' is none of active, draining.")]
    [InlineData("horizon 2026-03-02T06:00 slots=4 of=1h\ngroup eu load=1", "Line 2: 'group' belongs to a unit, which comes first.")]
    [InlineData("horizon 2026-03-02T06:00 slots=4 of=1h\noption Cooldown=3h Cooldown=4h", "Line 2: 'Cooldown' stands twice.")]
    [InlineData(
        "horizon 2026-03-02T06:00 slots=4 of=1h\noption MovesPerPartition=0",
        "Line 2: The options of the balancer don't hold: MovesPerPartition has to be from 1 to 100, is 0.")]
    public void What_is_wrong_with_a_scenario_is_told_with_its_line(string text, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => ScenarioParser.Parse(text)).Message);
}
