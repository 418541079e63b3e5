namespace Foreshard.Moving;

/// <summary>Slows a copy down to so many bytes a second, so that users keep what is left of disk and network. Of one move.</summary>
/// <param name="bytesPerSecond">Above 0.</param>
/// <param name="time">The clock that the seconds are of.</param>
internal sealed class MovePace(double bytesPerSecond, TimeProvider time)
{
    private readonly long started = time.GetTimestamp();

    /// <summary>Waits until so many bytes may have been copied.</summary>
    public async ValueTask KeepAsync(long bytes, CancellationToken cancellationToken)
    {
        var ahead = TimeSpan.FromSeconds(bytes / bytesPerSecond) - time.GetElapsedTime(started);
        if (ahead > TimeSpan.Zero) await Task.Delay(ahead, time, cancellationToken).ConfigureAwait(false);
    }
}
