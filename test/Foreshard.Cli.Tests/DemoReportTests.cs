using Foreshard.Cli.Demo;

namespace Foreshard.Cli.Tests;

public sealed class DemoReportTests
{
    [Fact]
    public void The_verdict_compares_with_reacting_and_names_what_doing_nothing_comes_to() => Assert.Equal(
        "Partitions were overloaded for 30 min with foresight: 88 % less than the 240 min of reacting. Left alone: 2,580 min.",
        Report(154_800, 14_400, 1_800).Verdict());

    [Fact]
    public void Where_reacting_did_well_nothing_is_compared() => Assert.Equal(
        "Partitions were overloaded for 0 min with foresight: reacting was so for 0.5 min, too little to compare. Left alone: 60 min.",
        Report(3600, 30, 0).Verdict());

    [Fact]
    public void One_failed_access_or_one_lost_row_is_not_clean()
    {
        var report = Report(1, 1, 1);
        Assert.True(report.IsClean());
        Assert.False((report with { Policies = [report.Policies[0] with { FailedOperations = 1 }] }).IsClean());
        Assert.False((report with { Policies = [report.Policies[0] with { LostRows = 1 }] }).IsClean());
        Assert.False((report with { Policies = [report.Policies[0] with { DoubledRows = 1 }] }).IsClean());
        Assert.False((report with { Policies = [report.Policies[0] with { Findings = 1 }] }).IsClean());
    }

    private static DemoReport Report(double left, double reactive, double predictive) => new(
        DemoPlan.Begin,
        DemoPlan.Whole.End,
        DemoPlan.Whole.Factor,
        DemoPlan.Multiplier,
        DemoPlan.Partitions,
        false,
        3,
        12,
        1,
        5,
        "demo.html",
        null,
        [Policy("static", left), Policy("reactive", reactive), Policy("predictive", predictive)]);

    private static DemoPolicyReport Policy(string name, double overloaded) => new(name, overloaded, 10, 0, 0, 0, 0, 0, 0, 1, 5, 5, 0, 0, 0);
}
