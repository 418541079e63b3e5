namespace Foreshard.CrashWorker;

/// <summary>The system's clock from now on, so many times as fast.</summary>
internal sealed class FastClock(int factor) : TimeProvider
{
    private readonly DateTimeOffset begun = System.GetUtcNow();
    private readonly long started = System.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => begun + (factor * System.GetElapsedTime(started));

    public override long GetTimestamp() => System.GetTimestamp() * factor;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Scaled(dueTime), Scaled(period));

    private TimeSpan Scaled(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / factor;
}
