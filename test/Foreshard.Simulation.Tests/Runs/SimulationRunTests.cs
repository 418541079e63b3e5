using System.Text.Json;
using System.Text.Json.Serialization;
using Foreshard.Simulation.Cluster;
using Foreshard.Simulation.Runs;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Simulation.Tests.Runs;

public sealed class SimulationRunTests
{
    [Fact]
    public void Overloaded_minutes_are_those_of_intervals_above_capacity()
    {
        var result = Run("""
            days 1
            partitions 1
            capacity 100
            policies static
            entity a rate 50
              flash from 6h for 2h times 4
            """);
        var score = result.Policies[0].Score;
        var above = result.Policies[0].Demand[0].Count(demand => demand > 100);

        Assert.Equal(above * 5, score.OverloadedPartitionMinutes);
        Assert.InRange(score.OverloadedPartitionMinutes, 110, 150);
        Assert.Equal(result.PeakDemand / 100, score.PeakUtilisation, 1e-6);

        // While it is above and until the backlog is gone, all are late: of 80 accesses an hour 4 times as many in two hours.
        Assert.InRange(score.LateShare, 0.2, 0.35);
        Assert.Equal(24, score.PartitionHours, 1e-6);
        Assert.Equal((0, 0.0, 0, 0), (score.Moves, score.BytesMoved, score.Splits, score.Merges));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_one_does_not()
    {
        const string Text = """
            days 2
            warm-up 1d
            partitions 3
            capacity 650
            data 60GB
            entities user 12 rate 5..60
              daily 80% peak 14:00
            entity shop rate 60
              flash from 1d10h for 3h times 4
              group eu 60%
              group us 40%
            """;
        var first = JsonSerializer.Serialize(Run(Text).Policies, Names);
        Assert.Equal(first, JsonSerializer.Serialize(Run(Text).Policies, Names));
        Assert.NotEqual(first, JsonSerializer.Serialize(Run("seed 2\n" + Text).Policies, Names));
    }

    [Fact]
    public void Who_acts_serves_what_who_does_not_can_not()
    {
        var result = Run("""
            days 4
            warm-up 3d
            partitions 3
            capacity 650
            data 30GB
            entities user 12 rate 8..80
              daily 80% peak 14:00 steep 5
            """);
        var scores = result.Policies.ToDictionary(run => run.Score.Policy, run => run.Score);

        Assert.True(scores[PolicyKind.Static].OverloadedPartitionMinutes > 60);
        Assert.All(
            [PolicyKind.Reactive, PolicyKind.Predictive, PolicyKind.Oracle],
            kind => Assert.True(scores[kind].OverloadedPartitionMinutes < scores[PolicyKind.Static].OverloadedPartitionMinutes / 2));
        Assert.NotNull(scores[PolicyKind.Reactive].Threshold);
        Assert.All(result.Policies, run => Assert.Equal(0, run.Score.PingPong));
        var predictive = result.Policies.Single(run => run.Score.Policy == PolicyKind.Predictive);
        Assert.Contains(predictive.Forecast![0], forecast => forecast > 0);
        Assert.Equal(predictive.Demand[0].Length, predictive.ForecastHigh![0].Length);
    }

    [Fact]
    public void The_grid_has_a_cell_for_each_bandwidth_and_interval_and_the_main_run_is_one()
    {
        var scenario = ScenarioText.Parse("""
            days 2
            warm-up 1d
            partitions 2
            capacity 200
            data 40GB
            policies static reactive
            entities user 8 rate 10..50
              daily 90% peak 14:00 steep 6
            """);
        var options = scenario.Options with
        {
            GridBandwidths = [0.25, 1],
            GridIntervals = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30)],
        };
        var result = SimulationRun.Run(scenario.Trace(), options, null, CancellationToken.None);

        Assert.Equal(6, result.Grid.Count);
        var main = result.Grid.Single(cell => cell.Bandwidth == 1 && cell.Interval == TimeSpan.FromMinutes(5));
        Assert.Equal(result.Policies[1].Score, Assert.Single(main.Scores));
        Assert.All(result.Grid, cell => Assert.Equal(PolicyKind.Reactive, Assert.Single(cell.Scores).Policy));
        Assert.All(result.Grid, cell => Assert.Equal(48, cell.Scores[0].PartitionHours, 1e-6));
    }

    [Fact]
    public void Policies_do_the_same_with_a_grid_as_without()
    {
        var scenario = ScenarioText.Parse("""
            days 9
            warm-up 1d
            partitions 3
            capacity 420
            data 40GB
            policies predictive
            entities user 12 rate 10..50
              daily 90% peak 14:00 steep 6
            entity sale rate 20
              flash from 8d8h for 3h times 6
            """);
        var gridded = scenario.Options with { GridBandwidths = [0.25], GridIntervals = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(30)] };

        var alone = SimulationRun.Run(scenario.Trace(), scenario.Options, null, CancellationToken.None);
        var result = SimulationRun.Run(scenario.Trace(), gridded, null, CancellationToken.None);

        Assert.Empty(alone.Grid);
        Assert.Equal(2, result.Grid.Count);
        Assert.Equal(alone.Policies.Select(run => run.Score), result.Policies.Select(run => run.Score));
        Assert.Equal(alone.Policies[0].Steps, result.Policies[0].Steps);
    }

    [Fact]
    public void Who_does_not_act_has_no_grid()
    {
        var scenario = ScenarioText.Parse("""
            days 1
            warm-up 12h
            partitions 2
            capacity 200
            policies static oracle
            entities user 4 rate 10..50
            """);

        Assert.Empty(SimulationRun.Run(scenario.Trace(), scenario.Options with { GridBandwidths = [1] }, null, CancellationToken.None).Grid);
    }

    [Fact]
    public void Entities_begin_with_what_is_told_of_them_or_their_part_of_the_whole()
    {
        var scenario = ScenarioText.Parse("""
            days 1
            partitions 1
            capacity 100
            data 12GB
            entity a rate 10
              group eu 50%
              group us 50%
            entity b rate 20
            entity c rate 5
              bytes 3GB
            entity later rate 10
              lives from 12h
            """);
        var trace = scenario.Trace();
        var nodes = new NodeTable(trace.Keys, 4096);
        var bytes = StartSizes.Of(trace, nodes, scenario.Options with { WarmUp = TimeSpan.FromHours(11) });

        // Of 35 accesses a second in the warm-up, a has 10 and b 20.
        Assert.Equal([1.7, 1.7, 6.9, 3, 0], bytes.Select(size => Math.Round(size / 1e9, 1)));
    }

    [Fact]
    public void Users_far_from_their_rows_wait_for_the_round_trip()
    {
        const string Text = """
            days 1
            partitions 1
            capacity 1000
            policies static
            regions eu
            round-trip eu us 80ms
            entity a rate 10
              region us
            """;
        var score = Run(Text).Policies[0].Score;
        Assert.Equal(1, score.LateShare, 1e-9);
        Assert.InRange(score.P99Ms, 82, 88);
        Assert.InRange(Run(Text.Replace("  region us", "  region eu", StringComparison.Ordinal)).Policies[0].Score.P99Ms, 4.8, 5.3);
    }

    [Fact]
    public void Progress_is_told_and_a_run_can_be_ended()
    {
        var scenario = ScenarioText.Parse("days 1\npartitions 1\npolicies static\nentity a rate 1");
        using var cancel = new CancellationTokenSource();
        var told = 0;
        Assert.Throws<OperationCanceledException>(() => SimulationRun.Run(scenario.Trace(), scenario.Options, Tell, cancel.Token));
        Assert.Equal(10, told);

        void Tell(int over, int all)
        {
            Assert.Equal((told + 1, 288), (over, all));
            if (++told == 10) cancel.Cancel();
        }
    }

    [Fact]
    public void Options_that_do_not_hold_are_all_named()
    {
        var options = new SimulationOptions
        {
            Partitions = 0,
            Capacity = -1,
            WarmUp = TimeSpan.Zero,
            Interval = TimeSpan.FromMinutes(7),
            Policies = [PolicyKind.Static, PolicyKind.Static],
        };
        var message = Assert.Throws<ArgumentException>(options.Validate).Message;
        string[] problems = ["Partitions is 0", "Capacity is -1", "00:07:00", "each policy runs once"];
        Assert.All(problems, part => Assert.Contains(part, message, StringComparison.Ordinal));
        var scenario = ScenarioText.Parse("days 1\nwarm-up 1d\npartitions 1\nentity a rate 1");
        Assert.Throws<ArgumentException>(() => SimulationRun.Run(scenario.Trace(), scenario.Options, null, CancellationToken.None));
    }

    private static readonly JsonSerializerOptions Names = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private static SimulationResult Run(string text)
    {
        var scenario = ScenarioText.Parse(text);
        return SimulationRun.Run(scenario.Trace(), scenario.Options, null, CancellationToken.None);
    }
}
