using CsCheck;
using Foreshard.Forecasting;

namespace Foreshard.Tests.Forecasting;

public sealed class AnnouncementsTests
{
    private readonly Announcements announcements = new();

    [Fact]
    public void Those_of_the_series_and_those_of_all_multiply_from_the_first_slot_to_before_the_last()
    {
        announcements.Add(7, 10, 20, 8);
        announcements.Add(null, 15, 25, 0.5);

        Assert.Equal([1, 8, 8, 4, 4, 0.5f, 0.5f, 1], ((long[])[9, 10, 14, 15, 19, 20, 24, 25]).Select(slot => announcements.FactorAt(7, slot)));
        Assert.Equal([1, 0.5f], ((long[])[10, 15]).Select(slot => announcements.FactorAt(8, slot)));
    }

    [Fact]
    public void A_forecast_is_multiplied_in_the_announced_slots_only()
    {
        var forecast = new Forecast();
        forecast.Reset(8, 4, 2);
        forecast.Mean.Fill(1);
        forecast.Quantile(0).Fill(2);
        forecast.Quantile(1).Fill(3);
        announcements.Add(7, 10, 11, 8);

        announcements.Apply(6, forecast, 2);
        Assert.Equal([1, 1, 1, 1], forecast.Mean.ToArray());

        announcements.Apply(7, forecast, 2);
        Assert.Equal([1, 1, 8, 1], forecast.Mean.ToArray());
        Assert.Equal([2, 2, 16, 2], forecast.Quantile(0).ToArray());
        Assert.Equal([3, 3, 24, 3], forecast.Quantile(1).ToArray());
    }

    [Fact]
    public void What_is_over_is_forgotten_and_nothing_else() => Gen.Long[0, 40].Sample(now =>
    {
        var some = new Announcements();
        some.Add(null, 0, 10, 2);
        some.Add(null, 5, 20, 3);

        some.Forget(now);

        Assert.Equal(now >= 20, some.IsEmpty);
        Assert.Equal(now < 10 ? 6 : now < 20 ? 3 : 1, some.FactorAt(0, 7));
    });

    [Theory]
    [InlineData(5, 5, 2)]
    [InlineData(5, 4, 2)]
    [InlineData(5, 6, 0)]
    [InlineData(5, 6, -1)]
    [InlineData(5, 6, double.NaN)]
    [InlineData(5, 6, double.PositiveInfinity)]
    public void No_slot_and_no_factor_above_nothing_is_refused(long from, long to, double times)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => announcements.Add(null, from, to, times));
        Assert.True(announcements.IsEmpty);
    }
}
