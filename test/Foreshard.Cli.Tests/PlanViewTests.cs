using Foreshard.Cli.Commands;
using Foreshard.Cli.Output;
using Spectre.Console;

namespace Foreshard.Cli.Tests;

/// <summary>What is printed of a plan.</summary>
public sealed class PlanViewTests
{
    private const string NoGain = "noGain: it would cost as much elsewhere";

    [Theory]
    [InlineData(1, "bucket 1 stays on p1: ")]
    [InlineData(2, "bucket 1 and bucket 2 stay on p1: ")]
    [InlineData(3, "bucket 1, bucket 2 and bucket 3 stay on p1: ")]
    [InlineData(9, "bucket 1, bucket 2, bucket 3 and 6 more stay on p1: ")]
    public void What_stays_for_the_same_reason_is_told_together(int count, string said)
    {
        var text = Print([.. Enumerable.Range(1, count).Select(number => Refusal(number, "p1"))]);

        Assert.Contains($"\n{said}{NoGain}\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_stays_elsewhere_is_told_apart_and_the_rest_is_counted()
    {
        var text = Print([.. Enumerable.Range(1, 26).Select(number => Refusal(number, $"p{1 + (number % 13)}"))]);

        Assert.Contains("\nbucket 1 and bucket 14 stay on p2: ", text, StringComparison.Ordinal);
        Assert.Contains("\n… and 6 more that stay; --json and --html show all.\n", text, StringComparison.Ordinal);
    }

    private static PlanRefusalReport Refusal(int number, string partition) =>
        new(number, $"bucket {number}", partition, "noGain", "it would cost as much elsewhere");

    private static string Print(IReadOnlyList<PlanRefusalReport> refusals)
    {
        var (from, none) = (new DateTime(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc), new CostReport(0, 0, 0, 0, 0, 0, 0, 0, 0));
        using var output = new StringWriter();
        PlanView.Write(
            new Terminal(output, output, 120, AnsiSupport.No, TimeProvider.System),
            new PlanReport(from, from.AddDays(1), [], refusals, null, none, none, []));
        return output.ToString();
    }
}
