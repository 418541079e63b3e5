using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Foreshard.Cli.Tests;

/// <summary>The demo from its first line to its last: real transactions on real stores.</summary>
public sealed class DemoCommandTests
{
    private const double SlowMs = 50;

    [Fact]
    [Trait("Category", "Slow")]
    public async Task It_loses_nothing_and_foresight_is_overloaded_less_than_reacting_and_that_less_than_doing_nothing()
    {
        using var shell = new Shell();

        var demo = (await shell.RunAsync("demo --fast --json --html demo.html --keep shop", cancellationToken: TestContext.Current.CancellationToken))
            .Expect(ExitCode.Done);

        var report = demo.Json;
        var policies = report["policies"]!.AsArray();
        Assert.Equal(["static", "reactive", "predictive"], policies.Select(policy => (string)policy!["policy"]!));
        Assert.Equal("policies", report.AsObject().Last().Key);
        Assert.All(policies, policy =>
        {
            Assert.Equal(0, (long)policy!["failedOperations"]!);
            Assert.Equal(0, (long)policy["lostRows"]!);
            Assert.Equal(0, (long)policy["doubledRows"]!);
            Assert.Equal(0, (long)policy["findings"]!);
            Assert.InRange((double)policy["p50Ms"]!, 0.01, (double)policy["p99Ms"]!);
        });
        var (left, reactive, predictive) = (policies[0]!, policies[1]!, policies[2]!);
        Assert.True(Overloaded(predictive) < Overloaded(reactive), report.ToJsonString());
        Assert.True(Overloaded(reactive) < Overloaded(left), report.ToJsonString());
        Assert.Equal((0, 0), ((int)left["moves"]!, (int)left["splits"]!));
        Assert.All([reactive, predictive], policy => Assert.True((int)policy["moves"]! > 0 && (int)policy["splits"]! > 0, report.ToJsonString()));

        Assert.Contains("predictive Mon ", demo.Error, StringComparison.Ordinal);
        Assert.Contains("of its capacity", demo.Error, StringComparison.Ordinal);
        var page = XDocument.Parse(File.ReadAllText(Path.Combine(shell.Folder, "demo.html")).Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));
        var drawings = page.Descendants("svg").Select(drawing => (string)drawing.Attribute("aria-label")!);
        Assert.Equal(12, drawings.Count(label => label.StartsWith("Load of p", StringComparison.Ordinal)));

        await EveryKeptStoreIsWholeAsync(shell);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task On_a_fleet_nothing_is_lost_either_and_foresight_is_overloaded_less_than_doing_nothing()
    {
        using var shell = new Shell();

        var demo = (await shell.RunAsync("demo --fleet --fast --json --html demo.html", cancellationToken: TestContext.Current.CancellationToken))
            .Expect(ExitCode.Done);

        var report = demo.Json;
        var policies = report["policies"]!.AsArray();
        Assert.True((bool)report["isFleet"]!);
        Assert.Null(report["store"]);
        Assert.Equal(["static", "reactive", "predictive"], policies.Select(policy => (string)policy!["policy"]!));
        Assert.All(policies, policy => Assert.Equal(
            (0, 0, 0, 0),
            ((long)policy!["failedOperations"]!, (long)policy["lostRows"]!, (long)policy["doubledRows"]!, (long)policy["findings"]!)));

        // A machine that can't answer in time without any limit has nothing to say about partitions that have one.
        if ((double)report["unlimitedP50Ms"]! < SlowMs)
        {
            Assert.True(Overloaded(policies[2]!) < Overloaded(policies[0]!), report.ToJsonString());
            Assert.All(policies.Skip(1), policy => Assert.True((int)policy!["moves"]! > 0, report.ToJsonString()));
        }

        Assert.Contains("3 PostgreSQL servers", demo.Error, StringComparison.Ordinal);
        Assert.Contains("etcd1: stopping", demo.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(shell.Folder, "demo.html")));
    }

    [Theory]
    [InlineData("demo --folder fleet", "--fleet")]
    [InlineData("demo --fleet --keep shop", "nothing stays")]
    public async Task What_does_not_go_together_is_said(string command, string said)
    {
        using var shell = new Shell();

        var refused = (await shell.RunAsync(command)).Expect(ExitCode.Usage);

        Assert.Contains(said, refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fleet_that_is_not_there_is_named_before_anything_runs()
    {
        using var shell = new Shell();

        var refused = (await shell.RunAsync("demo --fleet --folder nowhere")).Expect(ExitCode.Failed);

        Assert.Contains("There is no fleet in 'nowhere'", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_writes_into_no_folder_that_holds_something()
    {
        using var shell = new Shell();

        var refused = (await shell.RunAsync($"demo --fast --keep {shell.Folder}")).Expect(ExitCode.Usage);

        Assert.Contains("new or empty", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_can_not_be_written_is_said_before_anything_runs()
    {
        using var shell = new Shell();

        var refused = (await shell.RunAsync("demo --fast --html nowhere/demo.html")).Expect(ExitCode.Usage);

        Assert.Contains("there is no folder", refused.Error, StringComparison.Ordinal);
    }

    private static double Overloaded(JsonNode policy) => (double)policy["overloadedSeconds"]!;

    private static async Task EveryKeptStoreIsWholeAsync(Shell shell)
    {
        foreach (var policy in new[] { "static", "reactive", "predictive" })
            (await shell.RunAsync($"verify {Path.Combine(shell.Store, policy)}")).Expect(ExitCode.Done);
        var place = (await shell.RunAsync($"where {Path.Combine(shell.Store, "predictive")} \"operator/San Francisco\" --json")).Expect(ExitCode.Done);
        Assert.True(place.Json["shards"]!.AsArray().Count > 1);
    }
}
