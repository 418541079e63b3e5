using System.Text.Json;
using System.Text.Json.Nodes;
using Foreshard.Cli.Commands;
using Foreshard.Cli.Output;
using Foreshard.Simulation.Runs;
using Spectre.Console;

namespace Foreshard.Cli.Tests;

/// <summary>What is printed of a simulation.</summary>
public sealed class SimulationTextTests
{
    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    [InlineData(200)]
    public void Text_fits_the_width_and_says_what_is_left_out(int width)
    {
        var text = Print(MadeUpRun.Of(4, ["a"]), width);

        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= width, line));
        foreach (var policy in Enum.GetValues<PolicyKind>()) Assert.Contains($"\n {Words.Of(policy)} ", text, StringComparison.Ordinal);
        Assert.Equal(width < 200, text.Contains("No room for:", StringComparison.Ordinal));
    }

    [Fact]
    public void The_grid_has_a_row_for_each_interval_and_all_policies_that_act()
    {
        var text = Print(MadeUpRun.Of(4, ["a"]), 120);

        Assert.Contains("(reactive / predictive / oracle)", text, StringComparison.Ordinal);
        Assert.Matches(@"\n 5 min +1,240 / 1,612 / 5\.0 +310 / 10 / 5\.0 +78 / 10 / 5\.0\n", text);
    }

    [Fact]
    public void The_capacity_is_said_to_be_told_or_derived()
    {
        Assert.Contains("200 cost units/s each, as told", Print(MadeUpRun.Of(4, ["a"]), 120), StringComparison.Ordinal);
        var derived = Print(MadeUpRun.Of(4, ["a"]), 200, isCapacityGiven: false);
        Assert.Contains("such that the largest hour loads them 75 % together", derived, StringComparison.Ordinal);
    }

    [Fact]
    public void Hours_of_partitions_are_shown_where_they_may_sleep()
    {
        var result = MadeUpRun.Of(4, ["a"]);
        var elastic = result with { Options = result.Options with { Elastic = new ElasticFleet(2, 8, TimeSpan.FromMinutes(10)) } };

        Assert.DoesNotContain("partition-h", Print(result, 200), StringComparison.Ordinal);
        Assert.Matches(@"partition-h .*\n.*\n static +900 +672 ", Print(elastic, 200));
    }

    [Fact]
    public void JSON_has_the_figures_of_each_policy_and_of_the_grid()
    {
        var result = MadeUpRun.Of(4, ["a"]);
        var json = JsonNode.Parse(JsonSerializer.Serialize(ReportOf(result), CliJson.Report.SimulationReport))!;

        var policies = json["policies"]!.AsArray();
        Assert.Equal(["static", "reactive", "predictive", "oracle"], policies.Select(policy => (string)policy!["policy"]!));
        Assert.Equal(
            [
                "policy", "overloadedPartitionMinutes", "lateShare", "p99Ms", "bytesMoved", "moves", "splits", "merges", "thrash", "pingPong",
                "peakUtilisation", "spread", "oscillation", "partitionHours", "threshold", "lookBack", "dropped",
            ],
            policies[0]!.AsObject().Select(property => property.Key));
        Assert.Equal(310, (double)policies[1]!["overloadedPartitionMinutes"]!);
        Assert.Equal(0.8, (double)policies[1]!["threshold"]!);
        Assert.Null(policies[2]!["threshold"]);
        Assert.Equal(9, json["grid"]!.AsArray().Count);
        Assert.Equal(0.25, (double)json["grid"]![0]!["bandwidthTimes"]!);
        Assert.Equal(result.Policies.Sum(run => run.Steps.Count), json["steps"]!.AsArray().Count);
        Assert.Equal("surge", (string)json["steps"]![0]!["reason"]!);
        Assert.Equal(200, (double)json["fleet"]!["capacityPerSecond"]!);
    }

    [Theory]
    [InlineData(0.2, 0.9, "No partition was overloaded, whoever decided.")]
    [InlineData(0.2, 60, "Predictive: 0.2 overloaded partition-minutes, 100 % fewer than the 60 of the reactive policy, moving 2.0 GB, 2.0 times as much.")]
    [InlineData(60, 30, "Predictive: 60 overloaded partition-minutes, 100 % more than the 30 of the reactive policy, moving 2.0 GB, 2.0 times as much.")]
    [InlineData(60, 61, "Predictive: 60 overloaded partition-minutes, about as many as the 61 of the reactive policy, moving 2.0 GB, 2.0 times as much.")]
    [InlineData(5, 0, "Predictive: 5.0 overloaded partition-minutes, more than the 0 of the reactive policy, moving 2.0 GB, 2.0 times as much.")]
    public void The_verdict_also_says_where_foresight_lost(double predictive, double reactive, string verdict) => Assert.Equal(
        verdict,
        SimulationVerdict.Of([MadeUpRun.Score(PolicyKind.Reactive, reactive, 1e9), MadeUpRun.Score(PolicyKind.Predictive, predictive, 2e9)]));

    [Fact]
    public void The_verdict_goes_by_what_was_run()
    {
        Assert.Equal(
            "Predictive: 12 overloaded partition-minutes, 80 % fewer than the 60 without any move.",
            SimulationVerdict.Of([MadeUpRun.Score(PolicyKind.Static, 60), MadeUpRun.Score(PolicyKind.Predictive, 12, 1e9)]));
        Assert.Equal(
            "Static: 60 overloaded partition-minutes; Oracle: 2.0 overloaded partition-minutes.",
            SimulationVerdict.Of([MadeUpRun.Score(PolicyKind.Static, 60), MadeUpRun.Score(PolicyKind.Oracle, 2, 1e9)]));
    }

    private static SimulationReport ReportOf(SimulationResult result, bool isCapacityGiven = true) =>
        SimulationReport.Of(result, "access.csv", scale: 1, isCapacityGiven, new LinesReport(10, 10, null, []));

    private static string Print(SimulationResult result, int width, bool isCapacityGiven = true)
    {
        using var output = new StringWriter();
        SimulationView.Write(new Terminal(output, output, width, AnsiSupport.No, TimeProvider.System), ReportOf(result, isCapacityGiven));
        return output.ToString();
    }
}
