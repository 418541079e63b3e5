using System.Runtime.CompilerServices;
using Etcdserverpb;
using Foreshard.Mapping;
using Grpc.Core;

namespace Foreshard.Etcd;

internal sealed partial class EtcdMappingStore
{
    /// <summary>How long a watch may be silent before the store is asked whether there was really nothing: streams have died without a word.</summary>
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(5);

    /// <summary>Pause before a watch that ended is begun anew.</summary>
    private static readonly TimeSpan WatchPause = TimeSpan.FromMilliseconds(100);

    private readonly Lock watchGate = new();
    private CancellationTokenSource broken = new();
    private MappingStoreException? failure;
    private Task following = Task.CompletedTask;
    private bool isFollowing;

    /// <inheritdoc/>
    public async IAsyncEnumerable<MappingUpdate> WatchAsync(long afterVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        var breaking = Follow();

        // What came before this process opened the store is in the store's log only.
        foreach (var update in await LockedAsync(deadline => EarlierAsync(afterVersion, deadline, cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            yield return update;
            afterVersion = update.Version;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, breaking, stopping.Token);
        var updates = feed.WatchAsync(afterVersion, stop.Token).GetAsyncEnumerator(stop.Token);
        await using (updates.ConfigureAwait(false))
        {
            while (await NextAsync(updates, cancellationToken).ConfigureAwait(false)) yield return updates.Current;
        }
    }

    /// <summary>The updates after a version up to now; one without a change stands for all that are no longer in the log.</summary>
    private async Task<List<MappingUpdate>> EarlierAsync(long afterVersion, Deadline deadline, CancellationToken cancellationToken)
    {
        await CatchUpAsync(deadline, cancellationToken).ConfigureAwait(false);
        if (afterVersion >= openedAt) return [];
        var changes = await table.ReadChangesAsync(afterVersion, known.Head, cancellationToken).ConfigureAwait(false);
        return changes.Count == known.Head.Version - afterVersion
            ? [.. changes.Select(change => change.Update)]
            : [new MappingUpdate(known.Head.Version, null)];
    }

    private async Task<bool> NextAsync(IAsyncEnumerator<MappingUpdate> updates, CancellationToken cancellationToken)
    {
        try
        {
            return await updates.MoveNextAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            throw new MappingStoreException(failure!.Message, inner: failure);
        }
    }

    /// <summary>Starts to follow the store's log if nobody has. The token is cancelled when the store can't be followed.</summary>
    private CancellationToken Follow()
    {
        lock (watchGate)
        {
            if (!isFollowing) following = Task.Run(FollowAsync);
            isFollowing = true;
            return broken.Token;
        }
    }

    private async Task FollowAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await StreamAsync(stopping.Token).ConfigureAwait(false);
            }
            catch (RpcException)
            {
                // The node went away. The next one is asked, and if none answers, looking at the store's version says so.
            }
            catch (OperationCanceledException)
            {
                // Disposed, or the connection gave up: then again.
            }
            catch (MappingStoreException error)
            {
                Break(error);
            }

            await Task.Delay(WatchPause, connection.Time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// One stream of etcd's. It begins with now and not with the revision reached last, which etcd may have compacted away: what was missed is
    /// read from the store's log, in which nothing is lost before <see cref="MappingFeed.Capacity"/> changes.
    /// </summary>
    private async Task StreamAsync(CancellationToken cancellationToken)
    {
        var prefix = keys.Of(EtcdKeys.Changes);
        var create = new WatchCreateRequest { Key = prefix, RangeEnd = EtcdKeys.EndOf(prefix), Filters = { WatchCreateRequest.Types.FilterType.Nodelete } };
        var (call, avoid) = await connection.WatchAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await call.RequestStream.WriteAsync(new WatchRequest { CreateRequest = create }, cancellationToken).ConfigureAwait(false);

            // Only once the node has confirmed the watch can nothing fall between it and the look that follows.
            if (!await WithinAsync(call.ResponseStream.MoveNext(cancellationToken), connection.Timeout / 2, cancellationToken).ConfigureAwait(false)) return;
            await LookAsync(cancellationToken).ConfigureAwait(false);
            for (var next = call.ResponseStream.MoveNext(cancellationToken); ; next = call.ResponseStream.MoveNext(cancellationToken))
            {
                while (!await IsSpokenAsync(next, cancellationToken).ConfigureAwait(false))
                {
                    if (await LookAsync(cancellationToken).ConfigureAwait(false)) return;
                }

                if (!await next.ConfigureAwait(false) || call.ResponseStream.Current.Canceled) return;
                await TakeAsync(call.ResponseStream.Current, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is RpcException or TimeoutException or InvalidOperationException or IOException)
        {
            avoid();
        }
        finally
        {
            call.Dispose();
        }
    }

    private async Task<bool> WithinAsync(Task<bool> answer, TimeSpan time, CancellationToken cancellationToken) =>
        await answer.WaitAsync(time, connection.Time, cancellationToken).ConfigureAwait(false);

    private async Task<bool> IsSpokenAsync(Task<bool> next, CancellationToken cancellationToken)
    {
        try
        {
            await next.WaitAsync(MaxSilence, connection.Time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Asks the store for its version, and takes over what there is. Whether there was something.</summary>
    private async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        var before = known.Head.Version;
        await LockedAsync(
            async deadline =>
            {
                await CatchUpAsync(deadline, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        return known.Head.Version > before;
    }

    /// <summary>Takes over what the stream says if it follows on what is known; otherwise the store is asked.</summary>
    private async Task TakeAsync(WatchResponse response, CancellationToken cancellationToken)
    {
        var isOdd = false;
        await LockedAsync(
            _ =>
            {
                foreach (var change in response.Events.Select(one => EtcdChange.Of(keys, one.Kv)))
                {
                    if (change.Update.Version <= known.Head.Version) continue;
                    isOdd |= change.Update.Version != known.Head.Version + 1 || change.After != known.Head.Token || doubt is not null;
                    if (!isOdd) Take(change, response.Header.Revision);
                }

                return Task.FromResult(true);
            },
            cancellationToken).ConfigureAwait(false);
        if (isOdd) await LookAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tells all watchers why nothing comes.</summary>
    private void Break(MappingStoreException error)
    {
        CancellationTokenSource source;
        lock (watchGate)
        {
            failure = error;
            (source, broken) = (broken, new CancellationTokenSource());
        }

        source.Cancel();
    }
}
