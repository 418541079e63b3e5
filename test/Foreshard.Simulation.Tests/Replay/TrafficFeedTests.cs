using System.IO.Compression;
using System.Text;
using Foreshard.Simulation.AccessLogs;
using Foreshard.Simulation.Replay;

namespace Foreshard.Simulation.Tests.Replay;

public sealed class TrafficFeedTests
{
    private static readonly DateTime Now = new(2026, 4, 1, 0, 0, 0, DateTimeKind.Utc);

    [Theory]
    [InlineData("12:53:59", 12, 1)]
    [InlineData("12:54:00", 13, 0)]
    [InlineData("12:59:59", 13, 0)]
    [InlineData("13:00:00", 13, 1)]
    public void The_last_slot_counts_if_its_last_access_lies_in_its_last_tenth(string last, int endHour, int leftOut)
    {
        using var feed = Open($"time,entity,op\n2026-03-01T10:00Z,a,read\n2026-03-01T11:00Z,b,write\n2026-03-01T{last}Z,a,read\n");
        feed.Run(CancellationToken.None);

        Assert.Equal(InputKind.Log, feed.Kind);
        Assert.Equal(new DateTime(2026, 3, 1, 10, 0, 0, DateTimeKind.Utc), feed.Replay.Grid.StartOf(feed.FirstSlot));
        Assert.Equal(new DateTime(2026, 3, 1, endHour, 0, 0, DateTimeKind.Utc), feed.Replay.Grid.StartOf(feed.End));
        Assert.Equal(feed.End, feed.Replay.Open);
        Assert.Equal((leftOut, 3L - leftOut), (feed.LeftOut, feed.Totals.Accesses));
        Assert.Equal((2L - leftOut, 1L), (feed.Totals.Reads, feed.Totals.Writes));
    }

    [Fact]
    public void The_end_is_found_without_a_replay()
    {
        const string log = "time,entity\n2026-03-01T10:00Z,a\n2026-03-02T12:00Z,a\n2026-03-02T11:30Z,a\n";
        using var run = Open(log);
        run.Run(CancellationToken.None);
        using var found = Open(log);
        found.FindEnd(CancellationToken.None);

        Assert.Equal((run.FirstSlot, run.End), (found.FirstSlot, found.End));
    }

    [Fact]
    public void A_table_is_lived_through_slot_by_slot()
    {
        using var feed = Open("hour,a,b\n2026-03-01 00:00,1,0\n2026-03-01 01:00,,2.5\n2026-03-01 02:00,3,0\n");
        var slots = new List<(long Slot, int Loads)>();
        feed.Replay.Closing += (slot, loads) => slots.Add((slot - feed.FirstSlot, loads.Count));
        var told = new List<(int, int)>();

        feed.Run(CancellationToken.None, (over, all) => told.Add((over, all)));

        Assert.Equal(InputKind.Table, feed.Kind);
        Assert.Equal([(0, 1), (1, 2), (2, 1)], slots);
        Assert.Equal([(1, 3), (2, 3), (3, 3)], told);
        Assert.Equal((6.5, 3L), (feed.Totals.Cost, feed.Totals.Accesses));
        Assert.Equal(1, feed.Cells!.MissingCells);
    }

    [Fact]
    public void Times_that_can_not_be_true_are_named_with_their_line()
    {
        using var feed = Open("time,entity\n1990-01-01,a\n2026-03-01,a\n2026-03-01,b\n");

        var wrong = Assert.Throws<AccessLogException>(() => feed.Run(CancellationToken.None));

        Assert.Contains("one of these times is wrong", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_can_be_given_up()
    {
        using var feed = Open("hour,a,b\n2026-03-01 00:00,1,0\n2026-03-01 01:00,1,0\n");

        Assert.Throws<OperationCanceledException>(() => feed.Run(new CancellationToken(canceled: true)));
    }

    [Fact]
    public void How_much_was_read_is_told_as_it_is_packed()
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes("time,entity\n" + string.Concat(Enumerable.Repeat("2026-03-01T10:00Z,a\n", 50_000))));
        packed.Position = 0;
        using var lines = LogLines.Open("log.csv.gz", packed);
        var told = new List<long>();
        lines.Reading = now => told.Add(now.BytesRead);
        while (lines.TryRead(out _))
        {
        }

        Assert.Equal(told.Order(), told);
        Assert.Equal(packed.Length, lines.LengthBytes);
        Assert.Equal(packed.Length, told[^1]);
    }

    private static TrafficFeed Open(string text) => TrafficFeed.Open(
        LogLines.Open("log.csv", new MemoryStream(Encoding.UTF8.GetBytes(text))),
        new TrafficFeedOptions { Log = new AccessLogOptions { NowUtc = Now }, Table = new LoadTableOptions { NowUtc = Now } });
}
