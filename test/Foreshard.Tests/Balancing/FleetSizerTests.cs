using CsCheck;
using Foreshard.Balancing;
using Foreshard.Sharding;

namespace Foreshard.Tests.Balancing;

public sealed class FleetSizerTests
{
    [Fact]
    public void A_size_is_within_its_limits_and_one_partition_is_emptied_at_most() => Gen.Select(AnyFleet.Gen, Gen.Int[1, 4], Gen.Int[0, 4]).Sample(
        (scene, min, more) =>
        {
            var active = scene.Input.Partitions.Where(partition => partition.State == FleetState.Active).Select(partition => partition.Id).ToList();
            var isEmptying = active.Count < scene.Input.Partitions.Count;

            var size = new FleetSizer(scene.Options).Advise(scene.Input, min, min + more, TimeSpan.FromMinutes(10));

            // A fleet that is larger than it may be shrinks by one at a time.
            Assert.InRange(size.Partitions, min, Math.Max(min + more, active.Count - 1));
            Assert.InRange(size.Slots, 1, scene.Input.Horizon.SlotCount);
            Assert.InRange(size.Drain.Length, 0, isEmptying ? 0 : 1);
            Assert.All(size.Drain, drained => Assert.Contains(drained, active));
            if (!size.Drain.IsEmpty) Assert.Equal(active.Count - 1, size.Partitions);
        },
        iter: 100);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 2)]
    public void Limits_that_contradict_themselves_are_refused(int min, int max)
    {
        var input = ScenarioParser.Parse("horizon 2026-03-02T06:00 slots=2 of=1h\npartition p1 capacity=100").Input;

        Assert.Throws<ArgumentOutOfRangeException>(() => new FleetSizer(BalancerOptions.Default).Advise(input, min, max, TimeSpan.Zero));
    }

    [Fact]
    public void The_longer_waking_takes_the_earlier_a_ramp_asks_for_more()
    {
        var asked = Enumerable.Range(0, 12).Select(minutes => FirstAsked(TimeSpan.FromMinutes(15 * minutes))).ToList();

        Assert.Equal(asked.OrderDescending(), asked);
        Assert.True(asked[0] - asked[^1] >= TimeSpan.FromHours(2));
    }

    /// <summary>When, of a day's half hours, another partition is asked for first.</summary>
    private static DateTime FirstAsked(TimeSpan wakeDelay)
    {
        for (var time = new DateTime(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc); ; time = time.AddMinutes(30))
        {
            var input = ScenarioParser.Parse(
                FormattableString.Invariant(
                    $"""
                    horizon {time:yyyy-MM-ddTHH:mm} slots=48 of=30m
                    partition p1 capacity=100
                    unit 0 on=p1 load=20,08:00-18:00=60 bytes=9GB
                    unit 1 on=p1 load=20,08:00-18:00=60 bytes=9GB
                    """)).Input;
            if (new FleetSizer(BalancerOptions.Default).Advise(input, 1, 6, wakeDelay).Partitions > 1) return time;
        }
    }
}
