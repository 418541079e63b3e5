namespace Foreshard.Cli.Demo;

/// <summary>A clock on which time passes faster, from a moment on; timers go by it, too.</summary>
/// <remarks>It stands still until it is started. Timers are to the real millisecond, and never early.</remarks>
internal sealed class AcceleratedClock : TimeProvider
{
    private readonly TimeProvider real;
    private readonly DateTimeOffset begin;
    private readonly double factor;
    private long started;

    /// <param name="real">The clock that it goes by.</param>
    /// <param name="beginUtc">What it shows at its start.</param>
    /// <param name="factor">Its seconds in a second of the real clock; above 0.</param>
    public AcceleratedClock(TimeProvider real, DateTime beginUtc, double factor)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(factor);
        this.real = real;
        begin = new DateTimeOffset(beginUtc, TimeSpan.Zero);
        this.factor = factor;
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Time that has passed on it since its start.</summary>
    public TimeSpan Elapsed => Volatile.Read(ref started) is not 0 and var since ? real.GetElapsedTime(since) * factor : TimeSpan.Zero;

    /// <summary>Sets it going.</summary>
    public void Start() => Volatile.Write(ref started, Math.Max(1, real.GetTimestamp()));

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => begin + Elapsed;

    /// <inheritdoc/>
    public override long GetTimestamp() => Elapsed.Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(real.CreateTimer(callback, state, Real(dueTime), Real(period)), this);

    /// <summary>Real time of a span on this clock, in whole milliseconds as timers have it.</summary>
    private TimeSpan Real(TimeSpan span) => span <= TimeSpan.Zero ? span : TimeSpan.FromMilliseconds(Math.Ceiling((span / factor).TotalMilliseconds));

    private sealed class Timer(ITimer inner, AcceleratedClock clock) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(clock.Real(dueTime), clock.Real(period));

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
