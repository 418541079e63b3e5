namespace Foreshard.Tests.Sharding;

/// <summary>Runs <c>scenarios.txt</c>: a title, what is to be cut, <c>----</c>, what comes of it.</summary>
public sealed class CutScenarioTests
{
    public static TheoryData<string> Titles { get; } = [.. Read().Keys];

    [Theory]
    [MemberData(nameof(Titles))]
    public void What_comes_of_a_scenario_is_what_is_written_below_it(string title)
    {
        var (input, output) = Read()[title];

        Assert.Equal(output, CutScenarios.Run(input), ignoreLineEndingDifferences: true);
    }

    private static Dictionary<string, (string Input, string Output)> Read()
    {
        var scenarios = new Dictionary<string, (string, string)>(StringComparer.Ordinal);
        var path = Path.Combine(AppContext.BaseDirectory, "Sharding", "scenarios.txt");
        foreach (var block in File.ReadAllText(path).Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var (title, text) = block.Trim().Split('\n', 2) is [var head, var body] ? (head, body) : throw new FormatException($"'{block}' has no title.");
            var halves = text.Split("\n----");
            scenarios.Add(title, (halves[0], halves[1].Trim()));
        }

        return scenarios;
    }
}
