using System.Text;
using System.Text.Json.Nodes;
using Foreshard.Simulation.AccessLogs;

namespace Foreshard.Simulation.Tests.AccessLogs;

/// <summary>What files are seen to be, and what is said of those that can't be read.</summary>
public sealed class InputTests
{
    [Theory]
    [InlineData("time,customer\n2025-06-01,c1\n")]
    [InlineData("Timestamp;Customer-ID\n2025-06-01;c1\n")]
    [InlineData("TS\taccountId\r\n2025-06-01\tc1\r\n")]
    [InlineData("\"start\"|\"tenant\"\n\"2025-06-01\"|\"c1\"")]
    [InlineData("\uFEFFtime,user\n2025-06-01,c1\n")]
    [InlineData("# made by hand\n\ntime,a;b,entity\n2025-06-01,;,c1\n")]
    [InlineData("2025-06-01,c1\n")]
    [InlineData("2025-06-01;c1;7\n")]
    [InlineData("1748736000\tc1\n")]
    [InlineData("  {\"time\":\"2025-06-01\",\"entity\":\"c1\"}\n")]
    public void Format_delimiter_and_header_are_seen(string text)
    {
        var access = Assert.Single(LogRun.Of(text).Accesses);
        Assert.Equal((new DateTime(2025, 6, 1), "c1"), (access.TimeUtc, access.Entity.Text));
        Assert.Equal((new DateTime(2025, 6, 1), "c1"), (LogRun.Of(LogRun.Pack(Encoding.UTF8.GetBytes(text))).Accesses[0].TimeUtc, "c1"));
    }

    [Fact]
    public void Columns_can_be_told_by_name_and_by_number()
    {
        var named = LogRun.Of(
            "time,id,user,plan\n2025-06-01,c1,u1,pro\n2025-06-01,c1,u2,pro\n",
            new() { NowUtc = LogRun.Now, Columns = LogColumns.Parse(["entity=ID", "segment=plan", "region=plan"]) });
        Assert.Equal(2, named.Counts.Accepted);
        Assert.Equal(("c1", "pro", "pro"), (named.Accesses[0].Entity.Text, named.Accesses[0].Segment, named.Accesses[0].Region));
        Assert.DoesNotContain(LogColumn.Id, named.Columns);

        var numbered = LogRun.Of(
            "x,c1,2025-06-01,7\n", new() { NowUtc = LogRun.Now, Columns = LogColumns.Parse(["time=3", "Reads=4"]) });
        Assert.Equal(("c1", 7L), (numbered.Accesses[0].Entity.Text, numbered.Accesses[0].Reads));

        var json = LogRun.Of(
            "{\"at\":\"2025-06-01\",\"who\":\"c1\",\"entity\":\"no\"}\n", new() { NowUtc = LogRun.Now, Columns = LogColumns.Parse(["time=at", "entity=who"]) });
        Assert.Equal("c1", json.Accesses[0].Entity.Text);
    }

    [Theory]
    [InlineData("a,b\n1,2\n", "No column is known as time", "No column is known as entity", "'a', 'b'")]
    [InlineData("time,b\n2025-06-01,2\n", "entity=COLUMN", "tenant", "'time', 'b'")]
    [InlineData("{\"a\":1}\n{\"b\":1}\n", "No column is known as time", "'a', 'b'")]
    public void A_missing_column_is_told_with_those_that_there_are(string text, params string[] parts)
    {
        var exception = Assert.Throws<AccessLogException>(() => LogRun.Of(text));
        Assert.Equal("made.log", exception.Path);
        Assert.All(parts, part => Assert.Contains(part, exception.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_column_that_was_told_has_to_be_there()
    {
        var options = new AccessLogOptions { NowUtc = LogRun.Now, Columns = LogColumns.Parse(["entity=shop", "segment=plan"]) };
        foreach (var text in (string[])["time,customer\n2025-06-01,c1\n", "{\"time\":\"2025-06-01\",\"customer\":\"c1\"}\n"])
        {
            var message = Assert.Throws<AccessLogException>(() => LogRun.Of(text, options)).Message;
            Assert.Contains("There is no column 'shop', which was named as entity.", message, StringComparison.Ordinal);
            Assert.Contains("There is no column 'plan', which was named as segment.", message, StringComparison.Ordinal);
            Assert.Contains("The file has 'time', 'customer'.", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Assignments_of_columns_are_checked_all_at_once()
    {
        var message = Assert.Throws<ArgumentException>(() => LogColumns.Parse(["entity", "shoe=x", "time=a", "ts=b"])).Message;
        Assert.All((string[])["'entity' assigns nothing", "'shoe' is no column", "time, entity, entity_type", "'time' is assigned twice, to 'a' and to 'b'"],
            part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    [Fact]
    public void Options_are_checked_all_at_once()
    {
        var message = Assert.Throws<ArgumentException>(() => LogRun.Of("time,entity\n", new()
        {
            NowUtc = DateTime.SpecifyKind(LogRun.Now, DateTimeKind.Local),
            FutureTolerance = TimeSpan.FromSeconds(-1),
            Lateness = TimeSpan.FromSeconds(-1),
            Delimiter = '1',
            DuplicateWindow = 0,
            TimeZoneId = "Mars/Base",
        })).Message;
        Assert.All((string[])["NowUtc", "FutureTolerance", "Lateness", "'1' can't be the delimiter", "DuplicateWindow is 0", "'Mars/Base'"],
            part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.Throws<ArgumentException>(() => LoadTable.Read("none", new() { NowUtc = LogRun.Now, SlotLength = TimeSpan.FromHours(7) }));
    }

    [Fact]
    public void What_is_no_log_is_named()
    {
        foreach (var (bytes, part) in new (byte[], string)[]
        {
            ([], "it is empty"),
            (LogRun.Pack([]), "it is empty"),
            ("\n# nothing\n"u8.ToArray(), "no line of data"),
            (Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("time,entity\n")).ToArray(), "UTF-16"),
            ([0x50, 0x4B, 3, 4, 0, 0], "zip archive"),
            ([0x28, 0xB5, 0x2F, 0xFD, 1], "zstd"),
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz"),
            ([.. "BZh9"u8, 0], "bzip2"),
            ("PAR1\0"u8.ToArray(), "Parquet"),
            ([1, 2, 0, 3], "NUL bytes"),
            ("[{\"time\":1}]"u8.ToArray(), "JSON array"),
            (Encoding.UTF8.GetBytes(new string('x', LogLines.MaxLineBytes + 1)), "no line of data"),
        })
        {
            var exception = Assert.Throws<AccessLogException>(() => LogRun.Of(bytes));
            Assert.Contains(part, exception.Message, StringComparison.Ordinal);
            Assert.Contains("made.log", exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_can_not_be_opened_is_named()
    {
        foreach (var (path, part) in new[] { ("gone.csv", "no such file"), ("gone/gone.csv", "no such file"), (AppContext.BaseDirectory, "a folder") })
        {
            var exception = Assert.Throws<AccessLogException>(() => AccessLogReader.Open(path, LogRun.Options));
            Assert.Contains(part, exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_gzip_that_ends_too_early_is_told_and_what_was_read_before_counts()
    {
        var text = "time,entity\n" + string.Concat(Enumerable.Range(0, 20_000)
            .Select(i => $"2025-06-01 10:00:{i % 60:00}.{i % 997:000},c{(i * 7919L) % 10_007}\n"));
        var packed = LogRun.Pack(Encoding.UTF8.GetBytes(text));
        foreach (var length in (int[])[packed.Length - 1, packed.Length - 8, packed.Length / 2])
        {
            using var reader = new AccessLogReader(LogLines.Open("made.log.gz", new MemoryStream(packed, 0, length)), LogRun.Options);
            var exception = Assert.Throws<AccessLogException>(() =>
            {
                while (reader.TryRead(out _))
                {
                }
            });
            Assert.Contains("ends too early", exception.Message, StringComparison.Ordinal);
            Assert.Contains("somewhere after line", exception.Message, StringComparison.Ordinal);
            Assert.True(reader.Counts.Accepted > 0);
        }
    }

    [Fact]
    public void Gzip_is_strict_from_the_start_of_the_process_whoever_unpacks_first()
    {
        // Read by the runtime once, at the first gzip of the process, which needn't be a log.
        Assert.True(AppContext.TryGetSwitch("System.IO.Compression.UseStrictValidation", out var isStrict) && isStrict);
        Assert.Equal(true, JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Foreshard.Simulation.Tests.runtimeconfig.json")))!
            ["runtimeOptions"]!["configProperties"]!["System.IO.Compression.UseStrictValidation"]?.GetValue<bool>());
    }

    [Fact]
    public void Packed_parts_one_after_the_other_are_one_log()
    {
        byte[] packed = [.. LogRun.Pack("time,entity\n2025-06-01,c1\n"u8.ToArray()), .. LogRun.Pack("2025-06-02,c2\n"u8.ToArray())];
        Assert.Equal(2, LogRun.Of(packed).Accesses.Count);
    }

    [Theory]
    [InlineData("time,a,b\n2025-06-01 00:00,1,2\n2025-06-01 01:00,,3.5\n", InputKind.Table)]
    [InlineData("timestamp,value\n2025-06-01 00:00,1\n", InputKind.Table)]
    [InlineData("hour;2;3;4\n2025-06-01 00:00;1;0;NA\n", InputKind.Table)]
    [InlineData("time,customer\n2025-06-01 00:00,1\n", InputKind.Log)]
    [InlineData("time,a,b\n2025-06-01 00:00,1,x\n", InputKind.Log)]
    [InlineData("time,a,b\n2025-06-01 00:00,1,2\n2025-06-01 00:00,1,2\n", InputKind.Log)]
    [InlineData("time,a,bytes\n2025-06-01 00:00,1,2\n", InputKind.Log)]
    [InlineData("2025-06-01 00:00,1,2\n2025-06-01 01:00,1,2\n", InputKind.Log)]
    [InlineData("{\"time\":\"2025-06-01\",\"entity\":\"c1\"}\n", InputKind.Log)]
    public void Tables_are_told_from_logs(string text, object kind)
    {
        using var lines = LogLines.Open("made.csv", new MemoryStream(Encoding.UTF8.GetBytes(text)));
        Assert.Equal((InputKind)kind, InputKinds.Of(lines, new Dictionary<LogColumn, string>()));
        Assert.Equal(InputKind.Log, InputKinds.Of(lines, LogColumns.Parse(["entity=a"])));

        // Looking must not have moved on.
        Assert.True(lines.TryRead(out _));
        Assert.Equal(1, lines.LineNumber);
    }
}
