using Foreshard.Sharding;

namespace Foreshard.Tests.Sharding;

public sealed class RoundTripsTests
{
    private static readonly FleetPartition InEu = Partition(1, "eu");
    private static readonly FleetPartition InUs = Partition(2, "us");
    private static readonly FleetPartition InAsia = Partition(3, "asia");

    private static readonly RoundTrips Told = new(new Dictionary<(string From, string To), double> { [("eu", "us")] = 90 }, unknown: 50);

    [Fact]
    public void What_was_measured_holds_and_what_people_said_where_nothing_was()
    {
        var trips = Told.With(new Dictionary<(string, PartitionId), double> { [("eu", InUs.Id)] = 70 });

        Assert.Equal(70, trips.Between("eu", InUs));
        Assert.Equal(90, trips.Between("us", InEu));
        Assert.Equal(50, trips.Between("us", InAsia));
        Assert.Equal(50, trips.Between(null, InUs));
        Assert.Equal(90, Told.Between("eu", InUs));
    }

    [Fact]
    public void A_partition_that_was_not_measured_yet_attracts_nobody()
    {
        var trips = RoundTrips.None.With(new Dictionary<(string, PartitionId), double> { [("eu", InEu.Id)] = 2, [("eu", InUs.Id)] = 70 });

        Assert.Equal(70, trips.Between("eu", InAsia));
        Assert.Equal(2, trips.Between("eu", Partition(4, "eu")));
        Assert.Equal(0, trips.Between("us", InEu));
        Assert.Equal(0, trips.Between("us", InUs));
    }

    [Fact]
    public void Two_partitions_are_as_far_apart_in_either_order()
    {
        var trips = Told.With(new Dictionary<(string, PartitionId), double> { [("eu", InUs.Id)] = 70, [("us", InEu.Id)] = 80, [("eu", InAsia.Id)] = 200 });

        Assert.Equal((75.0, 75.0), (trips.Apart(InEu, InUs), trips.Apart(InUs, InEu)));
        Assert.Equal((200.0, 200.0), (trips.Apart(InEu, InAsia), trips.Apart(InAsia, InEu)));
        Assert.Equal((90.0, 90.0), (Told.Apart(InEu, InUs), Told.Apart(InUs, InEu)));
    }

    [Fact]
    public void Distances_matter_as_soon_as_one_was_measured()
    {
        Assert.True(RoundTrips.None.IsUniform);
        Assert.False(RoundTrips.None.With(new Dictionary<(string, PartitionId), double> { [("eu", InUs.Id)] = 70 }).IsUniform);
        Assert.Throws<ArgumentException>(() => RoundTrips.None.With(new Dictionary<(string, PartitionId), double> { [("eu", InUs.Id)] = -1 }));
    }

    private static FleetPartition Partition(int id, string region) =>
        new() { Id = new PartitionId(id), Name = $"p{id}", Region = region, Capacity = 1000, MoveBytesPerSecond = 1e6 };
}
