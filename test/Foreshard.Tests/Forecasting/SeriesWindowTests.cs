using CsCheck;
using Foreshard.Forecasting;
using Foreshard.Profiling;

namespace Foreshard.Tests.Forecasting;

public sealed class SeriesWindowTests
{
    private static readonly SlotGrid Hours = new(TimeSpan.FromHours(1));

    [Fact]
    public void Loads_come_in_order_of_time_wherever_the_ring_ends_and_missing_ones_repeat_the_week_the_day_or_the_mean() =>
        Gen.Select(Gen.Enum<SeriesTier>(), Gen.Int[1, 900], Gen.Long[5_000, 9_000], Gen.Double[0, 0.3], Gen.Int).Sample((tier, known, open, share, seed) =>
        {
            var layout = new SeriesLayout(Hours, tier);
            known = Math.Min(known, layout.RingLength);
            var random = new Random(seed);
            var loads = Enumerable.Range(0, known).Select(_ => random.NextDouble() < share ? float.NaN : random.Next(255)).ToArray();
            var slab = new SeriesSlab(layout);
            var series = slab.At(slab.Take());
            series.Head.Known = (ushort)known;
            series.Head.Scale = 1;
            for (var i = 0; i < known; i++) series.SetLoad(open - known + i, tier == SeriesTier.Hot ? loads[i] : loads[i] * loads[i]);
            if (tier == SeriesTier.Warm) loads = [.. loads.Select(load => load == 255 ? float.NaN : load * load)];

            var window = new SeriesWindow(layout);
            window.Read(series, open);

            Assert.Equal(known, window.Count);
            var expected = Filled(loads);
            for (var i = 0; i < known; i++) Assert.Equal(expected[i], window.Loads[i], 1e-3f * (1 + expected[i]));
        });

    [Fact]
    public void Logarithms_are_of_the_load_and_a_tenth_of_the_mean_of_two_weeks()
    {
        var window = new SeriesWindow(new SeriesLayout(Hours, SeriesTier.Hot));
        window.Read([.. Enumerable.Repeat(1000f, 100), .. Enumerable.Repeat(10f, 335), 0]);

        window.TakeLogarithms();

        Assert.Equal(0.1f * 3350 / 336, window.LogOffset, 1e-4f);
        Assert.Equal(MathF.Log(1000 + window.LogOffset), window.Logarithms[0], 1e-4f);
        Assert.Equal(MathF.Log(window.LogOffset), window.Logarithms[^1], 1e-4f);
    }

    private static float[] Filled(float[] loads)
    {
        var mean = loads.Where(load => !float.IsNaN(load)).DefaultIfEmpty().Average();
        var filled = loads.ToArray();
        for (var i = 0; i < filled.Length; i++)
        {
            if (float.IsNaN(filled[i])) filled[i] = i >= 168 ? filled[i - 168] : i >= 24 ? filled[i - 24] : mean;
        }

        return filled;
    }
}
