using System.Diagnostics;

namespace Foreshard.Sqlite;

/// <summary>Lets sessions into a unit, many at a time, unless somebody closed it to have the unit alone.</summary>
/// <remarks>
/// Safe for concurrent use. Entering and leaving an open gate is one interlocked operation each. A gate that is being closed lets
/// nobody in, so whoever closes it must give up soon if those inside don't leave.
/// </remarks>
internal sealed class UnitGate
{
    private const int Closed = 1 << 30;

    private readonly Lock sync = new();

    // Low bits: how many are inside. Closed: somebody has the unit alone or waits for those inside to leave.
    private int state;
    private TaskCompletionSource? opened;
    private TaskCompletionSource? emptied;

    public bool IsClosed => (Volatile.Read(ref state) & Closed) != 0;

    public bool TryEnter()
    {
        var seen = Volatile.Read(ref state);
        while ((seen & Closed) == 0)
        {
            var found = Interlocked.CompareExchange(ref state, seen + 1, seen);
            if (found == seen) return true;
            seen = found;
        }

        return false;
    }

    public void Leave()
    {
        if (Interlocked.Decrement(ref state) == Closed) emptied?.TrySetResult();
    }

    /// <summary>Enters as soon as the gate is open; false if it did not open in time.</summary>
    public async ValueTask<bool> EnterAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (!TryEnter())
        {
            var left = limit - time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero || !await WaitAsync(Opening(), left, time, cancellationToken).ConfigureAwait(false)) return TryEnter();
        }

        return true;
    }

    /// <summary>Closes the gate and waits until nobody is inside; false, with the gate open again, if that took too long.</summary>
    public async ValueTask<bool> CloseAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        TaskCompletionSource leaving;
        lock (sync)
        {
            if (IsClosed) return false;
            leaving = emptied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (Interlocked.Or(ref state, Closed) == 0) return true;
        }

        // Whoever left between the two lines above saw the flag or left before it was set; the count tells.
        if (Volatile.Read(ref state) == Closed) return true;
        try
        {
            if (await WaitAsync(leaving.Task, limit, time, cancellationToken).ConfigureAwait(false)) return true;
        }
        catch (OperationCanceledException)
        {
            Open();
            throw;
        }

        if (Volatile.Read(ref state) == Closed) return true;
        Open();
        return false;
    }

    /// <summary>Closes a gate that nobody knows yet.</summary>
    public void CloseNew() => state = Closed;

    public void Open()
    {
        lock (sync)
        {
            Debug.Assert(IsClosed, "Only a closed gate is opened.");
            Interlocked.And(ref state, ~Closed);
            emptied = null;
            opened?.TrySetResult();
            opened = null;
        }
    }

    private static async ValueTask<bool> WaitAsync(Task task, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await task.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private Task Opening()
    {
        lock (sync)
        {
            if (!IsClosed) return Task.CompletedTask;
            opened ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return opened.Task;
        }
    }
}
