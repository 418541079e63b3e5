using Foreshard.Forecasting;

namespace Foreshard.Tests.Forecasting;

public sealed class TierTests(ITestOutputHelper output)
{
    private static readonly Func<int, float> Load = Shapes.Noisy(Shapes.Weekly(24), 0.2, 5);

    [Fact]
    public void A_series_keeps_its_past_from_tier_to_tier()
    {
        var run = ForecasterRun.Of(SeriesTier.Warm, Load, 30 * 24);
        var warm = run.Predict(slots: 168);

        run.Forecaster.SetTier(0, SeriesTier.Hot);
        var hot = run.Predict(slots: 168);
        run.Forecaster.SetTier(0, SeriesTier.Warm);
        var again = run.Predict(slots: 168);

        output.WriteLine($"to hot {Distance(warm, hot)}, and back {Distance(warm, again)}");
        Assert.InRange(Distance(warm, hot), 0, 0.08);
        Assert.InRange(Distance(warm, again), 0, 0.08);
        Assert.Equal((warm.Skill, warm.ScoredDays), (hot.Skill, hot.ScoredDays));
        Assert.Equal(SeriesTier.Warm, run.Forecaster.TierOf(0));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_a_change_of_tier_a_series_goes_on_as_if_it_had_always_been_there(bool toHot)
    {
        var (from, to) = toHot ? (SeriesTier.Warm, SeriesTier.Hot) : (SeriesTier.Hot, SeriesTier.Warm);
        var always = ForecasterRun.Of(to, Load, 40 * 24);
        var run = ForecasterRun.Of(from, Load, 31 * 24);
        run.Forecaster.SetTier(0, to);
        run.RunDays(40);

        output.WriteLine($"{Distance(always.Predict(), run.Predict())}");
        Assert.InRange(Distance(always.Predict(), run.Predict()), 0, 0.05);
        for (var level = 0; level < 3; level++)
            Assert.Equal(always.Predict().Quantile(level).ToArray().Sum(), run.Predict().Quantile(level).ToArray().Sum(), 150f);
    }

    [Fact]
    public void Counts_and_gaps_move_up_exactly_and_move_down_in_eight_bits()
    {
        float Gappy(int slot) => slot % 10 == 7 ? float.NaN : slot % 5;
        var run = ForecasterRun.Of(SeriesTier.Hot, Gappy, 27 * 24);
        var open = run.Grid.BaseOf(run.Forecaster.Open);
        var before = Enumerable.Range(1, 27 * 24 - 1).Select(back => run.Forecaster.At(0).LoadAt(open - back)).ToArray();

        run.Forecaster.SetTier(0, SeriesTier.Warm);
        run.Forecaster.SetTier(0, SeriesTier.Hot);

        Assert.Equal(before, Enumerable.Range(1, 27 * 24 - 1).Select(back => run.Forecaster.At(0).LoadAt(open - back)).ToArray());
    }

    [Fact]
    public void A_removed_series_leaves_the_others_alone_and_its_place_to_one_that_knows_nothing()
    {
        var (run, alone) = (new ForecasterRun(), new ForecasterRun());
        for (var i = 0; i < 3; i++) run.Add(SeriesTier.Hot, Load);
        for (var i = 0; i < 3; i++) alone.Add(SeriesTier.Hot, Load);
        run.RunDays(20);
        alone.RunDays(20);
        var before = run.Predict(2).Mean.ToArray();

        run.Remove(1);

        Assert.Equal(before, run.Predict(2).Mean.ToArray());
        Assert.ThrowsAny<ArgumentException>(() => run.Predict(1));
        Assert.ThrowsAny<ArgumentException>(() => run.Forecaster.Observe(1, 1));
        Assert.ThrowsAny<ArgumentException>(() => run.Forecaster.Remove(1));
        var added = run.Add(SeriesTier.Hot, _ => 0);
        Assert.Equal((3, 4), (added, run.Forecaster.Count));
        Assert.All(run.Predict(added).Mean.ToArray(), mean => Assert.Equal(0, mean));

        run.RunDays(22);
        alone.RunDays(22);
        Assert.InRange(Distance(alone.Predict(2), run.Predict(2)), 0, 0.02);
    }

    [Fact]
    public void A_thousand_series_are_told_apart()
    {
        var run = new ForecasterRun();
        for (var i = 0; i < 1000; i++)
        {
            var level = 1 + i;
            run.Add((SeriesTier)(i % 2), slot => level * (slot % 24 < 12 ? 1.5f : 0.5f));
        }

        run.RunDays(10);

        for (var i = 0; i < 1000; i++) Assert.Equal(12f * (1 + i), run.Predict(i, 12).Mean.ToArray().Sum() * 2 / 3, 0.03f * 12 * (1 + i));
    }

    [Fact]
    public void A_forecaster_with_series_does_not_begin_anew()
    {
        var run = ForecasterRun.Of(SeriesTier.Hot, Load, 1);

        Assert.Throws<InvalidOperationException>(() => run.Forecaster.StartAt(5));
    }

    private static double Distance(Forecast one, Forecast other) =>
        one.Mean.ToArray().Zip(other.Mean.ToArray(), (a, b) => Math.Abs(a - b)).Sum() / one.Mean.ToArray().Sum();
}
