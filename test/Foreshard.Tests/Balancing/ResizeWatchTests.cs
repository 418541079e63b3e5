using Foreshard.Balancing;
using Foreshard.Sharding;

namespace Foreshard.Tests.Balancing;

public sealed class ResizeWatchTests
{
    private static readonly DateTime Start = new(2026, 3, 2, 6, 0, 0, DateTimeKind.Utc);

    private readonly ResizeWatch watch = new();

    [Fact]
    public void A_fleet_seen_for_the_first_time_has_not_changed() => Assert.Null(watch.Look(Start, Fleet(2)));

    [Fact]
    public void A_fleet_has_changed_when_a_partition_came_and_when_one_is_to_be_emptied()
    {
        watch.Look(Start, Fleet(2));

        Assert.Equal(Start.AddHours(1), watch.Look(Start.AddHours(1), Fleet(3)));
        Assert.Equal(Start.AddHours(2), watch.Look(Start.AddHours(2), Fleet(3, draining: 3)));
    }

    [Fact]
    public void A_partition_that_was_emptied_leaves_the_fleet_as_it_is()
    {
        watch.Look(Start, Fleet(3));
        watch.Look(Start.AddHours(1), Fleet(3, draining: 3));

        Assert.Equal(Start.AddHours(1), watch.Look(Start.AddHours(2), Fleet(2)));
    }

    [Fact]
    public void The_order_of_partitions_does_not_matter()
    {
        watch.Look(Start, Fleet(3));

        Assert.Null(watch.Look(Start.AddHours(1), Fleet(3).Reverse()));
    }

    private static IEnumerable<FleetPartition> Fleet(int count, int draining = 0) => Enumerable.Range(1, count).Select(number => new FleetPartition
    {
        Id = new PartitionId(number),
        Name = $"p{number}",
        Capacity = 100,
        MoveBytesPerSecond = 50e6,
        State = number == draining ? FleetState.Draining : FleetState.Active,
    });
}
