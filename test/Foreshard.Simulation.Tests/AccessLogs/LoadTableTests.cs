using System.Text;
using Foreshard.Simulation.AccessLogs;

namespace Foreshard.Simulation.Tests.AccessLogs;

public sealed class LoadTableTests
{
    private const float None = float.NaN;

    [Fact]
    public void Rows_become_slots_and_what_is_missing_is_no_zero()
    {
        var table = Read("""
            time,a,b
            # a comment
            2025-06-01 00:00,1,2.5
            2025-06-01 02:00,0
            2025-06-01 01:00,,7
            2025-06-01 05:00,NA,null
            2025-06-01 04:00,3,1e2

            """);
        Assert.Equal(["a", "b"], table.Entities.Select(entity => entity.Text));
        Assert.Equal((TimeSpan.FromHours(1), 6), (table.Grid.SlotLength, table.SlotCount));
        Assert.Equal(new DateTime(2025, 6, 1), table.Grid.StartOf(table.FirstSlot));
        Assert.Equal([1, None, 0, None, 3, None], table.Series(0));
        Assert.Equal([2.5f, 7, None, None, 100, None], table.Series(1));
        Assert.Equal((5L, 5L, 4L, 0L), (table.Counts.Lines.Lines, table.Counts.Lines.Accepted, table.Counts.MissingCells, table.Counts.MalformedCells));
    }

    [Fact]
    public void Bad_rows_and_cells_are_counted_and_named()
    {
        var table = Read("""
            a,time,b
            1,2025-06-01 00:00,x
            -1,2025-06-01 01:00,2
            1,2025-06-01 02:00,2,3
            1,never,2
            1,2099-01-01,2
            9,2025-06-01 01:00,9
            "1,2025-06-01 03:00,2
            1
            1e39,2025-06-01 02:00,Infinity
            """);
        var counts = table.Counts.Lines;
        Assert.Equal((9L, 3L, 4L, 1L, 1L), (counts.Lines, counts.Accepted, counts.Malformed, counts.Duplicate, counts.Future));
        Assert.Equal(4, counts.Samples(LineFinding.FieldCount)[0].Number);
        Assert.Equal([5L, 9L], counts.Samples(LineFinding.BadTime).Select(sample => sample.Number));
        Assert.Equal(6, counts.Samples(LineFinding.Future)[0].Number);
        Assert.Equal(7, counts.Samples(LineFinding.Duplicate)[0].Number);
        Assert.Equal(8, counts.Samples(LineFinding.Quotes)[0].Number);
        Assert.Equal(
            [new(2, 3, "x"), new(3, 1, "-1"), new(10, 1, "1e39"), new(10, 3, "Infinity")], table.Counts.MalformedSamples);
        Assert.Equal(4, table.Counts.MalformedCells);
        Assert.Equal([1, None, None], table.Series(0));
        Assert.Equal([None, 2, None], table.Series(1));
    }

    [Theory]
    [InlineData("00:00 00:05 00:10 00:20", "00:05:00", "00:00:00", 5)]
    [InlineData("00:02:53 00:07:53 00:12:53", "00:05:00", "00:00:00", 3)]
    [InlineData("00:00:01 01:00:01 02:00:01", "01:00:00", "00:00:00", 3)]
    [InlineData("00:00:00 00:04:58 00:10:01 00:15:02 00:19:59", "00:05:00", "00:00:00", 5)]
    [InlineData("00:04:59 00:10:01 00:14:58 00:20:00", "00:05:00", "00:05:00", 4)]
    [InlineData("00:00 12:00", "12:00:00", "00:00:00", 2)]
    [InlineData("00:00 00:01 00:01:30 00:02:30", "00:01:00", "00:00:00", 3)]
    public void Slots_are_seen_from_the_times(string times, string length, string first, int count)
    {
        var table = Read("time,a\n" + string.Concat(times.Split(' ').Select(time => $"2025-06-02 {time},1\n")));
        Assert.Equal(TimeSpan.Parse(length, null), table.Grid.SlotLength);
        Assert.Equal(TimeSpan.Parse(first, null), table.Grid.StartOf(table.FirstSlot).TimeOfDay);
        Assert.Equal(count, table.SlotCount);
    }

    [Fact]
    public void A_series_of_its_own_is_called_as_its_file()
    {
        const string Text = "timestamp,value\n2015-02-26 21:42:53,104\n2015-02-26 21:47:53,100\n";
        Assert.Equal("Twitter_volume_AAPL", Assert.Single(Read(Text, path: "some/Twitter_volume_AAPL.csv.gz").Entities).Text);
        Assert.Equal("value", Assert.Single(Read(Text, path: "-").Entities).Text);
        Assert.Equal("clicks", Assert.Single(Read(Text.Replace("value", "clicks", StringComparison.Ordinal)).Entities).Text);
    }

    [Fact]
    public void A_series_per_row_needs_no_times()
    {
        const string Rows = "\"H1\",\"605\",\"586\",\"559\"\nH2,1,x,\nH3\nH1,1,2,3\n,1,2,3\n";
        foreach (var text in (string[])["\"V1\",\"V2\",\"V3\",\"V4\"\n" + Rows, Rows])
        {
            var table = Read(text, new() { NowUtc = LogRun.Now, Orientation = TableOrientation.SeriesPerRow, SlotLength = TimeSpan.FromMinutes(30) });
            Assert.Equal(["H1", "H2", "H3"], table.Entities.Select(entity => entity.Text));
            Assert.Equal((48, 3), (table.Grid.SlotsPerDay, table.SlotCount));
            Assert.Equal(new DateTime(2001, 1, 1), table.Grid.StartOf(table.FirstSlot));
            Assert.Equal([605, 586, 559], table.Series(0));
            Assert.Equal([1, None, None], table.Series(1));
            Assert.Equal([None, None, None], table.Series(2));
            var counts = table.Counts;
            Assert.Equal((3L, 1L, 1L), (counts.Lines.Accepted, counts.Lines.Duplicate, counts.Lines.Malformed));
            Assert.Equal((4L, 1L), (counts.MissingCells, counts.MalformedCells));
        }
    }

    [Fact]
    public void Integer_entities_are_read_from_the_header()
    {
        var station = EntityType.Of("station", KeyKind.Integer);
        var table = Read("hour,2,70\n2014-01-01 00:00,1,2\n2014-01-01 01:00,1,2\n", new() { NowUtc = LogRun.Now, EntityType = station });
        Assert.Equal([station.Key(2), station.Key(70)], table.Entities);

        var local = Read("hour,2\n2014-01-01 00:00,1\n2014-01-01 01:00,1\n", new() { NowUtc = LogRun.Now, TimeZoneId = "America/Los_Angeles" });
        Assert.Equal(new DateTime(2014, 1, 1, 8, 0, 0), local.Grid.StartOf(local.FirstSlot));
    }

    [Theory]
    [InlineData("time,a\n2025-06-01,1\n", "don't show how long a slot is")]
    [InlineData("time,a\n2025-06-01 00:00,1\n2025-06-01 07:00,1\n2025-06-01 14:00,1\n", "07:00:00 apart")]
    [InlineData("time,a\n1500-06-01 00:00:00,1\n2025-06-01 07:00:00,1\n2025-06-01 07:00:01,1\n2025-06-01 07:00:02,1\n", "more than 134217728 cells")]
    [InlineData("2025-06-01,1\n2025-06-02,1\n", "begins with a line that names")]
    [InlineData("time,a,a\n2025-06-01,1,2\n", "two columns are called 'a'")]
    [InlineData("time,a,\n2025-06-01,1,2\n", "column 3 is called ''")]
    [InlineData("\n\n", "no line of data")]
    public void What_is_no_table_is_named(string text, string part) =>
        Assert.Contains(part, Assert.Throws<AccessLogException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Options_that_do_not_fit_are_named()
    {
        const string Text = "time,a\n2025-06-01,1\n";
        var column = Assert.Throws<AccessLogException>(() => Read(Text, new() { NowUtc = LogRun.Now, TimeColumn = "when" }));
        Assert.Contains("no column 'when'", column.Message, StringComparison.Ordinal);
        var key = Assert.Throws<AccessLogException>(() => Read(Text, new() { NowUtc = LogRun.Now, EntityType = EntityType.Of("station", KeyKind.Integer) }));
        Assert.Contains("no key of 'station'", key.Message, StringComparison.Ordinal);
        Assert.Equal(24, Read(Text, new() { NowUtc = LogRun.Now, SlotLength = TimeSpan.FromHours(1) }).Grid.SlotsPerDay);
    }

    private static LoadTable Read(string text, LoadTableOptions? options = null, string path = "made.csv")
    {
        using var lines = LogLines.Open(path, new MemoryStream(Encoding.UTF8.GetBytes(text)));
        return LoadTable.Read(lines, options ?? new() { NowUtc = LogRun.Now });
    }
}
