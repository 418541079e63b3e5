using Foreshard.Balancing;
using Foreshard.Sharding;

namespace Foreshard.Tests.Balancing;

public sealed class BalancerOptionsTests
{
    [Fact]
    public void Defaults_hold() => BalancerOptions.Default.Validate();

    [Fact]
    public void Everything_out_of_range_is_named_at_once()
    {
        var options = BalancerOptions.Default with
        {
            SplitShare = 0, MergeShare = 0.5, MinImprovement = 0.9, Cooldown = TimeSpan.FromHours(-1), MergeAfter = TimeSpan.FromHours(-1), BytesPerHour = 0,
            MovesPerPartition = 0, MovesMax = -1, PartitionsToAskFor = -1,
        };

        var message = Assert.Throws<ArgumentException>(() => new Balancer(options)).Message;

        Assert.StartsWith("The options of the balancer don't hold: SplitShare has to be from 0.01 to 1, is 0; ", message, StringComparison.Ordinal);
        string[] others =
            ["MergeShare", "MinImprovement", "Cooldown", "MergeAfter", "BytesPerHour", "MovesPerPartition", "MovesMax", "PartitionsToAskFor"];
        foreach (var name in others)
            Assert.Contains($"; {name} has to be from ", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void What_is_no_number_is_out_of_range(double bytes) =>
        Assert.Throws<ArgumentException>(() => new FleetSizer(BalancerOptions.Default with { BytesPerHour = bytes }));

    [Fact]
    public void Prices_and_demands_on_cuts_are_checked_too()
    {
        Assert.Throws<ArgumentException>(() => new Balancer(BalancerOptions.Default with { Cost = CostOptions.Default with { Strain = -1 } }));
        Assert.Throws<ArgumentException>(() => new Balancer(BalancerOptions.Default with { Cuts = CutOptions.Default with { LargestShare = 2 } }));
    }

    [Theory]
    [InlineData("unit 0 on=p1 load=1\nunit 0 on=p1 load=1", "u0 is there twice.")]
    [InlineData("partition p2 capacity=0", "p2 has a capacity of 0 and moves 50000000 B/s.")]
    [InlineData("unit 0 on=p1 load=1\nrunning 0 from=p1 to=p1 ends=07:00\nrunning 0 from=p1 to=p1 ends=07:00", "u0 is on its way twice.")]
    public void Inputs_that_contradict_themselves_are_refused(string lines, string message)
    {
        var scenario = ScenarioParser.Parse("horizon 2026-03-02T06:00 slots=2 of=1h\npartition p1 capacity=100\n" + lines);

        var exception = Assert.Throws<ArgumentException>(() => new Balancer(scenario.Options).Plan(scenario.Input));

        Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
    }
}
