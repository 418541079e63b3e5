using CsCheck;
using Foreshard.Forecasting;
using Foreshard.Profiling;
using Foreshard.Simulation.Replay;

namespace Foreshard.Simulation.Tests.Replay;

public sealed class TrafficReplayTests
{
    private static readonly DateTime Monday = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);
    private static readonly EntityType Customer = EntityType.Of("customer", KeyKind.Integer);
    private static readonly SlotGrid Hours = new(TimeSpan.FromHours(1));

    [Fact]
    public void Every_access_counts_in_the_slot_that_it_happened_in_as_long_as_it_is_not_too_late() =>
        Gen.Select(Gen.Int[0, 40 * 60], Gen.Int[0, 59], Gen.Int[0, 4]).Array[1, 200].Sample(drawn =>
        {
            var arrivals = drawn.OrderBy(access => access.Item1)
                .Select(access => (Minute: Math.Max(0, access.Item1 - access.Item2), Key: access.Item3)).ToList();
            var replay = new TrafficReplay(Hours, new ReplayOptions());
            var seen = new Dictionary<(long Slot, long Key), double>();
            replay.Closing += (slot, loads) =>
            {
                foreach (var (series, load) in loads) seen.Add((slot, replay.EntityOf(series).Integer), load);
            };

            foreach (var (minute, key) in arrivals) replay.Add(AccessAt(minute, key));
            replay.CloseBefore(Hours.SlotOf(Monday.AddMinutes(40 * 60)) + 2);

            var expected = arrivals.GroupBy(access => (Slot: Hours.SlotOf(Monday.AddMinutes(access.Minute)), Key: (long)access.Key))
                .ToDictionary(group => group.Key, group => (double)group.Count());
            return expected.Count == seen.Count && expected.All(cell => seen[cell.Key] == cell.Value);
        });

    [Fact]
    public void Slots_without_an_access_are_closed_too_and_in_order()
    {
        var replay = new TrafficReplay(Hours, new ReplayOptions());
        var closed = new List<long>();
        replay.Closing += (slot, _) => closed.Add(slot);

        replay.Add(AccessAt(0, 1));
        replay.Add(AccessAt(60 * 50, 1));

        Assert.Equal(Enumerable.Range(0, closed.Count).Select(i => closed[0] + i), closed);
        Assert.Equal(Hours.SlotOf(Monday.AddHours(50)) - 1, replay.Open);
    }

    [Fact]
    public void The_total_is_the_sum_of_all_entities()
    {
        var replay = new TrafficReplay(Hours, new ReplayOptions());
        for (var hour = 0; hour < 24 * 7 * 3; hour++)
        {
            for (var key = 1; key <= 3; key++)
            {
                for (var n = 0; n < key; n++) replay.Add(AccessAt(hour * 60, key));
            }
        }

        replay.CloseBefore(Hours.SlotOf(Monday.AddDays(21)));
        var total = new Forecast();
        replay.Forecaster.Predict(replay.Total, 24, total);

        Assert.All(total.Mean.ToArray(), mean => Assert.Equal(6, mean, 0.1));
        Assert.Equal(6.0 / 3600, replay.Capacity, 1e-9);
        Assert.Equal(3, replay.Profiles.Count);
    }

    [Fact]
    public void A_time_that_leaves_years_of_silence_is_an_error_that_names_it()
    {
        var replay = new TrafficReplay(Hours, new ReplayOptions());
        replay.Add(AccessAt(0, 1));

        var error = Assert.Throws<InvalidOperationException>(() => replay.CloseBefore(Hours.SlotOf(Monday.AddYears(30))));

        Assert.Contains("2026-03-0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Entities_beyond_the_budget_are_profiled_but_have_no_series()
    {
        var options = new ReplayOptions { Profiles = ProfileOptions.Default with { MaxHot = 1, MaxWarm = 1 } };
        var replay = new TrafficReplay(Hours, options);
        for (var key = 1; key <= 4; key++) replay.Add(AccessAt(0, key));
        replay.CloseBefore(Hours.SlotOf(Monday) + 1);

        Assert.Equal(2, replay.Entities.Count);
        Assert.Equal(2, replay.WithoutSeries);
        Assert.Equal(4, replay.Profiles.Count);
        Assert.Equal(SeriesTier.Hot, replay.Forecaster.TierOf(1));
        Assert.Equal(SeriesTier.Warm, replay.Forecaster.TierOf(2));
    }

    private static Access AccessAt(int minute, long key) => new()
    {
        TimeUtc = Monday.AddMinutes(minute),
        Entity = Customer.Key(key),
        Reads = 1,
        Cost = 1,
    };
}
