using Foreshard.Autopilot;
using Foreshard.Mapping;
using Foreshard.Profiling;

namespace Foreshard.Tests.Autopilot;

/// <summary>What processes say of their round trips, put together.</summary>
public sealed class TripTableTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private readonly TripTable table = new(TripTable.LeastAge);

    [Fact]
    public void A_region_is_as_far_as_the_median_of_its_processes_says()
    {
        Say("a", "eu", 0, 2.4, 80);
        Say("b", "eu", 0, 0.2, 90);
        Say("c", "eu", 0, 700, 82);
        Say("d", "us", 0, 85, 0.3);

        Assert.Equal(["eu part-1 2 3", "eu part-2 82 3", "us part-1 85 1", "us part-2 1 1"], At(0));
    }

    [Fact]
    public void What_a_process_says_later_takes_the_place_of_what_it_said_and_what_is_old_counts_no_more()
    {
        Say("a", "eu", 0, 5);
        Say("a", "eu", 2, 7);
        Say("a", "eu", 1, 90);
        Say("b", "eu", 10, 9);

        Assert.Equal(["eu part-1 8 2"], At(12));
        Assert.Equal(["eu part-1 9 1"], At(18));
        Assert.Empty(At(26));
    }

    [Fact]
    public void What_the_last_plan_went_by_holds_until_somebody_has_measured()
    {
        var map = MappingSnapshot.Restore(
            1,
            [Partition(1), Partition(2)],
            [new Placement(new UnitId(0), new PartitionId(1), 1)],
            []);
        var plan = new PlanRecord
        {
            MadeUtc = Noon.UtcDateTime,
            UntilUtc = Noon.UtcDateTime.AddDays(1),
            Partitions = [],
            Refusals = [],
            RoundTrips = [new("eu", "p1", 3, 5), new("eu", "p2", 80, 5), new("eu", "gone", 9, 5)],
        };
        table.Begin(plan, map);
        Say("a", "eu", 1, 6);

        Assert.Equal(["eu part-1 6 1", "eu part-2 80 1"], At(1));
        Assert.Equal(["eu part-1 6 1"], At(16));
    }

    [Fact]
    public void A_report_survives_the_way_and_access_counts_are_none()
    {
        var said = Report("host/1/ab", "eu", 0, 1.5, 80.25);

        Assert.True(TripReport.TryRead(said.Save(), out var read));
        Assert.Equal((said.Process, said.Region, said.MeasuredAt), (read.Process, read.Region, read.MeasuredAt));
        Assert.Equal(said.Milliseconds.OrderBy(one => one.Key), read.Milliseconds.OrderBy(one => one.Key));
        Assert.False(TripReport.TryRead(said.Save().AsSpan()[..^3], out _));
        Assert.False(TripReport.TryRead(AccessBatch.Save(new AccessInterval(AccessLimits.Default)), out _));
    }

    private static PartitionInfo Partition(int id) => new(new PartitionId(id), $"p{id}", "", 0, 0, "", PartitionState.Active);

    private static TripReport Report(string process, string region, int minute, params double[] milliseconds) => new()
    {
        Process = process,
        Region = region,
        MeasuredAt = Noon.AddMinutes(minute),
        Milliseconds = milliseconds.Index().ToDictionary(one => one.Index + 1, one => one.Item),
    };

    private void Say(string process, string region, int minute, params double[] milliseconds) => table.Take(Report(process, region, minute, milliseconds));

    private IEnumerable<string> At(int minute) =>
        table.At(Noon.AddMinutes(minute))
            .Select(trip => FormattableString.Invariant($"{trip.Region} part-{trip.Partition.Value} {trip.Milliseconds} {trip.Processes}"));
}
