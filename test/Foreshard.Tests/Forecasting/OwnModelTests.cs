using CsCheck;
using Foreshard.Forecasting;
using Foreshard.Profiling;

namespace Foreshard.Tests.Forecasting;

public sealed class OwnModelTests
{
    private static readonly int[] DayLengths = [24, 8, 4];
    private static readonly Gen<(int Day, int Days, int Block, int Seed)> AnyScene =
        Gen.Select(Gen.Int[0, 2].Select(at => DayLengths[at]), Gen.Int[22, 35], Gen.Int[0, 1], Gen.Int);

    [Fact]
    public void Coefficients_are_those_of_the_slow_reference() => Gen.Select(AnyScene, Gen.Double[0.01, 0.3], Gen.Float[0.85f, 1], Gen.Bool).Sample(
        (scene, ridge, discount, isRefined) =>
        {
            var loads = Loads(scene.Day, scene.Days, scene.Seed);
            var model = ModelOf(scene.Day);
            var coefficients = Enumerable.Range(0, OwnModel.Features).Select(i => 0.05f * i).ToArray();
            var start = isRefined ? [.. coefficients.Select(value => (double)value)] : OwnModelReference.Prior();

            Assert.True(model.TakeExamples(loads, scene.Block));
            model.Fit(ridge, discount, isRefined, coefficients);

            var expected = ReferenceOf(loads, scene.Day, scene.Block).Fit(ridge, discount, isRefined ? 2 : 4, start);
            for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], coefficients[i], 5e-3);
        },
        iter: 40);

    [Fact]
    public void Forecasts_are_those_of_the_slow_reference() => Gen.Select(AnyScene, Gen.Float[-1, 1].Array[OwnModel.Features]).Sample((scene, coefficients) =>
    {
        var loads = Loads(scene.Day, scene.Days, scene.Seed);
        var model = ModelOf(scene.Day);
        var actual = new float[scene.Day];

        model.TakeOrigin(loads, scene.Block);
        model.Forecast(coefficients, actual);

        var expected = ReferenceOf(loads, scene.Day, scene.Block).Forecast([.. coefficients.Select(value => (double)value)]);
        for (var slot = 0; slot < scene.Day; slot++) Assert.Equal(expected[slot], actual[slot], 0.01 + (1e-3 * Math.Abs(expected[slot])));
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_linear_relation_is_found(int block)
    {
        const int Day = 24;
        const int Week = 7 * Day;
        var loads = Loads(Day, 35, 11);
        for (var i = 3 * Week; i < loads.Length; i++) loads[i] = (0.7f * loads[i - (3 * Week)]) + (0.3f * loads[i - Week]);
        var model = ModelOf(Day);
        var coefficients = new float[OwnModel.Features];
        var forecast = new float[Day];

        model.TakeExamples(loads, block);
        model.Fit(0.001, 0.97f, isRefined: false, coefficients);
        model.TakeOrigin(loads, block);
        model.Forecast(coefficients, forecast);

        var unit = model.UnitOf(loads);
        for (var slot = 0; slot < Day; slot++)
        {
            var at = loads.Length + (block * Day) + slot;
            Assert.Equal((0.7f * loads[at - (3 * Week)]) + (0.3f * loads[at - Week]), forecast[slot], 0.25f * unit);
        }
    }

    [Fact]
    public void Below_two_weeks_and_some_examples_nothing_is_fitted()
    {
        var model = ModelOf(24);

        Assert.False(model.TakeExamples(Loads(24, 14, 1), 0));
        Assert.True(model.TakeExamples(Loads(24, 15, 1), 0));
        Assert.False(model.TakeExamples(Loads(24, 15, 1), 1));
        Assert.True(model.TakeExamples(Loads(24, 16, 1), 1));
    }

    [Fact]
    public void A_series_that_never_changes_is_forecast_as_it_is()
    {
        var model = ModelOf(24);
        var loads = new float[840];
        Array.Fill(loads, 1e6f);
        var coefficients = new float[OwnModel.Features];
        var forecast = new float[24];

        model.TakeExamples(loads, 0);
        model.Fit(0.02, 0.9f, isRefined: false, coefficients);
        model.TakeOrigin(loads, 0);
        model.Forecast(coefficients, forecast);

        Assert.All(coefficients, value => Assert.True(float.IsFinite(value)));
        Assert.All(forecast, load => Assert.Equal(1e6f, load));
    }

    private static OwnModel ModelOf(int day) => new(new SeriesLayout(new SlotGrid(TimeSpan.FromDays(1) / day), SeriesTier.Hot));

    private static OwnModelReference ReferenceOf(float[] loads, int day, int block) => new([.. loads.Select(load => (double)load)], day, block);

    /// <summary>A day and a week, and a good deal of noise.</summary>
    private static float[] Loads(int day, int days, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, day * days).Select(i =>
            (float)(50 + (30 * Math.Sin(2 * Math.PI * i / day)) + (i / day % 7 < 5 ? 20 : 0) + (40 * random.NextDouble())))];
    }
}
