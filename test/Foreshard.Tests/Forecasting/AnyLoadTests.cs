using CsCheck;
using Foreshard.Forecasting;

namespace Foreshard.Tests.Forecasting;

/// <summary>What holds of forecasts whatever comes.</summary>
public sealed class AnyLoadTests
{
    private static readonly int[] SlotMinutes = [5, 30, 60, 60, 60, 90, 360, 1440];
    private static readonly Gen<int> AnySlotMinutes = Gen.Int[0, SlotMinutes.Length - 1].Select(at => SlotMinutes[at]);

    private static readonly Gen<double[]> AnyLevels =
        Gen.Int[1, 999].HashSet[1, 6].Select(levels => levels.Order().Select(level => level / 1000.0).ToArray());

    [Fact]
    public void Forecasts_are_finite_and_not_negative_and_quantiles_rise() =>
        Gen.Select(AnySlotMinutes, AnyLevels, Gen.Int[1, 40], Gen.Int[1, 4], Gen.Int[0, 1_000_000]).Sample(AreSane, iter: 60);

    [Fact]
    public void A_regression_on_logarithms_does_not_promise_the_stars() => AreSane(30, [0.5, 0.9], 36, 2, 276_752);

    [Fact]
    public void Quantiles_rise_also_where_all_loads_fall_again_and_again()
    {
        double[] levels = [0.3, 0.5, 0.55, 0.6, 0.9];
        var run = new ForecasterRun(options: new ForecastOptions { Levels = levels });
        for (var i = 0; i < 24; i++) run.Add(SeriesTier.Hot, slot => 1e6f * MathF.Pow(0.5f, slot / 24) * (1.2f + MathF.Sin(slot)));

        for (var day = 3; day < 30; day++)
        {
            run.RunDays(day);
            for (var i = 0; i < 24; i++) IsSane(run.Predict(i), levels.Length);
        }
    }

    [Fact]
    public void Larger_loads_have_larger_forecasts_in_proportion() => Gen.Select(Gen.Int[-2, 4], Gen.Bool, Gen.Int[2, 38], Gen.Int[1, 1000]).Sample(
        (power, isHot, days, seed) =>
        {
            var factor = MathF.Pow(10, power) * 1.7f;
            var load = Shapes.Noisy(Shapes.Weekly(24), 0.3, seed);
            var tier = isHot ? SeriesTier.Hot : SeriesTier.Warm;
            var forecast = ForecasterRun.Of(tier, load, days * 24).Predict();
            var larger = ForecasterRun.Of(tier, slot => factor * load(slot), days * 24).Predict();

            // Errors are remembered to 1 %, at which step depends on the size: so the weights of the members differ a little.
            Assert.Equal(forecast.Mean.ToArray().Sum(), larger.Mean.ToArray().Sum() / factor, 0.04f * forecast.Mean.ToArray().Sum());
            for (var slot = 0; slot < forecast.Count; slot++)
            {
                Assert.Equal(forecast.Mean[slot], larger.Mean[slot] / factor, 0.2f * forecast.Mean[slot]);
                for (var level = 0; level < 3; level++)
                    Assert.Equal(forecast.Quantile(level)[slot], larger.Quantile(level)[slot] / factor, 0.2f * forecast.Quantile(level)[slot]);
            }
        },
        iter: 30);

    [Fact]
    public void The_same_loads_give_the_same_forecasts_and_later_ones_change_nothing() =>
        Gen.Select(AnySlotMinutes, Gen.Int[1, 38], Gen.Int[0, 1_000_000]).Sample(
        (minutes, days, seed) =>
        {
            var (one, other) = (new ForecasterRun(minutes), new ForecasterRun(minutes));
            var origin = (days * one.Grid.SlotsPerDay) + (seed & 15);
            for (var i = 0; i < 3; i++)
            {
                var load = Wild(seed + i, one.Grid.SlotsPerDay);
                one.Add((SeriesTier)(i % 2), load);
                other.Add((SeriesTier)(i % 2), slot => slot < origin ? load(slot) : 12_345);
            }

            one.RunTo(origin);
            other.RunTo(origin);

            for (var i = 0; i < 3; i++) Assert.Equal(Numbers(one.Predict(i)), Numbers(other.Predict(i)));
            for (var i = 0; i < 3; i++) Assert.Equal(Numbers(one.Predict(i)), Numbers(one.Predict(i)));
        },
        iter: 20);

    [Fact]
    public void Many_slots_that_are_missing_twice_over_are_no_error()
    {
        var run = new ForecasterRun(30);
        var series = run.Add(SeriesTier.Warm, _ => float.NaN);
        for (var i = 0; i < 70_000; i++) run.Forecaster.Observe(series, float.NaN);
        run.RunDays(3);

        IsSane(run.Predict(series), 3);
    }

    private static void AreSane(int minutes, double[] levels, int days, int count, int seed)
    {
        var run = new ForecasterRun(minutes, new ForecastOptions { Levels = levels });
        for (var i = 0; i < count; i++) run.Add((SeriesTier)(i % 2), Wild(seed + i, run.Grid.SlotsPerDay));
        for (var day = 0; day < days; day += 3)
        {
            run.RunTo((day * run.Grid.SlotsPerDay) + (seed & 7));
            for (var i = 0; i < count; i++) IsSane(run.Predict(i, run.Grid.SlotsPerWeek), levels.Length, 1e15f);
        }
    }

    private static void IsSane(Forecast forecast, int levels, float most = float.MaxValue)
    {
        foreach (var mean in forecast.Mean) Assert.True(mean >= 0 && mean < most, $"A mean of {mean}.");
        for (var level = 0; level < levels; level++)
        {
            for (var slot = 0; slot < forecast.Count; slot++)
            {
                var quantile = forecast.Quantile(level)[slot];
                Assert.True(float.IsFinite(quantile) && quantile >= 0, $"A quantile of {quantile}.");
                if (level > 0) Assert.True(quantile >= forecast.Quantile(level - 1)[slot], $"{quantile} after {forecast.Quantile(level - 1)[slot]}.");
            }
        }
    }

    private static float[] Numbers(Forecast forecast) =>
        [.. forecast.Mean, .. forecast.Quantile(0), .. forecast.Quantile(1), .. forecast.Quantile(2), (float)forecast.Skill];

    /// <summary>Loads that change their size and kind every few days: counts, flows, nothing, holes; of 1e-6 to 1e12.</summary>
    private static Func<int, float> Wild(int seed, int slotsPerDay) => slot =>
    {
        var epoch = slot / (slotsPerDay * (1 + (seed & 7)));
        var kind = (int)(6 * Shapes.PartAt(seed, -1 - epoch));
        var size = (float)Math.Pow(10, (18 * Shapes.PartAt(seed + 1, -1 - ((seed & 8) == 0 ? epoch : 0))) - 6);
        var part = Shapes.PartAt(seed, slot);
        return kind switch
        {
            0 => 0,
            1 => (float)Math.Floor(3 * part * part),
            2 => part < 0.7 ? 0 : size,
            3 => part < 0.3 ? float.NaN : size * (float)part,
            4 => (float)Math.Floor(Math.Min(size, 1e6f) * part),
            _ => size * (float)(1 + Math.Sin(2 * Math.PI * slot / slotsPerDay) + (0.1 * part)),
        };
    };
}
