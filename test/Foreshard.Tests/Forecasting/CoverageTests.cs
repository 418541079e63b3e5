using Foreshard.Forecasting;

namespace Foreshard.Tests.Forecasting;

/// <summary>How often quantiles hold, over simulated populations.</summary>
public sealed class CoverageTests(ITestOutputHelper output)
{
    private const int FirstDay = 36;
    private const int Days = 10;

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 0.4)]
    [InlineData(true, 0.4)]
    public void Quantiles_of_counts_hold_as_often_as_they_say(bool isHot, double dispersion)
    {
        var run = new ForecasterRun();
        var chance = new Chance(17);
        var counts = new float[100, (FirstDay + Days) * 24];
        for (var i = 0; i < 100; i++)
        {
            var series = i;
            var mean = 1 + (4 * chance.Part());
            var shape = Shapes.Weekly(24);
            for (var slot = 0; slot < counts.GetLength(1); slot++)
            {
                var expected = mean * shape(slot) / 83;
                counts[i, slot] = dispersion > 0 ? chance.NegativeBinomial(expected, dispersion) : chance.Poisson(expected);
            }

            run.Add(isHot ? SeriesTier.Hot : SeriesTier.Warm, slot => counts[series, slot]);
        }

        // A count is spread evenly below itself, as the interpolated quantiles are.
        var covered = Covered(run, (series, slot, quantile) => Math.Clamp(quantile - counts[series, slot] + 1, 0, 1));

        Assert.InRange(covered[1], 0.86, 0.95);
        Assert.InRange(covered[2], 0.92, 0.98);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Quantiles_of_loads_that_flow_hold_as_often_as_they_say(bool isHot)
    {
        var run = new ForecasterRun();
        var chance = new Chance(5);
        var loads = new float[50, (FirstDay + Days) * 24];
        for (var i = 0; i < 50; i++)
        {
            var series = i;
            var (level, noise) = (Math.Exp(8 * chance.Part()), 0.1 + (0.4 * chance.Part()));
            var shape = Shapes.Weekly(24);
            for (var slot = 0; slot < loads.GetLength(1); slot++) loads[i, slot] = (float)(level * shape(slot) * Math.Exp(noise * chance.Normal()));
            run.Add(isHot ? SeriesTier.Hot : SeriesTier.Warm, slot => loads[series, slot]);
        }

        var covered = Covered(run, (series, slot, quantile) => loads[series, slot] <= quantile ? 1 : 0);

        Assert.InRange(covered[0], 0.42, 0.58);
        Assert.InRange(covered[1], 0.86, 0.94);
        Assert.InRange(covered[2], 0.92, 0.98);
    }

    [Fact]
    public void Quantiles_hold_also_in_slots_of_five_minutes()
    {
        var run = new ForecasterRun(5);
        var shape = Shapes.Weekly(288);
        var loads = Enumerable.Range(0, 12).Select(series => Shapes.Noisy(shape, 0.6, series)).ToArray();
        foreach (var load in loads) run.Add(SeriesTier.Hot, load);

        var (covered, count) = (0, 0);
        for (var day = 29; day < 36; day++)
        {
            run.RunDays(day);
            for (var series = 0; series < loads.Length; series++)
            {
                var forecast = run.Predict(series);
                for (var slot = 0; slot < forecast.Count; slot++, count++)
                {
                    if (loads[series](run.Now + slot) <= forecast.Quantile(1)[slot]) covered++;
                }
            }
        }

        output.WriteLine($"{(double)covered / count:0.000}");
        Assert.InRange((double)covered / count, 0.84, 0.97);
    }

    [Fact]
    public void Means_of_skewed_loads_add_up_to_what_comes()
    {
        var run = new ForecasterRun();
        var chance = new Chance(8);
        var loads = new float[40, (FirstDay + Days) * 24];
        for (var i = 0; i < 40; i++)
        {
            var series = i;
            var shape = Shapes.Weekly(24);
            for (var slot = 0; slot < loads.GetLength(1); slot++) loads[i, slot] = (float)(shape(slot) * Math.Exp((0.7 * chance.Normal()) - 0.245));
            run.Add((SeriesTier)(i % 2), slot => loads[series, slot]);
        }

        var (expected, came) = (0.0, 0.0);
        for (var day = FirstDay; day < FirstDay + Days; day++)
        {
            run.RunDays(day);
            for (var i = 0; i < 40; i++)
            {
                expected += run.Predict(i).Mean.ToArray().Sum();
                for (var slot = 0; slot < 24; slot++) came += loads[i, run.Now + slot];
            }
        }

        output.WriteLine($"{expected / came}");
        Assert.InRange(expected / came, 0.95, 1.05);
    }

    private double[] Covered(ForecasterRun run, Func<int, int, float, double> covers)
    {
        var covered = new double[3];
        for (var day = FirstDay; day < FirstDay + Days; day++)
        {
            run.RunDays(day);
            for (var series = 0; series < run.Forecaster.Count; series++)
            {
                var forecast = run.Predict(series);
                for (var level = 0; level < 3; level++)
                {
                    for (var slot = 0; slot < 24; slot++) covered[level] += covers(series, run.Now + slot, forecast.Quantile(level)[slot]);
                }
            }
        }

        for (var level = 0; level < 3; level++) covered[level] /= run.Forecaster.Count * Days * 24;
        output.WriteLine(string.Join(", ", covered.Select(share => $"{share:0.000}")));
        return covered;
    }
}
