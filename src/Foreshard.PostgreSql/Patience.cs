namespace Foreshard.PostgreSql;

/// <summary>Waits for what a server ends by itself, asking rarely enough to be no load.</summary>
internal static class Patience
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks until it is over or the time is: at once, after 2 ms, and after twice as long each time up to 50 ms.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="longest">For how long.</param>
    /// <param name="isOver">Asked once at least.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it was over in time.</returns>
    public static async ValueTask<bool> UntilAsync(
        TimeProvider time, TimeSpan longest, Func<CancellationToken, ValueTask<bool>> isOver, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            if (await isOver(cancellationToken).ConfigureAwait(false)) return true;
            if (time.GetElapsedTime(began) > longest) return false;
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
