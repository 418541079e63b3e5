using System.Buffers;
using CsCheck;
using Foreshard.Forecasting;
using Foreshard.Profiling;

namespace Foreshard.Tests.Forecasting;

public sealed class ForecasterSaveTests
{
    private static readonly SlotGrid Hours = new(TimeSpan.FromHours(1));

    [Fact]
    public void A_loaded_forecaster_goes_on_as_if_it_had_never_stopped() => Gen.Select(Gen.Int[0, 1000], Gen.Int[1, 40]).Sample((seed, days) =>
    {
        var random = new Random(seed);
        var before = new Forecaster(Hours, new ForecastOptions());
        for (var i = 0; i < 6; i++) before.Add(i % 2 == 0 ? SeriesTier.Hot : SeriesTier.Warm, isAggregate: i == 4);
        before.Remove(3);
        Live(before, random, days * 24);

        var after = Forecaster.Load(Saved(before), Hours, new ForecastOptions());
        var seedOfRest = random.Next();
        Live(before, new Random(seedOfRest), 30);
        Live(after, new Random(seedOfRest), 30);

        Assert.Equal(before.Open, after.Open);
        Assert.Equal(Saved(before), Saved(after));
        Assert.Equal(Expected(before), Expected(after));
        return true;
    }, iter: 20);

    [Fact]
    public void Any_changed_byte_is_noticed()
    {
        var forecaster = new Forecaster(Hours, new ForecastOptions());
        forecaster.Add(SeriesTier.Hot);
        Live(forecaster, new Random(1), 100);
        var saved = Saved(forecaster);

        Gen.Select(Gen.Int[0, saved.Length - 1], Gen.Byte[1, 255]).Sample((at, change) =>
        {
            var damaged = saved.ToArray();
            damaged[at] ^= change;
            return Throws(damaged, Hours) is not null;
        });
        Assert.Equal(ProfileFormatProblem.Truncated, Throws(saved[..^5], Hours));
        Assert.Equal(ProfileFormatProblem.NotProfiles, Throws([], Hours));
        Assert.Equal(ProfileFormatProblem.OtherSettings, Throws(saved, new SlotGrid(TimeSpan.FromMinutes(5))));
    }

    private static ProfileFormatProblem? Throws(byte[] saved, SlotGrid grid)
    {
        try
        {
            Forecaster.Load(saved, grid, new ForecastOptions());
            return null;
        }
        catch (ProfileFormatException exception)
        {
            return exception.Problem;
        }
    }

    private static List<float> Expected(Forecaster forecaster)
    {
        var forecast = new Forecast();
        var expected = new List<float>();
        for (var series = 0; series < forecaster.Count; series++)
        {
            if (series == 3) continue;
            forecaster.Predict(series, 48, forecast);
            expected.AddRange(forecast.Mean);
            for (var level = 0; level < 3; level++) expected.AddRange(forecast.Quantile(level));
        }

        return expected;
    }

    private static byte[] Saved(Forecaster forecaster)
    {
        var buffer = new ArrayBufferWriter<byte>();
        forecaster.Save(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static void Live(Forecaster forecaster, Random random, int slots)
    {
        for (var slot = 0; slot < slots; slot++)
        {
            for (var series = 0; series < forecaster.Count; series++)
            {
                if (series != 3) forecaster.Observe(series, random.Next(series == 2 ? 2 : 100) * (slot % 24 < 12 ? 1 : 3));
            }

            forecaster.Close();
        }
    }
}
