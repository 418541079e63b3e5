using Foreshard.Forecasting;

namespace Foreshard.Tests.Forecasting;

public sealed class ForecastStepsTests
{
    [Theory]
    [InlineData(SeriesTier.Hot, 5, 6, 0)]
    [InlineData(SeriesTier.Hot, 5, 24, 3)]
    [InlineData(SeriesTier.Warm, 5, 6, 2)]
    [InlineData(SeriesTier.Hot, 60, 2, 1)]
    internal void A_step_is_the_mean_of_its_slots_from_within_a_base_slot_too(SeriesTier tier, int minutes, int slotsPerStep, int lead)
    {
        var day = 24 * 60 / minutes;
        var run = ForecasterRun.Of(tier, Shapes.Noisy(Shapes.Daily(day), 0.2, 1), (21 * day) + 4, minutes);
        var slots = run.Predict(0, day);
        var steps = new Forecast();
        run.Forecaster.Predict(0, new ForecastSteps(lead, slotsPerStep, (day - lead) / slotsPerStep), steps);

        Assert.Equal((slots.FirstSlot + lead, slotsPerStep, slots.IsAbstaining), (steps.FirstSlot, steps.SlotsPerStep, steps.IsAbstaining));
        for (var i = 0; i < steps.Count; i++)
        {
            var (first, end) = (lead + (i * slotsPerStep), lead + ((i + 1) * slotsPerStep));
            Assert.Equal(1, Mean(slots.Mean[first..end]) / steps.Mean[i], 0.01);
            Assert.Equal(1, Mean(slots.Quantile(1)[first..end]) / steps.Quantile(1)[i], 0.03);
        }
    }

    [Fact]
    public void An_announcement_of_half_a_step_counts_half()
    {
        var run = ForecasterRun.Of(SeriesTier.Hot, _ => 100, 14 * 24);
        run.Forecaster.Announcements.Add(0, run.Forecaster.Open + 3, run.Forecaster.Open + 5, 3);
        var steps = new Forecast();
        run.Forecaster.Predict(0, new ForecastSteps(0, 4, 3), steps);

        Assert.Equal([150, 150, 100], steps.Mean.ToArray().Select(mean => Math.Round(mean)));
    }

    [Fact]
    public void What_is_announced_for_a_series_can_be_shared_with_its_parts()
    {
        var announcements = new Announcements();
        announcements.Add(1, 10, 20, 2);
        announcements.Add(3, 10, 20, 5);
        announcements.Share(of: 1, with: 2);

        Assert.Equal([2, 2, 1], new[] { (1, 10), (2, 19), (2, 20) }.Select(at => announcements.FactorAt(at.Item1, at.Item2)));
    }

    [Theory]
    [InlineData(-1, 1, 1)]
    [InlineData(0, 0, 1)]
    [InlineData(0, 1, 0)]
    [InlineData(1, 24, 7)]
    public void Steps_end_within_seven_days(int lead, int slotsPerStep, int count)
    {
        var run = ForecasterRun.Of(SeriesTier.Warm, _ => 1, 24);

        Assert.Throws<ArgumentOutOfRangeException>(() => run.Forecaster.Predict(0, new ForecastSteps(lead, slotsPerStep, count), new Forecast()));
    }

    private static float Mean(Span<float> values)
    {
        var sum = 0f;
        foreach (var value in values) sum += value;
        return sum / values.Length;
    }
}
