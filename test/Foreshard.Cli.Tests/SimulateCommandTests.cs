namespace Foreshard.Cli.Tests;

/// <summary><c>foreshard simulate</c>: what it takes and refuses.</summary>
public sealed class SimulateCommandTests
{
    private const string Bikes = "bikeshare-hourly.csv";

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
    [InlineData("--grid --no-grid", "not both")]
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
}
