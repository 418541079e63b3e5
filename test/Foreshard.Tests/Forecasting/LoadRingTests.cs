using CsCheck;
using Foreshard.Forecasting;

namespace Foreshard.Tests.Forecasting;

public sealed class LoadRingTests
{
    private static readonly Gen<float> AnyLoad =
        Gen.Select(Gen.Float[0, 1], Gen.Int[-6, 12], (part, power) => part * MathF.Pow(10, power));

    private static readonly Gen<float[]> AnyLoads = Gen.OneOf(AnyLoad, AnyLoad, Gen.Const(0f), Gen.Const(float.NaN)).Array[0, 90];

    [Fact]
    public void Sixteen_bits_are_off_by_half_a_step_at_most_and_keep_what_is_missing() => AnyLoads.Sample(loads =>
    {
        var scale = LoadRing.ScaleFor(SeriesTier.Hot, LargestOf(loads), isWhole: false);
        var read = new float[loads.Length];

        var missing = LoadRing.Read(loads.Select(load => LoadRing.Wide(load, scale)).ToArray(), scale, read);

        Assert.Equal(loads.Count(float.IsNaN), missing);
        AllNear(loads, read, _ => 0.5001f * scale);
    });

    [Fact]
    public void Eight_bits_are_off_by_half_a_step_of_the_root_at_most_and_keep_what_is_missing() => AnyLoads.Sample(loads =>
    {
        var scale = LoadRing.ScaleFor(SeriesTier.Warm, LargestOf(loads), isWhole: false);
        var read = new float[loads.Length];

        var missing = LoadRing.Read(loads.Select(load => LoadRing.Narrow(load, scale)).ToArray(), scale, read);

        Assert.Equal(loads.Count(float.IsNaN), missing);
        AllNear(loads, read, load => scale * (MathF.Sqrt(load / scale) + 0.2501f));
        AllNear(loads, read, _ => Math.Max(0.004f * LoadRing.Limit(SeriesTier.Warm, scale), 1e-30f));
    });

    [Fact]
    public void Whole_loads_up_to_65534_are_exact_in_sixteen_bits() => Gen.Int[0, 65_534].Array[1, 90].Sample(whole =>
    {
        var scale = LoadRing.ScaleFor(SeriesTier.Hot, whole.Max(), isWhole: true);
        var read = new float[whole.Length];

        var missing = LoadRing.Read(whole.Select(load => LoadRing.Wide(load, scale)).ToArray(), scale, read);

        Assert.Equal(1, scale);
        Assert.Equal(0, missing);
        Assert.Equal(whole.Select(load => (float)load), read);
    });

    [Fact]
    public void A_scale_has_room_for_its_load_and_half_as_much_again() =>
        Gen.Select(Gen.Int[-30, 30].Select(power => MathF.Pow(10, power)), Gen.Enum<SeriesTier>()).Sample((load, tier) =>
            Assert.Equal(1.5f, LoadRing.Limit(tier, LoadRing.ScaleFor(tier, load, isWhole: false)) / load, 1e-4f));

    [Fact]
    public void Rescaling_adds_half_a_step_of_the_new_scale_and_keeps_what_is_missing() =>
        Gen.Select(AnyLoads, Gen.Float[1, 50], Gen.Enum<SeriesTier>()).Sample((loads, times, tier) =>
        {
            var from = LoadRing.ScaleFor(tier, LargestOf(loads), isWhole: false);
            var to = from * times;
            var isHot = tier == SeriesTier.Hot;
            var ring = loads.SelectMany(load => isHot ? BitConverter.GetBytes(LoadRing.Wide(load, from)) : [LoadRing.Narrow(load, from)]).ToArray();
            var before = Read(tier, ring, from);

            LoadRing.Rescale(tier, ring, from, to);

            AllNear(before, Read(tier, ring, to), load => 1.001f * to * (isHot ? 0.5f : MathF.Sqrt(load / to) + 0.25f));
        });

    private static float[] Read(SeriesTier tier, byte[] ring, float scale)
    {
        if (tier == SeriesTier.Warm) return [.. ring.Select(code => code == LoadRing.NarrowMissing ? float.NaN : code * code * scale)];
        return [.. ring.Chunk(2).Select(two => BitConverter.ToUInt16(two)).Select(code => code == LoadRing.WideMissing ? float.NaN : code * scale)];
    }

    private static float LargestOf(float[] loads) => Math.Max(1e-6f, loads.Where(load => !float.IsNaN(load)).DefaultIfEmpty().Max());

    private static void AllNear(float[] expected, float[] actual, Func<float, float> tolerance)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            if (!float.IsNaN(expected[i])) Assert.InRange(Math.Abs(actual[i] - expected[i]), 0, tolerance(expected[i]) + (1e-6f * expected[i]));
        }
    }
}
