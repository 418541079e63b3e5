using Foreshard.Simulation.AccessLogs;

namespace Foreshard.Simulation.Tests.AccessLogs;

/// <summary>What the columns say, in CSV and in JSON lines.</summary>
public sealed class AccessLogReaderTests
{
    private static readonly EntityType Plain = EntityType.Of("entity", KeyKind.Text);

    [Fact]
    public void Every_column_of_csv_is_read()
    {
        var run = LogRun.Of("""
            time,entity,entity_type,group,segment,region,reads,writes,cost,bytes,partners,id
            2025-06-01T10:00:00Z,c1,shop,eu,pro,fra,3,2,9.5,1200,c2| c3 |c1,r1
            """);
        var access = Assert.Single(run.Accesses);
        var shop = EntityType.Of("shop", KeyKind.Text);
        Assert.Equal(new DateTime(2025, 6, 1, 10, 0, 0, DateTimeKind.Utc), access.TimeUtc);
        Assert.Equal(shop.Key("c1"), access.Entity);
        Assert.Equal(GroupKey.Of("eu"), access.Group);
        Assert.Equal(("pro", "fra", 3L, 2L, 9.5, 1200L), (access.Segment, access.Region, access.Reads, access.Writes, access.Cost, access.Bytes));
        Assert.Equal([shop.Key("c2"), shop.Key("c3")], access.Partners.ToArray());
    }

    [Fact]
    public void Json_lines_say_the_same_as_csv()
    {
        var csv = LogRun.Of("""
            time,entity,group,segment,reads,writes,bytes,partners
            2025-06-01T10:00:00Z,"Ann ""A"" é",eu,pro,3,2,1200,x|y
            1748772060,c2,,,1,0,,"[""x"", 7]"
            """);
        var json = LogRun.Of("""
            {"ts":"2025-06-01T10:00Z","entityId":"Ann \"A\" \u00e9","group":"eu","segment":"pro","reads":3,"writes":"2","bytes":1200,"partners":["x","\u0079"]}

            {"partners":["x",7],"bytes":null,"other":{"time":1},"reads":1,"writes":0,"entityId":"c2","ts":1748772060}
            """);
        Assert.Equal(2, csv.Accesses.Count);
        Assert.Equal(csv.Accesses.Select(access => access with { Partners = default }), json.Accesses.Select(access => access with { Partners = default }));
        Assert.Equal(csv.Accesses.Select(access => access.Partners.ToArray()), json.Accesses.Select(access => access.Partners.ToArray()));
        Assert.Equal("entityId", json.Columns[LogColumn.Entity]);
        Assert.Equal(1, json.Counts.Empty);
    }

    [Theory]
    [InlineData("reads,writes", "3,2", 3, 2, 11)]
    [InlineData("reads,writes", ",2", 0, 2, 8)]
    [InlineData("reads,writes", ",", 1, 0, 1)]
    [InlineData("reads,op", "5,write", 5, 0, 5)]
    [InlineData("op,x", "DELETE,", 0, 1, 4)]
    [InlineData("op,x", "Select,", 1, 0, 1)]
    [InlineData("op,cost", "post,2.25", 0, 1, 2.25)]
    [InlineData("x,cost", ",0", 1, 0, 0)]
    public void Cost_follows_from_the_work_unless_it_is_told(string columns, string fields, long reads, long writes, double cost)
    {
        var access = Assert.Single(LogRun.Of($"time,entity,{columns}\n2025-06-01,c1,{fields}\n").Accesses);
        Assert.Equal((reads, writes, cost), (access.Reads, access.Writes, access.Cost));
    }

    [Fact]
    public void A_line_that_tells_no_work_counts_as_one_write_if_asked()
    {
        var access = Assert.Single(LogRun.Of("time,entity\n2025-06-01,c1\n", new() { NowUtc = LogRun.Now, CountsAsWrite = true }).Accesses);
        Assert.Equal((0L, 1L, 4.0), (access.Reads, access.Writes, access.Cost));
    }

    [Fact]
    public void Keys_and_groups_are_of_the_kinds_that_were_asked_for()
    {
        var integers = LogRun.Of(
            "time,entity,group,partners\n2025-06-01,42,2025-05-31,1|2\n2025-06-01,x,,\n2025-06-01,1,soon,\n2025-06-01,1,,a\n",
            new() { NowUtc = LogRun.Now, EntityType = EntityType.Of("order", KeyKind.Integer), GroupKind = GroupKind.Date });
        var access = Assert.Single(integers.Accesses);
        Assert.Equal(EntityType.Of("order", KeyKind.Integer).Key(42), access.Entity);
        Assert.Equal(GroupKey.Of(new DateOnly(2025, 5, 31)), access.Group);
        Assert.Equal([3L, 5L], integers.Numbers(LineFinding.BadEntity));
        Assert.Equal([4L], integers.Numbers(LineFinding.BadGroup));

        var type = EntityType.Of("device", KeyKind.Uuid);
        var uuids = LogRun.Of(
            "time,entity,group\n2025-06-01,0191e5a0-0000-7000-8000-000000000001,-7\n2025-06-01,12,x\n",
            new() { NowUtc = LogRun.Now, EntityType = type, GroupKind = GroupKind.Integer });
        Assert.Equal(type.Parse("0191e5a0-0000-7000-8000-000000000001"), Assert.Single(uuids.Accesses).Entity);
        Assert.Equal(GroupKey.Of(-7), uuids.Accesses[0].Group);

        var times = LogRun.Of("time,entity,group\n2025-06-01,c,2025-06-01 10:30\n", new() { NowUtc = LogRun.Now, GroupKind = GroupKind.Time });
        Assert.Equal(GroupKey.Of(new DateTime(2025, 6, 1, 10, 30, 0, DateTimeKind.Utc)), Assert.Single(times.Accesses).Group);
    }

    [Fact]
    public void A_columns_type_of_entity_is_bounded()
    {
        var run = LogRun.Of(
            "time,entity,entity_type\n" + string.Concat(Enumerable.Range(0, 300).Select(i => $"2025-06-01,c1,type{i}\n"))
            + "2025-06-01,c2,type7\n2025-06-01,c3,7th\n");
        Assert.Equal(257, run.Counts.Accepted);
        Assert.Equal(45, run.Counts[LineFinding.BadEntityType]);
    }

    [Fact]
    public void Known_texts_are_shared()
    {
        var run = LogRun.Of("time,entity,segment\n2025-06-01 00:00,c1,pro\n2025-06-01 00:01,c1,pro\n");
        Assert.Same(run.Accesses[0].Entity.Text, run.Accesses[1].Entity.Text);
        Assert.Same(run.Accesses[0].Segment, run.Accesses[1].Segment);
        Assert.Equal(Plain.Key("c1"), run.Accesses[0].Entity);
    }

    [Fact]
    public void Reading_a_known_line_allocates_nothing()
    {
        static string Time(int i) => $"2025-06-01T10:{i / 60 % 60:00}:{i % 60:00}.{i % 1000:000}Z";
        foreach (var (header, line) in new (string, Func<int, string>)[]
        {
            ("time,entity,segment,region,reads,writes,bytes\n", i => $"{Time(i)},customer-{i % 50},\"pro\",eu,{i % 9},1,900"),
            ("", i => $$$"""{"time":"{{{Time(i)}}}","entity":"customer-{{{i % 50}}}","segment":"p\u0072o","reads":{{{i % 9}}},"extra":{"a":1}}"""),
        })
        {
            const int Lines = 60_000;
            var bytes = System.Text.Encoding.UTF8.GetBytes(header + string.Join('\n', Enumerable.Range(0, Lines).Select(line)));
            using var reader = new AccessLogReader(
                LogLines.Open("made.log", new MemoryStream(bytes)), new() { NowUtc = LogRun.Now, DuplicateWindow = 1_000, Lateness = TimeSpan.FromDays(1) });
            for (var i = 0; i < Lines / 2; i++) Assert.True(reader.TryRead(out _));
            var before = GC.GetAllocatedBytesForCurrentThread();
            while (reader.TryRead(out _))
            {
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < Lines / 2, $"{allocated} bytes for {Lines / 2} lines.");
        }
    }

    [Fact]
    public void Texts_are_forgotten_when_there_are_too_many()
    {
        var pool = new TextPool(maxTexts: 3, maxBytes: 100);
        var first = pool.Get("one"u8);
        Assert.Same(first, pool.Get("one"u8));
        pool.Get("two"u8);
        pool.Get("three"u8);
        Assert.Same(first, pool.Get("one"u8));
        pool.Get("four"u8);
        Assert.NotSame(first, pool.Get("one"u8));
        Assert.Equal(first, pool.Get("one"u8));

        var small = new TextPool(maxTexts: 100, maxBytes: 5);
        var kept = small.Get("one"u8);
        small.Get("two"u8);
        Assert.NotSame(kept, small.Get("one"u8));
        Assert.Null(pool.Get([0xC3, 0x28]));
        Assert.Null(pool.Get("a\0b"u8));
    }
}
