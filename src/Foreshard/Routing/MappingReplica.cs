using Foreshard.Mapping;

namespace Foreshard.Routing;

/// <summary>A router's own copy of the mapping table, kept current by the store's watch. Reading <see cref="Current"/> costs nothing.</summary>
/// <remarks>
/// Safe for concurrent use. Its version never falls. It may lag behind the store, which harms nothing: a partition refuses a placement
/// that is no longer true. While the store can't be reached it stays as it is, and tries again.
/// </remarks>
internal sealed class MappingReplica : IAsyncDisposable
{
    /// <summary>How long a refused session waits for the watch before it asks the store: the watch takes about a millisecond in a fleet.</summary>
    public static readonly TimeSpan WatchPatience = TimeSpan.FromMilliseconds(50);

    /// <summary>Pause before the store is tried again after a failure.</summary>
    public static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);

    private readonly Lock gate = new();
    private readonly IMappingStore store;
    private readonly TimeProvider timeProvider;
    private readonly Func<MappingSnapshot, ValueTask>? prepare;
    private readonly CancellationTokenSource stopping = new();
    private TaskCompletionSource advanced = NewSignal();
    private volatile MappingSnapshot current;
    private Task watching = Task.CompletedTask;

    private MappingReplica(IMappingStore store, TimeProvider timeProvider, Func<MappingSnapshot, ValueTask>? prepare, MappingSnapshot snapshot)
    {
        this.prepare = prepare;
        this.store = store;
        this.timeProvider = timeProvider;
        current = snapshot;
    }

    /// <summary>The table as this router knows it.</summary>
    public MappingSnapshot Current => current;

    /// <summary>Why the store could not be watched or loaded the last time it was tried; null if it could.</summary>
    public MappingStoreException? Failure { get; private set; }

    /// <summary>Loads the table and watches it from there.</summary>
    /// <param name="store">The store.</param>
    /// <param name="timeProvider">Clock.</param>
    /// <param name="prepare">Called with each snapshot before it is shown, with the first one too; must not fail once it has succeeded.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MappingStoreException">The table can't be loaded.</exception>
    public static async ValueTask<MappingReplica> StartAsync(
        IMappingStore store, TimeProvider timeProvider, Func<MappingSnapshot, ValueTask>? prepare, CancellationToken cancellationToken)
    {
        var replica = new MappingReplica(store, timeProvider, prepare, await store.LoadAsync(cancellationToken).ConfigureAwait(false));
        if (prepare is not null) await prepare(replica.current).ConfigureAwait(false);
        replica.watching = replica.WatchAsync();
        return replica;
    }

    /// <summary>Takes a snapshot over if it is newer: who commits in this process need not wait for the watch.</summary>
    public async ValueTask AdvanceAsync(MappingSnapshot snapshot)
    {
        if (prepare is not null && snapshot.Version > current.Version) await prepare(snapshot).ConfigureAwait(false);
        TaskCompletionSource signal;
        lock (gate)
        {
            if (snapshot.Version <= current.Version) return;
            current = snapshot;
            (signal, advanced) = (advanced, NewSignal());
        }

        signal.SetResult();
    }

    /// <summary>Returns once the replica has that version or a later one.</summary>
    public async ValueTask<MappingSnapshot> WaitForAsync(long version, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (snapshot, next) = Look();
            if (snapshot.Version >= version) return snapshot;
            await next.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Returns once the replica shows the unit at another placement, or gone: by the watch, or by asking the store each time that the watch
    /// brought nothing for <see cref="WatchPatience"/>.
    /// </summary>
    /// <remarks>
    /// A partition may refuse a placement before its successor is committed, so this waits until there is one; the caller's token is the limit.
    /// </remarks>
    /// <param name="refused">The placement that a partition refused.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<MappingSnapshot> RefreshAsync(Placement refused, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (snapshot, next) = Look();
            if (!snapshot.TryPlacementOf(refused.Unit, out var known) || known != refused) return snapshot;
            try
            {
                await next.WaitAsync(WatchPatience, timeProvider, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                await TryLoadAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await watching.ConfigureAwait(false);
        stopping.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private (MappingSnapshot Snapshot, Task Advanced) Look()
    {
        lock (gate) return (current, advanced.Task);
    }

    private async Task WatchAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (MappingStoreException failure)
            {
                Failure = failure;
            }

            await Task.Delay(RetryPause, timeProvider, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        await foreach (var update in store.WatchAsync(current.Version, cancellationToken).ConfigureAwait(false))
        {
            Failure = null;
            var snapshot = current;
            if (update.Version <= snapshot.Version) continue;
            var isNext = update.Version == snapshot.Version + 1 && update.Change is not null;
            await AdvanceAsync(isNext ? snapshot.With(update.Change!, update.Version) : await store.LoadAsync(cancellationToken).ConfigureAwait(false))
                .ConfigureAwait(false);
        }
    }

    private async ValueTask TryLoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            await AdvanceAsync(await store.LoadAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            Failure = null;
        }
        catch (MappingStoreException failure)
        {
            Failure = failure;
        }
    }
}
