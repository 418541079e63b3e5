using Foreshard.Simulation.Cluster;

namespace Foreshard.Simulation.Tests.Cluster;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Quantiles_of_even_times_are_near_the_true_ones()
    {
        var latency = new LatencyHistogram(90);
        latency.AddEven(1000, 0, 100);

        Assert.Equal(100, latency.Late, 1e-9);
        foreach (var share in new[] { 0.1, 0.5, 0.9, 0.99 }) Assert.InRange(latency.Quantile(share) / (100 * share), 0.976, 1.024);
    }

    [Fact]
    public void Quantiles_of_exponential_times_are_near_the_true_ones()
    {
        var latency = new LatencyHistogram(25);
        latency.AddExponential(1000, 5, 10);

        Assert.Equal(1000 * Math.Exp(-2), latency.Late, 1e-9);
        foreach (var share in new[] { 0.5, 0.9, 0.99, 0.999 }) Assert.InRange(latency.Quantile(share) / (5 - (10 * Math.Log(1 - share))), 0.97, 1.03);
    }

    [Fact]
    public void Nothing_is_lost_beyond_the_last_bucket()
    {
        var latency = new LatencyHistogram(50);
        latency.Add(10, 1e9);
        latency.AddEven(10, 0, 1e9);
        latency.AddExponential(10, 1, 1e9);

        Assert.Equal(30, latency.Count);
        Assert.InRange(latency.Quantile(1), 1e4, 1e5);
    }
}
