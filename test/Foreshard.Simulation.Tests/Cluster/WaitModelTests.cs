using Foreshard.Simulation.Cluster;

namespace Foreshard.Simulation.Tests.Cluster;

public sealed class WaitModelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(10)]
    [InlineData(40)]
    public void The_mean_wait_is_near_that_of_the_exact_queue(int workers)
    {
        foreach (var utilisation in new[] { 0.5, 0.7, 0.8, 0.9, 0.95, 0.98 })
        {
            var capacity = workers * 200.0;
            var exact = ErlangQueue.MeanWait(workers, utilisation) * 5;
            var ours = WaitModel.WaitChance(utilisation, workers) * WaitModel.MeanWaitMs(utilisation, capacity, 1e9);

            // Sakasegawa's formula is good to 3 % of a service time of 5 ms, and to some per cent where waits are long.
            Assert.InRange(ours - exact, (-0.05 * exact) - 0.15, (0.05 * exact) + 0.15);
        }
    }

    [Fact]
    public void With_one_worker_it_is_the_exact_queue()
    {
        Assert.Equal(0.8, WaitModel.WaitChance(0.8, 1), 1e-12);
        Assert.Equal(ErlangQueue.MeanWait(1, 0.8) * 5, WaitModel.WaitChance(0.8, 1) * WaitModel.MeanWaitMs(0.8, 200, 1e9), 1e-9);
    }

    [Theory]
    [InlineData(5, 0.8)]
    [InlineData(5, 0.95)]
    [InlineData(20, 0.9)]
    public void Late_shares_are_near_those_of_a_queue_that_is_played(int workers, double utilisation)
    {
        var waits = ErlangQueue.Play(workers, utilisation, arrivals: 400_000, seed: 7);
        var queue = new PartitionQueue(workers * 200, 5);
        var latency = new LatencyHistogram(targetMs: 15);
        queue.Advance(utilisation * workers * 200, 300);
        queue.Tell(1_000_000, 0, latency);

        var played = waits.Count(wait => wait * 5 > 10) / (double)waits.Count;
        Assert.InRange(latency.Late / latency.Count, (played * 0.8) - 0.002, (played * 1.2) + 0.002);
        var median = waits.Order().ElementAt(waits.Count * 99 / 100) * 5;
        Assert.InRange(latency.Quantile(0.99), (5 + median) * 0.85, (5 + median) * 1.15);
    }

    [Fact]
    public void Near_capacity_a_queue_is_no_longer_than_it_can_grow_in_an_interval()
    {
        var capacity = 1000.0;
        var random = new Random(3);
        var waits = 0.0;
        for (var play = 0; play < 200; play++)
        {
            // One fast worker at ρ = 1: the queue after an interval is the random walk that the model takes.
            double queue = 0, last = 0;
            for (var i = 0; i < 60_000; i++)
            {
                last = Math.Max(0, last - (-Math.Log(1 - random.NextDouble()) / capacity)) + (-Math.Log(1 - random.NextDouble()) / capacity);
                queue = last;
            }

            waits += queue / 200;
        }

        Assert.InRange(WaitModel.MeanWaitMs(1, capacity, 60) / 1000 / waits, 0.8, 1.25);
        Assert.Equal(WaitModel.MeanWaitMs(1, capacity, 60), WaitModel.MeanWaitMs(0.99999, capacity, 60), 1e-9);
    }

    [Fact]
    public void A_backlog_grows_while_demand_is_above_capacity_and_drains_after_it()
    {
        var queue = new PartitionQueue(1000, 5);
        queue.Advance(1010, 300);
        Assert.Equal(3000, queue.Backlog, 1e-6);
        var latency = new LatencyHistogram(50);
        queue.Tell(100, 0, latency);

        // Waits rise evenly from 0 to 3 s, so all but those of the first 45 ms of them are late.
        Assert.Equal(100 * (1 - (45.0 / 3000)), latency.Late, 1e-6);
        Assert.InRange(latency.Quantile(0.5), 1400, 1600);

        queue.Advance(900, 300);
        Assert.Equal(0, queue.Backlog);
        var after = new LatencyHistogram(50);
        queue.Tell(100, 0, after);

        // 3,000 units drain at 100 a second, in 30 of the 300 seconds; of the others some wait, as one does at 0.9 of capacity.
        Assert.InRange(after.Late, 9.8, 10.9);
    }

    [Fact]
    public void Clients_give_up_after_half_a_minute()
    {
        var queue = new PartitionQueue(1000, 5);
        queue.Advance(2000, 300);
        Assert.Equal(30_000, queue.Backlog);
        queue.Advance(0, 31);
        Assert.Equal(0, queue.Backlog);
    }
}
