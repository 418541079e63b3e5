using System.Runtime.CompilerServices;

namespace Foreshard.Mapping;

/// <summary>The latest updates of a store, for watchers in this process. Bounded: who lags behind further is told to load again.</summary>
/// <remarks>Safe for concurrent use; one appends, any number watch. Watchers keep their own place, so a slow one costs nothing.</remarks>
/// <param name="version">The store's version at the start.</param>
internal sealed class MappingFeed(long version)
{
    /// <summary>How many updates are kept: minutes of a busy balancer, and few enough to keep and to load at once.</summary>
    public const int Capacity = 1000;

    private readonly Lock gate = new();
    private readonly Queue<MappingUpdate> updates = new();
    private TaskCompletionSource appended = NewSignal();
    private long latest = version;

    /// <summary>The version of the last update, or the one at the start.</summary>
    public long Latest
    {
        get
        {
            lock (gate) return latest;
        }
    }

    /// <summary>Adds an update and wakes the watchers; one that is not newer than the latest is dropped.</summary>
    public void Append(MappingUpdate update)
    {
        TaskCompletionSource signal;
        lock (gate)
        {
            if (update.Version <= latest) return;

            // After a gap, what is kept no longer leads up to the latest.
            if (update.Version != latest + 1 || update.Change is null) updates.Clear();
            if (update.Change is not null && update.Version == latest + 1) updates.Enqueue(update);
            if (updates.Count > Capacity) updates.Dequeue();
            latest = update.Version;
            (signal, appended) = (appended, NewSignal());
        }

        signal.SetResult();
    }

    /// <summary>The updates after a version, in order, without gaps; one without a change stands for all that are no longer kept.</summary>
    public async IAsyncEnumerable<MappingUpdate> WatchAsync(long afterVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var last = afterVersion;
        while (true)
        {
            var (next, signal) = After(last);
            foreach (var update in next)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return update;
                last = update.Version;
            }

            await signal.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private (MappingUpdate[] Updates, Task Appended) After(long version)
    {
        lock (gate)
        {
            if (latest <= version) return ([], appended.Task);
            var kept = latest - version <= updates.Count;
            return (kept ? [.. updates.Skip(updates.Count - (int)(latest - version))] : [new MappingUpdate(latest, null)], appended.Task);
        }
    }
}
