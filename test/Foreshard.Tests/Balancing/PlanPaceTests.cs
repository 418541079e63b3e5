using Foreshard.Balancing;

namespace Foreshard.Tests.Balancing;

public sealed class PlanPaceTests
{
    private static readonly DateTime Six = new(2026, 3, 2, 6, 0, 0, DateTimeKind.Utc);
    private static readonly PartitionId One = new(1);

    [Fact]
    public void Who_looks_ahead_plans_by_the_clock_and_at_once_for_a_surge()
    {
        var pace = new PlanPace(TimeSpan.FromMinutes(30), 0.85, looksAhead: true);
        Assert.True(pace.IsDue(Six, seesSurge: false, isDraining: false));
        pace.Planned(Six, isEmpty: true);

        Assert.False(pace.IsDue(Six.AddMinutes(29), seesSurge: false, isDraining: true));
        Assert.True(pace.IsDue(Six.AddMinutes(5), seesSurge: true, isDraining: false));
        Assert.True(pace.IsDue(Six.AddMinutes(30), seesSurge: false, isDraining: false));
    }

    [Fact]
    public void A_partition_has_to_be_too_high_in_two_intervals()
    {
        var pace = new PlanPace(TimeSpan.FromMinutes(30), 0.85, looksAhead: true);
        pace.Planned(Six, isEmpty: false);
        pace.EndInterval([(One, 0.9)]);
        Assert.False(pace.IsDue(Six.AddMinutes(15), seesSurge: false, isDraining: false));

        pace.EndInterval([(One, 0.9)]);
        Assert.True(pace.IsDue(Six.AddMinutes(15), seesSurge: false, isDraining: false));
        Assert.False(pace.IsDue(Six.AddMinutes(9), seesSurge: false, isDraining: false));

        pace.EndInterval([(One, 0.8)]);
        Assert.False(pace.IsDue(Six.AddMinutes(15), seesSurge: false, isDraining: false));
    }

    [Fact]
    public void Who_only_reacts_waits_for_trouble_and_does_not_ask_twice_for_nothing()
    {
        var pace = new PlanPace(TimeSpan.FromMinutes(10), 0.8, looksAhead: false);
        Assert.False(pace.IsDue(Six, seesSurge: true, isDraining: false));
        Assert.True(pace.IsDue(Six, seesSurge: false, isDraining: true));
        pace.EndInterval([(One, 0.9)]);
        pace.EndInterval([(One, 0.9)]);
        Assert.True(pace.IsDue(Six, seesSurge: false, isDraining: false));
        pace.Planned(Six, isEmpty: true);

        pace.EndInterval([(One, 0.91)]);
        Assert.False(pace.IsDue(Six.AddMinutes(5), seesSurge: false, isDraining: false));
        Assert.True(pace.IsDue(Six.AddMinutes(10), seesSurge: false, isDraining: false));
        pace.EndInterval([(One, 0.95)]);
        Assert.True(pace.IsDue(Six.AddMinutes(5), seesSurge: false, isDraining: false));
    }
}
