using System.IO.Compression;
using System.Xml.Linq;

namespace Foreshard.Cli.Tests;

/// <summary>Commands on recorded traffic: what goes in, what comes out, and what can be wrong with it.</summary>
public sealed class TrafficCommandTests
{
    private const string Bikes = "bikeshare-hourly.csv";
    private const string Trips = "bikeshare-trips.csv --column entity=start_station --column segment=type --time-zone America/Los_Angeles";

    public static TheoryData<string> Commands => ["profile", "forecast --total", "backtest"];

    [Fact]
    public async Task A_log_tells_classes_segments_and_peaks()
    {
        using var shell = WithData();

        var report = (await shell.RunAsync($"profile {Trips} --capacity 0.05 --json --top 4")).Expect(ExitCode.Done).Json;

        Assert.Equal("log", (string)report["traffic"]!["input"]!);
        Assert.Equal(2998, (long)report["traffic"]!["accesses"]!);
        Assert.Equal(2, (long)report["traffic"]!["leftOut"]!);
        Assert.Equal(0.05, (double)report["traffic"]!["capacityPerSecond"]!);
        Assert.True((bool)report["traffic"]!["isCapacityGiven"]!);
        Assert.Equal(65, (int)report["classes"]!["hot"]! + (int)report["classes"]!["warm"]! + (int)report["classes"]!["cold"]!);
        var top = report["top"]!.AsArray();
        Assert.Equal(4, top.Count);
        Assert.All(top, one =>
        {
            Assert.Equal("hot", (string)one!["class"]!);
            Assert.InRange((int)one["peakHourUtc"]!, 0, 23);
            Assert.Equal(1, one["segments"]!.AsArray().Sum(segment => (double)segment!["share"]!), 6);
            Assert.Equal((long)one["accesses"]!, (long)one["reads"]!);
        });
    }

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public async Task Text_fits_the_width(int width)
    {
        using var shell = WithData();
        string[] commands = [$"profile {Bikes} --top 3", $"profile {Trips} --top 3", $"forecast {Bikes} --entity 70", $"forecast {Trips} --total --slot 5min"];

        foreach (var command in commands)
        {
            var shown = (await shell.RunAsync(command, width)).Expect(ExitCode.Done);
            Assert.All(shown.Output.Split('\n'), line => Assert.True(line.Length <= width, line));
        }
    }

    [Fact]
    public async Task All_entities_go_to_csv_and_their_text_does_not()
    {
        using var shell = WithData();

        var lines = (await shell.RunAsync($"profile {Bikes} --csv - --top 1")).Expect(ExitCode.Done).Output.TrimEnd().Split('\n');

        Assert.Equal(
            "entity,class,rate_fast,rate_slow,accesses,reads,writes,cost,first_seen,last_access,"
            + "peak_hour_utc,forecast_peak,forecast_peak_at,abstains,growth_per_day",
            lines[0]);
        Assert.Equal(68, lines.Length - 1);
        Assert.All(lines, line => Assert.Equal(14, line.Count(c => c == ',')));
        Assert.StartsWith("70,hot,", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forecast_has_rising_quantiles_in_json_and_csv_alike()
    {
        using var shell = WithData();

        var report = (await shell.RunAsync($"forecast {Bikes} --entity entity/70 --json --csv out.csv")).Expect(ExitCode.Done).Json;

        var slots = report["slots"]!.AsArray();
        Assert.Equal(24, slots.Count);
        Assert.Equal("2014-01-29T00:00:00Z", (string)slots[0]!["time"]!);
        Assert.All(slots, slot =>
        {
            Assert.True((double)slot!["q50"]! <= (double)slot["q90"]!);
            Assert.True((double)slot["q90"]! <= (double)slot["q95"]!);
        });
        var lines = await File.ReadAllLinesAsync(Path.Combine(shell.Folder, "out.csv"));
        Assert.Equal("entity,time,mean,q50,q90,q95", lines[0]);
        Assert.Equal(25, lines.Length);
        Assert.StartsWith("70,2014-01-29T00:00:00Z,", lines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--horizon 1h", 12)]
    [InlineData("--horizon 7d", 2016)]
    public async Task A_forecast_reaches_as_far_as_is_asked(string horizon, int slots)
    {
        using var shell = WithData();

        var report = (await shell.RunAsync($"forecast {Trips} --total --slot 5min --json {horizon}")).Expect(ExitCode.Done).Json;

        Assert.Equal(slots, report["slots"]!.AsArray().Count);
        Assert.True((bool)report["isTotal"]!);
    }

    [Fact]
    public async Task A_drawing_is_well_formed_and_has_title_axes_and_unit()
    {
        using var shell = WithData();

        (await shell.RunAsync($"forecast {Bikes} --entity 70 --plot out.svg")).Expect(ExitCode.Done);

        var texts = XDocument.Parse(await File.ReadAllTextAsync(Path.Combine(shell.Folder, "out.svg"))).Descendants().Select(one => one.Value).ToList();
        Assert.Contains("Load of entity/70, forecast from 2014-01-29 00:00 UTC on", texts);
        Assert.Contains("time (UTC)", texts);
        Assert.Contains("cost units/h", texts);
    }

    [Fact]
    public async Task Events_multiply_the_forecast_of_their_entity_and_time()
    {
        using var shell = WithData();
        var usual = await ForecastAsync(shell, "");
        (await shell.RunAsync("event add --file e.json --entity entity/70 --from 2014-01-29T08:00Z --to 2014-01-29T10:00Z --times 3")).Expect(ExitCode.Done);
        (await shell.RunAsync("event add --file e.json --entity entity/50 --from 2014-01-29T08:00Z --to 2014-01-29T10:00Z --times 9")).Expect(ExitCode.Done);
        (await shell.RunAsync("event add --file e.json --from 2014-02-27 --to 2014-02-28 --times 9")).Expect(ExitCode.Done);

        var raised = await ForecastAsync(shell, "--events e.json");

        for (var hour = 0; hour < 24; hour++) Assert.Equal(usual[hour] * (hour is 8 or 9 ? 3 : 1), raised[hour], 3);
        var report = (await shell.RunAsync($"forecast {Bikes} --entity 70 --events e.json --json")).Json;
        Assert.Equal(1, (int)Assert.Single(report["events"]!.AsArray())!["id"]!);
    }

    [Fact]
    public async Task A_backtest_compares_methods_and_writes_every_forecast()
    {
        using var shell = WithData();

        var report = (await shell.RunAsync($"backtest {Bikes} --origins 2 --horizon 6h --json --csv out.csv")).Expect(ExitCode.Done).Json;

        Assert.Equal(["2014-01-27T18:00:00Z", "2014-01-28T18:00:00Z"], report["origins"]!.AsArray().Select(one => (string)one!));
        var all = report["scores"]!.AsArray().Where(score => (string)score!["class"]! == "all").ToList();
        Assert.Equal(["foreshard", "naiveDay", "naiveWeek", "weekMean"], all.Select(score => (string)score!["method"]!));
        var lines = await File.ReadAllLinesAsync(Path.Combine(shell.Folder, "out.csv"));
        Assert.Equal("entity,origin,time,actual,mean,q50,q90,q95", lines[0]);
        Assert.Equal(1 + (2 * 6 * 70), lines.Length);
        Assert.All(lines.Skip(1), line => Assert.Equal(8, line.Split(',').Length));
        Assert.StartsWith("2,2014-01-27T18:00:00Z,2014-01-27T18:00:00Z,", lines[1], StringComparison.Ordinal);
        var load = lines.Skip(1).Sum(line => double.Parse(line.Split(',')[3], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal((double)all[0]!["load"]!, load, 3);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_log_that_can_not_be_read_is_named(string command)
    {
        using var shell = WithData();
        shell.Write("empty.csv", "");
        shell.Write("header.csv", "time,entity\n");
        await DamageAsync(shell, Bikes, "cut.csv.gz");

        (string File, string Said)[] all =
        [
            ("empty.csv", "it is empty"), ("header.csv", "no line of data"), ("cut.csv.gz", "damaged"), ("gone.csv", "no such file"),
        ];
        foreach (var (file, said) in all)
        {
            var failed = (await shell.RunAsync($"{command} {file}")).Expect(ExitCode.Failed);
            Assert.Contains($"{file}': ", failed.Error, StringComparison.Ordinal);
            Assert.Contains(said, failed.Error, StringComparison.Ordinal);
            Assert.Empty(failed.Output);
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_log_of_which_nothing_is_accepted_says_why_with_samples(string command)
    {
        using var shell = WithData();
        shell.Write("bad.csv", "time,entity\nnever,a\nsoon,b\n2026-03-01,c,d\n");

        var failed = (await shell.RunAsync($"{command} bad.csv")).Expect(ExitCode.Failed);

        Assert.Contains("none of its 3 lines of data was accepted", failed.Error, StringComparison.Ordinal);
        Assert.Contains("badTime: 2 (line 2, 3, as 'never,a')", failed.Error, StringComparison.Ordinal);
        Assert.Contains("fieldCount: 1 (line 4, as '2026-03-01,c,d')", failed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Skipped_lines_are_counted_with_numbers_and_remedy()
    {
        using var shell = WithData();
        shell.Write("some.csv", "time,entity\n2026-03-01T10:00Z,a\n2026-03-01T12:59Z,a\n2026-03-01T09:00Z,late\nnever,b\n2999-01-01,c\n2026-03-01T12:59Z,a\n");

        var report = (await shell.RunAsync("profile some.csv --json --now 2026-04-01")).Expect(ExitCode.Done).Json["traffic"]!["lines"]!;

        Assert.Equal(3, (long)report["accepted"]!);
        Assert.Equal(
            ["badTime 5", "outOfOrder 4", "future 6", "identicalKept 7"],
            report["skipped"]!.AsArray().Select(kind => $"{kind!["kind"]} {kind["firstLines"]![0]}"));
        Assert.All(report["skipped"]!.AsArray(), kind => Assert.NotEmpty((string)kind!["remedy"]!));
    }

    [Fact]
    public async Task A_log_without_a_complete_slot_says_so()
    {
        using var shell = WithData();
        shell.Write("short.csv", "time,entity\n2026-03-01T10:00Z,a\n2026-03-01T10:21Z,a\n");

        Assert.Contains("--slot 5min", (await shell.RunAsync("profile short.csv --now 2026-04-01")).Expect(ExitCode.Failed).Error, StringComparison.Ordinal);
        var report = (await shell.RunAsync("profile short.csv --now 2026-04-01 --slot 5min --json")).Expect(ExitCode.Done).Json;
        Assert.Equal(1, (long)report["traffic"]!["leftOut"]!);
    }

    [Fact]
    public async Task Too_little_to_try_forecasts_out_is_said()
    {
        using var shell = WithData();

        var failed = (await shell.RunAsync($"backtest {Trips} --horizon 7d --origins 1")).Expect(ExitCode.Failed);

        Assert.Contains("too little to forecast 7 d", failed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_with_a_row_per_entity_is_read_if_told()
    {
        using var shell = WithData();
        shell.Write("rows.csv", "a,1,2,3,4\nb,4,3,2,1\n");

        var report = (await shell.RunAsync("profile rows.csv --series-per-row --json --type tenant")).Expect(ExitCode.Done).Json;

        Assert.Equal(4 * 3600, (report["traffic"]!["to"]!.GetValue<DateTime>() - report["traffic"]!["from"]!.GetValue<DateTime>()).TotalSeconds);
        Assert.Equal(["tenant/a", "tenant/b"], report["top"]!.AsArray().Select(one => (string)one!["entity"]!).Order());
    }

    [Theory]
    [InlineData("forecast bikeshare-hourly.csv --entity 700", "Near are: entity/70, ")]
    [InlineData("forecast bikeshare-hourly.csv", "--total")]
    [InlineData("forecast bikeshare-hourly.csv --total --entity 70", "--total")]
    [InlineData("forecast bikeshare-hourly.csv --total --horizon 8d", "seven days")]
    [InlineData("profile bikeshare-hourly.csv --slot 7min", "divisor of the day")]
    [InlineData("profile bikeshare-hourly.csv --slot long", "'long'")]
    [InlineData("profile bikeshare-hourly.csv --capacity 0", "above 0")]
    [InlineData("profile bikeshare-hourly.csv --top -1", "isn't negative")]
    [InlineData("profile bikeshare-hourly.csv --column entity", "entity=customer_id")]
    [InlineData("profile bikeshare-hourly.csv --column shoe=a", "'shoe'")]
    [InlineData("profile bikeshare-hourly.csv --delimiter ab", "one character")]
    [InlineData("profile bikeshare-hourly.csv --time-zone Atlantis/West", "Atlantis")]
    [InlineData("profile bikeshare-hourly.csv --duplicates often", "often")]
    [InlineData("profile bikeshare-hourly.csv --now noon", "'noon'")]
    [InlineData("profile bikeshare-hourly.csv --type 4x", "'4x'")]
    [InlineData("profile bikeshare-hourly.csv --log --table", "not both")]
    [InlineData("profile bikeshare-hourly.csv --csv - --json", "not both")]
    [InlineData("backtest bikeshare-hourly.csv --origins 0", "1 to 366")]
    [InlineData("backtest bikeshare-hourly.csv --horizon 90min", "number of slots")]
    public async Task What_is_not_understood_is_said(string command, string said)
    {
        using var shell = WithData();

        var failed = (await shell.RunAsync(command)).Expect(ExitCode.Usage);

        Assert.Contains(said, failed.Error, StringComparison.Ordinal);
        Assert.Empty(failed.Output);
    }

    [Theory]
    [InlineData("profile - --json")]
    [InlineData("forecast - --entity 70 --json")]
    [InlineData("backtest - --origins 1 --json")]
    [Trait("Category", "Slow")]
    public async Task Standard_input_is_read_as_a_file_is(string command)
    {
        using var shell = WithData();
        var fromFile = (await shell.RunAsync(command.Replace(" - ", $" {Bikes} ", StringComparison.Ordinal)))
            .Expect(ExitCode.Done).Json;
        var text = await File.ReadAllBytesAsync(Path.Combine(shell.Folder, Bikes));

        var piped = (await shell.StartAsync(command, Packed(text))).Expect(ExitCode.Done).Json;

        fromFile["traffic"]!["source"] = "-";
        Assert.Equal(fromFile.ToJsonString(), piped.ToJsonString());
    }

    private static Shell WithData()
    {
        var shell = new Shell();
        shell.CopyData(Bikes);
        shell.CopyData("bikeshare-trips.csv");
        return shell;
    }

    private static async Task<double[]> ForecastAsync(Shell shell, string options)
    {
        var report = (await shell.RunAsync($"forecast {Bikes} --entity 70 --json {options}")).Expect(ExitCode.Done).Json;
        return [.. report["slots"]!.AsArray().Select(slot => 3600 * (double)slot!["mean"]!)];
    }

    /// <summary>The first half of what gzip makes of a file.</summary>
    private static async Task DamageAsync(Shell shell, string name, string damaged)
    {
        var packed = Packed(await File.ReadAllBytesAsync(Path.Combine(shell.Folder, name)));
        await File.WriteAllBytesAsync(Path.Combine(shell.Folder, damaged), packed[..(packed.Length / 2)]);
    }

    private static byte[] Packed(byte[] text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(text);
        return packed.ToArray();
    }
}
