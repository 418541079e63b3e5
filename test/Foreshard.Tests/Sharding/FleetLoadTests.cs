using CsCheck;
using Foreshard.Sharding;

namespace Foreshard.Tests.Sharding;

public sealed class FleetLoadTests
{
    private static readonly Gen<(int Slots, int From, int Seed)> AnyLoad =
        Gen.Select(Gen.Int[1, 50], Gen.Int[0, 50], Gen.Int).Select((slots, from, seed) => (slots, Math.Min(from, slots), seed));

    [Fact]
    public void Vectors_add_up_to_what_slots_one_by_one_do() => AnyLoad.Sample(scene =>
    {
        var (fleet, curve) = Fleet(scene.Slots, new Random(scene.Seed));
        (int Times, double Cost)[] both = [(1, fleet.CostWith(0, curve, scene.From, 3e9)), (-1, fleet.CostWithout(0, curve, scene.From, -3e9))];
        foreach (var (times, cost) in both)
        {
            var expected = fleet.TermsAfter(0, curve, scene.From, times, 3e9).Total;
            Assert.Equal(expected, cost, 0.05 + (1e-5 * expected));
        }

        var swapped = fleet.CostAfterSwap(0, curve, scene.From, curve, scene.From, 0);
        Assert.Equal(fleet.CostOf(0), swapped, 0.05 + (1e-5 * swapped));
        Assert.Equal(fleet.TermsOf(0).Total, fleet.CostOf(0), 0.05 + (1e-5 * swapped));
    });

    [Fact]
    public void What_comes_and_goes_again_leaves_nothing_behind() => AnyLoad.Sample(scene =>
    {
        var (fleet, curve) = Fleet(scene.Slots, new Random(scene.Seed));
        var (cost, with) = (fleet.CostOf(0), fleet.CostWith(0, curve, scene.From, 1e9));

        fleet.Add(0, curve, scene.From);
        fleet.AddBytes(0, 1e9);
        fleet.Update(0);
        Assert.Equal(with, fleet.CostOf(0), 0.05 + (1e-5 * with));

        fleet.Add(0, curve, scene.From, times: -1);
        fleet.AddBytes(0, -1e9);
        fleet.Update(0);
        Assert.Equal(cost, fleet.CostOf(0), 0.05 + (1e-4 * with));
    });

    [Fact]
    public void A_load_between_two_moments_counts_in_each_slot_for_its_part_of_it()
    {
        var horizon = new PlanHorizon(new DateTime(2026, 3, 2, 6, 0, 0, DateTimeKind.Utc), TimeSpan.FromMinutes(10), 4);
        var fleet = new FleetLoad(horizon, [Partition(100, 0)], CostOptions.Default);

        fleet.AddLoad(0, 10, horizon.StartUtc.AddMinutes(-5), horizon.StartUtc.AddMinutes(15));
        fleet.AddLoad(0, 10, horizon.StartUtc.AddMinutes(32), horizon.StartUtc.AddHours(9));
        fleet.AddLoad(0, 10, horizon.StartUtc.AddMinutes(-9), horizon.StartUtc.AddMinutes(-5));

        Assert.Equal([10f, 5f, 0f, 8f], fleet.MeanOf(0).ToArray());
    }

    [Fact]
    public void Costs_of_a_partition_are_what_is_written_down()
    {
        // 110 planned of 100 for an hour: 10 over capacity, 25 over the target at a fifth; mean 100 of a fleet of its own, whose
        // utilisation counts no higher than the target: 0.85 · 1.05 · 100 = 89.25, and 10.75 above it at the price of imbalance.
        var horizon = new PlanHorizon(new DateTime(2026, 3, 2, 6, 0, 0, DateTimeKind.Utc), TimeSpan.FromHours(1), 1);
        var fleet = new FleetLoad(horizon, [Partition(100, 100e9)], CostOptions.Default);
        fleet.Add(0, LoadCurve.Flat(1, 100, 10), 0);
        fleet.AddBytes(0, 120e9);
        fleet.SetBalance();

        var terms = fleet.TermsOf(0);

        Assert.Equal(10 * 3600, terms.Overload, 1e-3);
        Assert.Equal(0.2 * 25 * 3600, terms.Strain, 1e-3);
        Assert.Equal(CostOptions.Default.Imbalance * 10.75 * 3600, terms.Imbalance, 1e-2);
        Assert.Equal(0.2 * 100 * 3600, terms.Size, 1e-3);
        Assert.Equal(terms.Total, fleet.CostOf(0), 0.1);
    }

    private static FleetPartition Partition(double capacity, double budget) =>
        new() { Id = new PartitionId(1), Name = "p1", Capacity = capacity, SizeBudgetBytes = budget, MoveBytesPerSecond = 50e6 };

    private static (FleetLoad Fleet, LoadCurve Curve) Fleet(int slots, Random random)
    {
        var horizon = new PlanHorizon(new DateTime(2026, 3, 2, 6, 0, 0, DateTimeKind.Utc), TimeSpan.FromMinutes(5), slots);
        var fleet = new FleetLoad(horizon, [Partition(100, 5e9), Partition(80, 0) with { Id = new PartitionId(2) }], CostOptions.Default);
        var curve = Curve(slots, 60, random);
        fleet.Add(0, curve, 0);
        fleet.Add(0, Curve(slots, 60, random), 0);
        fleet.AddBytes(0, 4e9);
        fleet.SetBalance();
        return (fleet, curve);
    }

    private static LoadCurve Curve(int slots, double most, Random random) => new(
        [.. Enumerable.Range(0, slots).Select(_ => (float)(most * random.NextDouble()))],
        [.. Enumerable.Range(0, slots).Select(_ => (float)(most * random.NextDouble()))]);
}
