using Foreshard.Simulation.Runs;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Simulation.Tests.Workloads;

public sealed class ScenarioTextTests
{
    [Fact]
    public void A_scenario_says_what_comes_and_to_whom()
    {
        var scenario = ScenarioText.Parse("""
            # a comment
            start 2026-03-02
            days 3
            partitions 4
            capacity 500
            warm-up 1d12h
            interval 1m
            bandwidth 12.5MB/s
            policies static oracle
            regions eu us
            round-trip eu us 80ms
            elastic 2 to 8 wakes in 5m

            entities user 3 rate 1..100   # three of them
              daily 50% peak 09:30 steep 4
            entity shop rate 20
              weekend 25%
              flash from 1d for 2h times 5
              group eu 60% region eu
              group us 40% peak 20:00 region us
              bytes 5GB
            """);

        Assert.Equal((4, 500.0, 12.5e6), (scenario.Options.Partitions, scenario.Options.Capacity, scenario.Options.MoveBytesPerSecond));
        Assert.Equal(TimeSpan.FromHours(36), scenario.Options.WarmUp);
        Assert.Equal([PolicyKind.Static, PolicyKind.Oracle], scenario.Options.Policies);
        Assert.Equal(80, scenario.Options.RoundTrips.Between("us", "eu"));
        Assert.Equal(new ElasticFleet(2, 8, TimeSpan.FromMinutes(5)), scenario.Options.Elastic);
        Assert.Equal(["user1", "user2", "user3", "shop"], scenario.Entities.Select(entity => entity.Entity.KeyText()));
        Assert.Equal([1, 10, 100, 20], scenario.Entities.Select(entity => Math.Round(entity.Rate, 9)));
        Assert.All(scenario.Entities.Take(3), user => Assert.Equal((0.5, 9.5, 4.0), (user.Daily, user.Peak.TotalHours, user.Steepness)));
        var shop = scenario.Entities[3];
        Assert.Equal((0.25, 5e9, 2), (shop.Weekend, shop.Bytes, shop.Groups.Count));
        Assert.Equal(new WorkloadFlash(TimeSpan.FromDays(1), TimeSpan.FromHours(2), 5), shop.Flashes.Single());
        Assert.Equal(5, scenario.Trace().Keys.Length);
    }

    [Theory]
    [InlineData("days 3\n  daily 5% peak 10:00", "line 2, 'daily 5% peak 10:00': an indented line tells more of an entity, but none came before.")]
    [InlineData("days 3\nentity a rate x", "line 2, 'entity a rate x': 'x' is no number from 0 to 1000000000000.")]
    [InlineData("days 3\nentity a rate 3 4", "line 2, 'entity a rate 3 4': '4' is too much.")]
    [InlineData("days 3\nentity a\n", "line 2, 'entity a': 'rate' is expected at its end.")]
    [InlineData("colour red", "line 1, 'colour red': 'colour' is no setting: start, days,")]
    [InlineData("entity a rate 1\n  sings loudly", "line 2, 'sings loudly': 'sings' tells nothing of an entity:")]
    [InlineData("entity a rate 1\n  daily 50 peak 10:00", "line 2, 'daily 50 peak 10:00': '50' is no share: 80%.")]
    [InlineData("entity a rate 1\n  daily 50% peak 25:00", "line 2, 'daily 50% peak 25:00': '25:00' is no time of day: 14:30.")]
    [InlineData("entity a rate 1\n  bytes many", "line 2, 'bytes many': 'many' is no size: 5GB, 50MB/s or 100B.")]
    [InlineData("warm-up soon", "line 1, 'warm-up soon': 'soon' is no time: 9d12h, 30m, 90s or 80ms.")]
    [InlineData("policies static lazy", "line 1, 'policies static lazy': 'lazy' is no policy: static, reactive, predictive, oracle.")]
    [InlineData("entity a rate 1", "no line tells the days: 'days 14'.")]
    [InlineData("days 3", "no line tells an entity: 'entity shop rate 100'.")]
    public void What_can_not_be_read_is_named_with_its_line(string text, string message)
    {
        var exception = Assert.Throws<FormatException>(() => ScenarioText.Parse(text));
        Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
    }
}
