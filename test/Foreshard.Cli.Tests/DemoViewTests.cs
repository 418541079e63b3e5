using Foreshard.Cli.Demo;
using Foreshard.Cli.Output;
using Spectre.Console;

namespace Foreshard.Cli.Tests;

public sealed class DemoViewTests
{
    [Fact]
    public void The_picture_shows_loads_forecasts_who_waits_what_was_moved_and_why_and_what_is_wrong()
    {
        var shown = Shown(Look() with { Trouble = "no room on [disk]" });

        Assert.Contains("predictive  Mon 08:05  p50 2.5 ms p99 41 ms  1,234 answered, 1 failed", shown, StringComparison.Ordinal);
        Assert.Matches("p1 .*120 % .*95 % .*17 .*12 min.*moving", shown);
        Assert.Matches("p2 .*30 % .*– .*0 .*0 min", shown);
        Assert.Contains("Mon 07:40 move operator/San Francisco {70} p1 → p2: too much comes to [p1]", shown, StringComparison.Ordinal);
        Assert.Contains("Autopilot: no room on [disk]", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_limit_there_is_no_share_to_tell()
    {
        var look = Look();
        var shown = Shown(look with { Partitions = [look.Partitions[0] with { Load = double.PositiveInfinity, Forecast = null }] });

        Assert.DoesNotContain("%", shown.Replace("of capacity", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static string Shown(DemoLook look)
    {
        using var output = new StringWriter();
        new Terminal(output, output, 120, AnsiSupport.No, TimeProvider.System).Write(DemoView.Picture(look));
        return output.ToString();
    }

    private static DemoLook Look()
    {
        var begin = DemoPlan.Begin.AddHours(7.5);
        return new DemoLook(
            DemoPolicy.Predictive,
            DemoPlan.Begin.AddMinutes(485),
            [
                new PartitionLook("p1", 1.2, 0.95, 17, true, TimeSpan.FromMinutes(12)),
                new PartitionLook("p2", 0.3, null, 0, false, TimeSpan.Zero),
            ],
            2.5,
            41,
            1234,
            1,
            [new DemoStep(true, false, "move operator/San Francisco {70}", "p1", "p2", begin.AddMinutes(10), begin, 9000, "too much comes to [p1]")],
            null);
    }
}
