namespace Foreshard.Etcd;

/// <summary>When an operation ends if nothing answers, by a clock that nobody sets.</summary>
internal readonly struct Deadline(TimeProvider timeProvider, TimeSpan timeout)
{
    private readonly long start = timeProvider.GetTimestamp();

    /// <summary>What is left; never negative.</summary>
    public TimeSpan Left => timeProvider.GetElapsedTime(start) is var elapsed && elapsed < timeout ? timeout - elapsed : TimeSpan.Zero;

    public bool IsOver => Left == TimeSpan.Zero;
}
