using Foreshard.Simulation.Workloads;

namespace Foreshard.Simulation.Tests.Workloads;

public sealed class WorkloadGeneratorTests
{
    private static readonly DateTime Monday = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);
    private static readonly EntityType Shop = EntityType.Of("shop", KeyKind.Text);
    private static readonly WorkloadEntity Plain = new() { Entity = Shop.Key("a"), Rate = 10 };

    [Fact]
    public void A_day_keeps_its_mean_and_has_its_peak_when_it_should()
    {
        var day = Hours(Plain with { Daily = 0.8, Peak = TimeSpan.FromHours(18), Steepness = 6 }, 1);
        Assert.Equal(10, day.Average(), 0.02);
        Assert.InRange(Array.IndexOf(day, day.Max()), 17, 18);
        Assert.Equal(2, day.Min(), 0.1);
    }

    [Fact]
    public void Weekends_growth_and_lives_do_what_they_say()
    {
        var week = Days(Plain with { Weekend = 0.3 }, 7);
        Assert.Equal([10, 10, 10, 10, 10, 3, 3], week.Select(day => Math.Round(day)));
        var grown = Days(Plain with { GrowthPerDay = 2, GrowsFrom = TimeSpan.FromDays(1), GrowsTo = TimeSpan.FromDays(3) }, 5);
        Assert.Equal([10, 40], new[] { grown[0], grown[4] }.Select(day => Math.Round(day)));
        Assert.InRange(grown[2] / grown[1], 1.9, 2.1);
        var lived = Days(Plain with { LivesFrom = TimeSpan.FromDays(1), LivesTo = TimeSpan.FromDays(2) }, 3);
        Assert.Equal([0, 10, 0], lived.Select(day => Math.Round(day)));
    }

    [Fact]
    public void A_crowd_comes_when_it_should_and_leaves()
    {
        var hours = Hours(Plain with { Flashes = [new WorkloadFlash(TimeSpan.FromHours(30), TimeSpan.FromHours(3), 8)] }, 2);
        Assert.Equal(80, hours[31], 1.0);
        Assert.InRange(hours[26], 9, 11);
        Assert.InRange(hours[36], 9, 11);
    }

    [Fact]
    public void Peaks_that_drift_come_later_each_day()
    {
        var hours = Hours(Plain with { Daily = 1, Peak = TimeSpan.FromHours(6), Steepness = 10, DriftPerDay = TimeSpan.FromHours(1) }, 6);
        var peaks = hours.Chunk(24).Select(day => Array.IndexOf(day, day.Max())).ToArray();
        Assert.InRange(peaks[5] - peaks[0], 4, 6);
    }

    [Fact]
    public void Groups_share_the_load_and_follow_the_sun()
    {
        var entity = Plain with
        {
            Daily = 1,
            Steepness = 8,
            Groups =
            [
                new WorkloadGroup("eu", 0.75, TimeSpan.FromHours(10), "eu"),
                new WorkloadGroup("us", 0.25, TimeSpan.FromHours(20), "us"),
            ],
        };
        var trace = WorkloadGenerator.Generate(Monday, 1, [entity], seed: null);
        Assert.Equal(["eu", "us"], trace.Keys.Select(key => key.Region));
        var (eu, us) = (new double[24], new double[24]);
        var rates = new double[2];
        for (var slot = 0; slot < trace.SlotCount; slot++)
        {
            Array.Clear(rates);
            trace.AddRates(slot, 1, rates);
            eu[slot / 12] += rates[0] / 12;
            us[slot / 12] += rates[1] / 12;
        }

        Assert.Equal((7.5, 2.5), (Math.Round(eu.Average(), 1), Math.Round(us.Average(), 1)));
        Assert.InRange(Array.IndexOf(eu, eu.Max()), 9, 10);
        Assert.InRange(Array.IndexOf(us, us.Max()), 19, 20);
    }

    [Fact]
    public void What_makes_no_trace_is_refused()
    {
        Assert.Throws<ArgumentException>(() => WorkloadGenerator.Generate(Monday.AddHours(1), 1, [Plain], null));
        Assert.Throws<ArgumentException>(() => WorkloadGenerator.Generate(Monday, 1, [], null));
        Assert.Throws<ArgumentException>(() => WorkloadGenerator.Generate(Monday, 1, [Plain, Plain], null));
        Assert.Throws<ArgumentOutOfRangeException>(() => WorkloadGenerator.Generate(Monday, 0, [Plain], null));
    }

    private static double[] Hours(WorkloadEntity entity, int days)
    {
        var trace = WorkloadGenerator.Generate(Monday, days, [entity], seed: null);
        var hours = new double[days * 24];
        var rates = new double[1];
        for (var slot = 0; slot < trace.SlotCount; slot++)
        {
            rates[0] = 0;
            trace.AddRates(slot, 1.0 / 12, rates);
            hours[slot / 12] += rates[0];
        }

        return hours;
    }

    private static double[] Days(WorkloadEntity entity, int days) => [.. Hours(entity, days).Chunk(24).Select(day => day.Average())];
}
