using Foreshard.Cli.Demo;
using Microsoft.Extensions.Time.Testing;

namespace Foreshard.Cli.Tests;

public sealed class AcceleratedClockTests
{
    private static readonly DateTime Begin = new(2014, 9, 8, 0, 0, 0, DateTimeKind.Utc);

    private readonly FakeTimeProvider real = new();

    [Fact]
    public void It_stands_still_until_it_is_started_and_then_runs_so_many_times_as_fast()
    {
        var clock = new AcceleratedClock(real, Begin, 3600);
        real.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(Begin, clock.GetUtcNow().UtcDateTime);

        clock.Start();
        var stamp = clock.GetTimestamp();
        real.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(Begin.AddHours(2), clock.GetUtcNow().UtcDateTime);
        Assert.Equal(TimeSpan.FromHours(2), clock.GetElapsedTime(stamp));
        Assert.Equal(TimeSpan.FromHours(2), clock.Elapsed);
    }

    [Fact]
    public async Task Whoever_waits_by_it_waits_that_much_shorter()
    {
        var clock = new AcceleratedClock(real, Begin, 600);
        clock.Start();
        var wait = Task.Delay(TimeSpan.FromMinutes(10), clock, TestContext.Current.CancellationToken);

        real.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(wait.IsCompleted);
        real.Advance(TimeSpan.FromMilliseconds(1));

        await wait;
        Assert.Equal(Begin.AddMinutes(10), clock.GetUtcNow().UtcDateTime);
    }

    [Fact]
    public void Timers_repeat_by_it_and_can_be_changed_and_stopped()
    {
        var clock = new AcceleratedClock(real, Begin, 60);
        var fired = 0;
        using var timer = clock.CreateTimer(_ => fired++, null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2));

        real.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, fired);
        real.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(3, fired);

        timer.Change(TimeSpan.FromMinutes(10), Timeout.InfiniteTimeSpan);
        real.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(3, fired);
        real.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(4, fired);
    }

    [Fact]
    public void A_wait_that_is_shorter_than_a_real_millisecond_is_no_endless_one()
    {
        var clock = new AcceleratedClock(real, Begin, 3600);
        var fired = 0;
        using var timer = clock.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

        real.Advance(TimeSpan.FromMilliseconds(3));

        Assert.Equal(3, fired);
    }
}
