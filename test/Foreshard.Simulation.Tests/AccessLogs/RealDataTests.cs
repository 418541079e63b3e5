using Foreshard.Simulation.AccessLogs;

namespace Foreshard.Simulation.Tests.AccessLogs;

/// <summary>Excerpts of real logs; where they come from is told in <c>data/README.md</c>.</summary>
public sealed class RealDataTests
{
    [Fact]
    public void Trips_of_shared_bikes()
    {
        var station = EntityType.Of("station", KeyKind.Integer);
        using var reader = AccessLogReader.Open(LogRun.DataPath("bikeshare-trips.csv"), new()
        {
            NowUtc = LogRun.Now,
            Columns = LogColumns.Parse(["entity=start_station", "segment=type", "partners=end_station"]),
            EntityType = station,
            TimeZoneId = "America/Los_Angeles",
        });
        var run = LogRun.Of(reader);
        Assert.Equal((3_000L, 3_000L), (run.Counts.Lines, run.Counts.Accepted));
        Assert.Equal(new DateTime(2014, 1, 1, 8, 14, 0), run.Counts.FirstTimeUtc);
        Assert.Equal(station.Key(58), run.Accesses[0].Entity);
        Assert.Equal(station.Key(65), Assert.Single(run.Accesses[0].Partners.ToArray()));
        Assert.Equal(["C", "S"], run.Accesses.Select(access => access.Segment!).Distinct().Order());
        Assert.Equal("start", run.Columns[LogColumn.Time]);
    }

    [Fact]
    public void Hours_of_shared_bikes()
    {
        using var lines = LogLines.Open(LogRun.DataPath("bikeshare-hourly.csv"));
        Assert.Equal(InputKind.Table, InputKinds.Of(lines, new Dictionary<LogColumn, string>()));
        var table = LoadTable.Read(lines, new() { NowUtc = LogRun.Now, EntityType = EntityType.Of("station", KeyKind.Integer) });
        Assert.Equal((70, 672, 24), (table.Entities.Length, table.SlotCount, table.Grid.SlotsPerDay));
        Assert.Equal((0L, 0L), (table.Counts.MissingCells, table.Counts.MalformedCells));

        // The table counts the trips of the log beside it, in local time as it stands there.
        using var reader = AccessLogReader.Open(LogRun.DataPath("bikeshare-trips.csv"), new()
        {
            NowUtc = LogRun.Now, Columns = LogColumns.Parse(["entity=start_station"]), EntityType = EntityType.Of("station", KeyKind.Integer),
        });
        var trips = LogRun.Of(reader).Accesses.CountBy(access => (access.Entity, table.Grid.SlotOf(access.TimeUtc))).ToDictionary();
        var whole = (int)(table.Grid.SlotOf(reader.Counts.LastTimeUtc!.Value) - table.FirstSlot);
        for (var entity = 0; entity < table.Entities.Length; entity++)
        {
            for (var slot = 0; slot < whole; slot++)
                Assert.Equal(trips.GetValueOrDefault((table.Entities[entity], table.FirstSlot + slot)), table.Series(entity)[slot]);
        }
    }

    [Fact]
    public void Invoices_of_a_mail_order_house()
    {
        var run = Read(DuplicatePolicy.Auto);
        Assert.Equal(3_000, run.Counts.Lines);
        Assert.Equal(1_081, run.Counts[LineFinding.MissingEntity]);
        Assert.Equal(1_919, run.Counts.Accepted);
        Assert.Equal("17850", run.Accesses[0].Entity.Text);
        Assert.Contains("EIRE", run.Accesses.Select(access => access.Region));

        // To the minute, so equal lines are kept unless told otherwise.
        var skipped = Read(DuplicatePolicy.Skip);
        Assert.True(run.Counts.IdenticalKept > 0);
        Assert.Equal((run.Counts.IdenticalKept, 0L), (skipped.Counts.Duplicate, skipped.Counts.IdenticalKept));

        static LogRun Read(DuplicatePolicy policy)
        {
            using var reader = AccessLogReader.Open(LogRun.DataPath("online-retail.csv"), new()
            {
                NowUtc = LogRun.Now, Duplicates = policy, Columns = LogColumns.Parse(["region=country"]),
            });
            return LogRun.Of(reader);
        }
    }
}
