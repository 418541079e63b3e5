namespace Foreshard.Mapping;

/// <summary>Keeps a lease: takes it when it is free, renews it, and takes it again after it was lost.</summary>
/// <remarks>
/// Safe for concurrent use. While the store can't be reached, the lease is held until it ends: nobody else can have it before. Disposing
/// gives it up.
/// </remarks>
internal sealed class LeaseKeeper : IAsyncDisposable
{
    private readonly IMappingStore store;
    private readonly string name;
    private readonly string owner;
    private readonly TimeSpan duration;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task keeping;
    private volatile Lease? last;
    private TaskCompletionSource changed = NewSignal();

    private LeaseKeeper(IMappingStore store, string name, string owner, TimeSpan duration, TimeProvider time, Lease? first)
    {
        this.store = store;
        this.name = name;
        this.owner = owner;
        this.duration = duration;
        this.time = time;
        last = first;
        keeping = Task.Run(KeepAsync, CancellationToken.None);
    }

    /// <summary>Whether this process has it.</summary>
    public bool IsHeld => last is { } lease && time.GetUtcNow() < lease.ExpiresAt;

    /// <summary>Tries for it from now on.</summary>
    public static LeaseKeeper Start(IMappingStore store, string name, string owner, TimeSpan duration, TimeProvider time) =>
        new(store, name, owner, duration, time, null);

    /// <summary>Takes it now, or not at all.</summary>
    /// <returns>Null if somebody else has it.</returns>
    /// <exception cref="MappingStoreException">The store can't be reached.</exception>
    public static async ValueTask<LeaseKeeper?> TryTakeAsync(
        IMappingStore store, string name, string owner, TimeSpan duration, TimeProvider time, CancellationToken cancellationToken) =>
        await store.AcquireLeaseAsync(name, owner, duration, cancellationToken).ConfigureAwait(false) is { } lease
            ? new LeaseKeeper(store, name, owner, duration, time, lease)
            : null;

    /// <summary>Returns once this process has it, or no longer has it.</summary>
    public async Task WaitAsync(bool isHeld, CancellationToken cancellationToken)
    {
        while (IsHeld != isHeld)
        {
            // A lease also ends by itself, and nobody tells.
            var next = Volatile.Read(ref changed).Task;
            if (IsHeld == isHeld) return;
            await Task.WhenAny(next, Task.Delay(duration / 10, time, cancellationToken)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (stopping.IsCancellationRequested) return;
        await stopping.CancelAsync().ConfigureAwait(false);
        await keeping.ConfigureAwait(false);
        stopping.Dispose();
        try
        {
            if (last is { } lease && IsHeld) await store.ReleaseLeaseAsync(lease, CancellationToken.None).ConfigureAwait(false);
        }
        catch (MappingStoreException)
        {
            // Then it ends by itself.
        }

        last = null;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task KeepAsync()
    {
        if (last is not null) await PauseAsync().ConfigureAwait(false);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                last = await store.AcquireLeaseAsync(name, owner, duration, stopping.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is MappingStoreException or OperationCanceledException)
            {
                // What is held lasts as long as it was granted for.
            }

            Interlocked.Exchange(ref changed, NewSignal()).TrySetResult();
            await PauseAsync().ConfigureAwait(false);
        }
    }

    private Task PauseAsync() => Task.Delay(duration / 3, time, stopping.Token).ContinueWith(
        static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
