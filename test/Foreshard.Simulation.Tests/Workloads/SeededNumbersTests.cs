using Foreshard.Simulation.Workloads;

namespace Foreshard.Simulation.Tests.Workloads;

public sealed class SeededNumbersTests
{
    [Theory]
    [InlineData(0.2)]
    [InlineData(3)]
    [InlineData(40)]
    [InlineData(63.9)]
    [InlineData(64)]
    [InlineData(5000)]
    public void Poisson_numbers_have_the_mean_and_the_variance_of_one(double mean)
    {
        const int Count = 200_000;
        var numbers = new SeededNumbers(1, 2);
        double sum = 0, squares = 0;
        for (var i = 0; i < Count; i++)
        {
            var number = numbers.NextPoisson(mean);
            sum += number;
            squares += (number - mean) * (number - mean);
        }

        // Five standard errors of each.
        Assert.InRange(sum / Count, mean - (5 * Math.Sqrt(mean / Count)), mean + (5 * Math.Sqrt(mean / Count)));
        var error = 5 * Math.Sqrt(((2 * mean * mean) + mean) / Count);
        Assert.InRange(squares / Count, mean - error - 0.1, mean + error + 0.1);
    }

    [Fact]
    public void Streams_are_the_same_each_time_and_differ_from_each_other()
    {
        var first = Draw(7, 1);
        Assert.Equal(first, Draw(7, 1));
        Assert.NotEqual(first, Draw(7, 2));
        Assert.NotEqual(first, Draw(8, 1));

        static ulong[] Draw(long seed, long stream)
        {
            var numbers = new SeededNumbers(seed, stream);
            return [.. Enumerable.Range(0, 4).Select(_ => numbers.NextBits())];
        }
    }

    [Fact]
    public void Even_numbers_fill_their_range_evenly()
    {
        var numbers = new SeededNumbers(3, 0);
        var counts = new int[10];
        for (var i = 0; i < 100_000; i++) counts[(int)(numbers.NextUnit() * 10)]++;
        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400));
    }
}
