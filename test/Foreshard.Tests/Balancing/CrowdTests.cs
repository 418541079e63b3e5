using CsCheck;
using Foreshard.Balancing;
using Foreshard.Sharding;

namespace Foreshard.Tests.Balancing;

public sealed class CrowdTests
{
    private static readonly PlanHorizon Horizon = new(new DateTime(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc), TimeSpan.FromMinutes(30), 48);

    [Fact]
    public void Quiet_intervals_say_little_about_busy_times()
    {
        var busy = new BusyLoad();
        for (var night = 0; night < 9; night++) busy.Push(50, new Crowd(1, 1));
        busy.Push(2, new Crowd(91, 1));

        Assert.Equal(((9 * 50) + (91 * 2)) / 100.0, busy.Value, 1e-9);
    }

    [Fact]
    public void Busy_times_long_ago_fade()
    {
        var busy = new BusyLoad();
        busy.Push(100, new Crowd(10, 0.5));
        busy.Push(0, new Crowd(10, 0.5));

        Assert.Equal(100.0 / 3, busy.Value, 1e-9);
        Assert.Equal(0, new BusyLoad().Value);
    }

    [Fact]
    public void A_quiet_fleet_is_placed_so_that_a_crowd_finds_room()
    {
        var plan = new Balancer(BalancerOptions.Default).Plan(Quiet(50, 40, 5, 5));

        var move = Assert.Single(plan.Steps);
        Assert.Equal((StepKind.Move, StepReason.Crowding), (move.Kind, move.Reason));
        Assert.Equal((new PartitionId(1), new PartitionId(2)), (move.From, move.To));
        Assert.StartsWith("if everybody came at once, p1 would be at 1.53 of its capacity", move.Because, StringComparison.Ordinal);
        Assert.True(plan.Before.Crowding > 0);
        Assert.Equal(0, plan.After.Crowding, 1e-3);
    }

    [Fact]
    public void A_quiet_fleet_with_even_shares_stays_as_it_is() =>
        Assert.Empty(new Balancer(BalancerOptions.Default).Plan(Quiet(30, 20, 30, 20)).Steps);

    [Fact]
    public void A_fleet_of_which_nothing_is_ever_asked_stays_as_it_is_however_uneven() =>
        Assert.Empty(new Balancer(BalancerOptions.Default).Plan(Quiet(2.5, 2, 0.25, 0.25)).Steps);

    [Fact]
    public void A_crowd_costs_what_is_expected_above_capacity_until_the_fleet_is_at_its_target() => Gen.Double[0, 90].Array[2, 6].Sample(busy =>
    {
        var partitions = busy.Select((_, index) => PartitionOf(index + 1)).ToList();
        var load = new FleetLoad(Horizon, partitions, CostOptions.Default);
        for (var partition = 0; partition < busy.Length; partition++)
            load.Add(partition, new LoadCurve(new float[Horizon.SlotCount], new float[Horizon.SlotCount], busy[partition]), 0);
        load.SetBalance();
        if (busy.Sum() <= 1) return;

        var most = 100 * busy.Length * CostOptions.Default.TargetShare / busy.Sum();
        for (var partition = 0; partition < busy.Length; partition++)
        {
            var expected = Expected(busy[partition], most) * CostOptions.Default.CrowdTime.TotalSeconds;
            Assert.Equal(expected, load.TermsOf(partition).Crowding, 0.01 + (1e-3 * load.TermsOf(partition).Crowding));
        }
    });

    /// <summary>Mean of what is above a capacity of 100 in crowds of s times, s having a density of 2 ÷ s³; by small steps of 1 ÷ s.</summary>
    private static double Expected(double busy, double most)
    {
        const int Steps = 20_000;
        var sum = 0.0;
        var (from, to) = (1 / most, busy / 100);
        for (var step = 0; step < Steps && to > from; step++)
        {
            var inverse = from + ((to - from) * (step + 0.5) / Steps);
            sum += Math.Max(0, (busy / inverse) - 100) * 2 * inverse * (to - from) / Steps;
        }

        return sum;
    }

    /// <summary>Two partitions with two units each, of which next to nothing is asked now.</summary>
    private static PlanInput Quiet(params double[] busy) => new()
    {
        Horizon = Horizon,
        Partitions = [PartitionOf(1), PartitionOf(2)],
        Units =
        [
            .. busy.Select((load, index) => new PlanUnit
            {
                Unit = new UnitId(index),
                Partition = new PartitionId(1 + (index / 2)),
                Curve = new LoadCurve([.. Enumerable.Repeat(1f, Horizon.SlotCount)], new float[Horizon.SlotCount], load),
                Bytes = 1e9,
            }),
        ],
    };

    private static FleetPartition PartitionOf(int number) =>
        new() { Id = new PartitionId(number), Name = $"p{number}", Capacity = 100, MoveBytesPerSecond = 50e6 };
}
