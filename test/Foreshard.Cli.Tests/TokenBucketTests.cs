using Foreshard.Cli.Demo;
using Microsoft.Extensions.Time.Testing;

namespace Foreshard.Cli.Tests;

public sealed class TokenBucketTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public void What_was_saved_up_serves_a_crowd_without_a_wait()
    {
        var bucket = new TokenBucket(time, rate: 100, depth: 50);

        for (var i = 0; i < 5; i++)
        {
            bucket.Ask(10);
            Assert.True(bucket.EnterAsync(10, TestContext.Current.CancellationToken).AsTask().IsCompletedSuccessfully);
        }

        Assert.False(bucket.IsOverloaded);
        Assert.Equal(TimeSpan.Zero, bucket.Overloaded);
    }

    [Fact]
    public async Task Who_comes_when_more_is_owed_than_earned_waits_until_that_is_earned()
    {
        var bucket = new TokenBucket(time, rate: 100, depth: 0);
        bucket.Ask(20);
        await bucket.EnterAsync(20, TestContext.Current.CancellationToken);
        bucket.Ask(30);
        var second = bucket.EnterAsync(30, TestContext.Current.CancellationToken).AsTask();

        time.Advance(TimeSpan.FromMilliseconds(199));
        Assert.False(second.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));

        await second;
        Assert.True(bucket.IsOverloaded); // by the 30 that have begun
    }

    [Fact]
    public void It_is_overloaded_for_as_long_as_it_takes_to_earn_what_is_owed_whether_or_not_somebody_looks()
    {
        var bucket = new TokenBucket(time, rate: 100, depth: 10);
        bucket.Ask(60); // 10 were there, 50 are owed

        time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(0.5, bucket.Overloaded.TotalSeconds, 6);
        Assert.False(bucket.IsOverloaded);
    }

    [Fact]
    public void It_keeps_no_more_than_it_has_room_for()
    {
        var bucket = new TokenBucket(time, rate: 100, depth: 10);
        time.Advance(TimeSpan.FromHours(1));
        bucket.Ask(60);
        time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(0.5, bucket.Overloaded.TotalSeconds, 6);
    }

    [Fact]
    public void While_moves_take_their_share_it_earns_less()
    {
        var bucket = new TokenBucket(time, rate: 100, depth: 0);
        bucket.Ask(90);
        bucket.Take(0.1);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(1, bucket.Overloaded.TotalSeconds, 6);

        bucket.Take(0);
        bucket.Ask(100);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(2, bucket.Overloaded.TotalSeconds, 6);
    }

    [Fact]
    public void Who_goes_elsewhere_owes_nothing_and_a_correction_counts()
    {
        var bucket = new TokenBucket(time, rate: 100, depth: 0);
        bucket.Ask(100);
        bucket.Ask(50);
        bucket.Leave(50);
        bucket.Correct(20);
        time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(1.2, bucket.Overloaded.TotalSeconds, 6);
    }

    [Fact]
    public void Without_a_limit_nobody_waits()
    {
        var bucket = new TokenBucket(time, double.PositiveInfinity, depth: 0);
        bucket.Ask(1e9);

        Assert.True(bucket.EnterAsync(1e9, TestContext.Current.CancellationToken).AsTask().IsCompletedSuccessfully);
        Assert.False(bucket.IsOverloaded);
    }
}
