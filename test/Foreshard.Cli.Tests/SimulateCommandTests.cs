using System.Xml.Linq;

namespace Foreshard.Cli.Tests;

/// <summary>Commands that put recorded traffic on a virtual fleet: what they take, refuse and print.</summary>
public sealed class SimulateCommandTests
{
    private const string Bikes = "bikeshare-hourly.csv";
    private const string Retail = "online-retail.csv";

    [Theory]
    [InlineData("--partitions 0", "1 to 1,000")]
    [InlineData("--partitions 1001", "1 to 1,000")]
    [InlineData("--capacity 0", "above 0")]
    [InlineData("--capacity full", "'full'")]
    [InlineData("--policy clever", "'clever'")]
    [InlineData("--interval 7min", "divisor of the hour")]
    [InlineData("--interval 10s", "from a minute on")]
    [InlineData("--warm-up 0d", "above 0")]
    [InlineData("--warm-up 40d", "leaves nothing to be scored")]
    [InlineData("--bandwidth 0MB/s", "50MB/s")]
    [InlineData("--bandwidth fast", "'fast'")]
    [InlineData("--size-budget huge", "500MB")]
    [InlineData("--start-bytes many", "500MB")]
    [InlineData("--bytes-per-write -1", "'-1'")]
    [InlineData("--scale 0", "above 0")]
    [InlineData("--latency-target 0ms", "above 0")]
    [InlineData("--service slow", "'slow'")]
    [InlineData("--regions eu,,us", "commas")]
    [InlineData("--round-trip eu:us=90ms", "--regions")]
    [InlineData("--regions eu,us --round-trip eu-us=90ms", "'eu-us=90ms'")]
    [InlineData("--regions eu,us --round-trip eu:us=far", "eu:us=90ms")]
    [InlineData("--elastic 8:2", "'8:2'")]
    [InlineData("--elastic 2", "2:8")]
    [InlineData("--elastic 0:4", "2:8")]
    [InlineData("--elastic 2:3:4", "2:8")]
    [InlineData("--elastic 5:8", "outside of --elastic 5:8")]
    [InlineData("--wake-delay 5min", "--elastic")]
    [InlineData("--seed x", "an integer")]
    [InlineData("--log --table", "not both")]
    public async Task What_is_not_understood_is_said(string options, string said)
    {
        using var shell = new Shell();
        shell.CopyData(Bikes);

        var failed = (await shell.RunAsync($"simulate {Bikes} {options}")).Expect(ExitCode.Usage);

        Assert.Contains(said, failed.Error, StringComparison.Ordinal);
        Assert.Empty(failed.Output);
    }

    [Theory]
    [InlineData("empty.csv", "", "it is empty")]
    [InlineData("header.csv", "time,entity\n", "no line of data")]
    [InlineData("bad.csv", "time,entity\nnever,a\nsoon,b\n", "badTime: 2 (line 2, 3, as 'never,a')")]
    public async Task A_log_of_which_nothing_can_be_told_is_named(string name, string text, string said)
    {
        using var shell = new Shell();
        shell.Write(name, text);

        var failed = (await shell.RunAsync($"simulate {name}")).Expect(ExitCode.Failed);

        Assert.Contains($"'{name}'", failed.Error, StringComparison.Ordinal);
        Assert.Contains(said, failed.Error, StringComparison.Ordinal);
        Assert.Empty(failed.Output);
    }

    [Fact]
    public async Task A_log_is_run_under_the_policies_that_are_named()
    {
        using var shell = new Shell();
        shell.CopyData(Retail);

        var report = (await shell.RunAsync(
            $"simulate {Retail} --column segment=country --partitions 2 --scale 500 --policy static --policy predictive --no-grid --json --html out.html"))
            .Expect(ExitCode.Done).Json;

        Assert.Equal(["static", "predictive"], report["policies"]!.AsArray().Select(policy => (string)policy!["policy"]!));
        Assert.Equal(94, (int)report["entities"]!);
        Assert.Equal(500, (double)report["scale"]!);
        Assert.False((bool)report["fleet"]!["isCapacityGiven"]!);
        Assert.Empty(report["grid"]!.AsArray());
        Assert.Equal(1919, (long)report["lines"]!["accepted"]!);
        Assert.Equal(0, (double)report["policies"]![0]!["bytesMoved"]!);
        Assert.DoesNotContain(report["steps"]!.AsArray(), step => (string)step!["policy"]! == "static");
        var page = XDocument.Parse(await File.ReadAllTextAsync(Path.Combine(shell.Folder, "out.html")));
        Assert.Equal((string)report["verdict"]!, page.Descendants("h1").Single().Value);
    }

    [Fact]
    public async Task The_capacity_that_is_not_told_loads_the_fleet_to_three_quarters_at_the_largest_hour()
    {
        using var shell = new Shell();
        var seconds = Enumerable.Range(0, 7200).Where(second => second < 3600 || second % 4 > 0);
        shell.Write("two.csv", string.Join('\n', seconds.Select(Line).Prepend("time,entity")));

        var report = (await shell.RunAsync("simulate two.csv --partitions 2 --policy static --json --now 2026-04-01")).Expect(ExitCode.Done).Json;

        // The first hour has an access a second, the second one three in four seconds.
        Assert.Equal(1.0 / (2 * 0.75), (double)report["fleet"]!["capacityPerSecond"]!, 3);
        Assert.Equal(3600, (report["scoredFrom"]!.GetValue<DateTime>() - report["from"]!.GetValue<DateTime>()).TotalSeconds);

        static string Line(int second) => $"{new DateTime(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(second):yyyy-MM-ddTHH:mm:ss}Z,{second % 5}";
    }

    [Fact]
    public async Task An_analysis_has_all_parts_in_JSON_and_on_the_page()
    {
        using var shell = new Shell();
        shell.CopyData(Retail);

        var report = (await shell.RunAsync(
            $"analyze {Retail} --partitions 2 --scale 500 --policy static --policy predictive --top 3 --json --html out.html")).Expect(ExitCode.Done).Json;

        Assert.Equal(3, report["top"]!.AsArray().Count);
        Assert.Equal("hot", (string)report["top"]![0]!["class"]!);
        Assert.Equal(92, (int)report["classes"]!["hot"]! + (int)report["classes"]!["warm"]! + (int)report["classes"]!["cold"]!);
        Assert.Equal(["p1", "p2"], report["plan"]!["partitions"]!.AsArray().Select(one => (string)one!["name"]!));
        Assert.Equal(2, report["simulation"]!["policies"]!.AsArray().Count);
        Assert.Equal(
            from bandwidth in new[] { 0.25, 1, 4 } from seconds in new[] { 60.0, 300, 1800 } select (bandwidth, seconds),
            report["simulation"]!["grid"]!.AsArray().Select(cell => ((double)cell!["bandwidthTimes"]!, (double)cell["intervalSeconds"]!)));
        Assert.InRange((double)report["skill"]!["abstainingShare"]!, 0, 1);
        var page = XDocument.Parse(await File.ReadAllTextAsync(Path.Combine(shell.Folder, "out.html")));
        Assert.Equal(
            [
                "Who is hot", "The plan for now", "The policies", "Load of each partition", "Entities over time", "Moves and splits",
                "Other bandwidths and intervals", "What was assumed",
            ],
            page.Descendants("h2").Select(title => title.Value));
        Assert.Equal(4, page.Descendants("div").First(div => (string?)div.Attribute("class") == "pairs").Elements("figure").Count());
    }

    [Fact]
    public async Task The_shortest_log_is_analysed_without_warm_up()
    {
        using var shell = new Shell();
        shell.Write("one.csv", "time,entity\n2026-03-01T10:00:00Z,a\nnever,a\n");

        var printed = (await shell.RunAsync("analyze one.csv --policy static", width: 300)).Expect(ExitCode.Done).Output;

        Assert.Contains("1 entity, 1 access from 2026-03-01 10:00 to 2026-03-01 10:05 UTC, without warm-up.", printed, StringComparison.Ordinal);
        Assert.Contains("1 of 2 lines were accepted, 1 skipped.", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("\n\n\n", printed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("analyze")]
    [InlineData("simulate")]
    public async Task A_page_that_cannot_be_written_is_said_before_anything_is_read(string command)
    {
        using var shell = new Shell();

        var failed = (await shell.RunAsync($"{command} missing.csv --html missing/out.html")).Expect(ExitCode.Usage);

        Assert.Contains("there is no folder '", failed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_entity_is_explained_with_score_candidates_and_what_becomes_of_it()
    {
        using var shell = new Shell();
        shell.CopyData(Retail);

        var report = (await shell.RunAsync($"explain {Retail} --entity 14606 --partitions 3 --scale 500 --json")).Expect(ExitCode.Done).Json;

        Assert.Equal("entity/14606", (string)report["entity"]!);
        Assert.NotEmpty(report["verdict"]!.AsArray());
        Assert.Equal("notSplittable", (string)report["shardability"]!["refusal"]!);
        Assert.Equal(["p1", "p2", "p3"], report["candidates"]!.AsArray().Select(one => (string)one!["partition"]!).Order());
        var home = report["candidates"]!.AsArray().Single(one => (string)one!["partition"]! == (string)report["partition"]!)!;
        Assert.Equal(0, (double)home["cost"]!["total"]!);
    }

    [Fact]
    public async Task An_entity_that_is_not_there_is_named_with_those_that_are_written_alike()
    {
        using var shell = new Shell();
        shell.CopyData(Retail);

        var failed = (await shell.RunAsync($"explain {Retail} --entity 1460")).Expect(ExitCode.Usage);

        Assert.Contains("There is no entity '1460' among 94. Near are: entity/14606", failed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("explain online-retail.csv", "--entity")]
    [InlineData("analyze online-retail.csv --top -1", "isn't negative")]
    [InlineData("analyze online-retail.csv --policy wise", "'wise'")]
    [InlineData("explain online-retail.csv --entity 14606 --partitions 0", "1 to 1,000")]
    public async Task What_is_not_understood_is_said_of_the_others_too(string command, string said)
    {
        using var shell = new Shell();
        shell.CopyData(Retail);

        Assert.Contains(said, (await shell.RunAsync(command)).Expect(ExitCode.Usage).Error, StringComparison.Ordinal);
    }
}
