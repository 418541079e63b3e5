using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Etcdserverpb;
using Foreshard.Mapping;
using Grpc.Core;

namespace Foreshard.Etcd;

/// <summary>The mapping store of a fleet: the Entity Mapping Table on an etcd cluster, written and read by any number of processes.</summary>
/// <remarks>
/// Safe for concurrent use. Each commit is one transaction that compares etcd's revision of the store's version, so it goes by exactly the
/// table that it was checked against. A call ends within <see cref="EtcdOptions.Timeout"/>, or twice that for a change whose outcome must be
/// found out; loading the whole table may take longer, as long as each page comes in that time. A token that is cancelled stops what was not
/// sent yet; a change that was sent is seen through.
/// </remarks>
internal sealed partial class EtcdMappingStore : IMappingStore
{
    /// <summary>So long ago etcd may have answered last for a change to be sent without a look.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly EtcdConnection connection;
    private readonly EtcdKeys keys;
    private readonly EtcdTable table;
    private readonly MappingFeed feed;
    private readonly long openedAt;
    private readonly SemaphoreSlim gate = new(1);
    private readonly FrozenDictionary<NumberKind, Sequence> numbers = Enum.GetValues<NumberKind>().ToFrozenDictionary(kind => kind, _ => new Sequence());
    private readonly CancellationTokenSource stopping = new();

    /// <summary>The revisions of etcd at which the last known versions were committed: what records that were written then are compared by.</summary>
    private readonly Dictionary<long, long> commits = [];
    private long answeredAt;
    private volatile Known known;
    private volatile Doubt? doubt;
    private bool isDisposed;

    private EtcdMappingStore(EtcdConnection connection, EtcdKeys keys, EtcdHead head, MappingSnapshot snapshot)
    {
        this.connection = connection;
        this.keys = keys;
        table = new EtcdTable(connection, keys);
        known = new Known(head, snapshot);
        openedAt = head.Version;
        feed = new MappingFeed(head.Version);
    }

    /// <summary>Makes a new store.</summary>
    /// <exception cref="ArgumentException">As <see cref="MappingSnapshot.Create"/> says, or the options can't be used.</exception>
    /// <exception cref="MappingStoreException">There is one of that name already, or etcd can't be written.</exception>
    public static Task<EtcdMappingStore> CreateAsync(
        EtcdOptions options, int bucketCount, ImmutableArray<PartitionInfo> partitions, TimeProvider timeProvider, CancellationToken cancellationToken) =>
        CreateAsync(options, MappingContents.Create(bucketCount, partitions), timeProvider, cancellationToken);

    /// <summary>Makes a new store with those contents, as an import does.</summary>
    /// <exception cref="ArgumentException">The options can't be used.</exception>
    /// <exception cref="MappingStoreException">There is one of that name already, or etcd can't be written.</exception>
    public static async Task<EtcdMappingStore> CreateAsync(
        EtcdOptions options, MappingContents contents, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var connection = new EtcdConnection(options, timeProvider);
        try
        {
            var keys = new EtcdKeys(options.Store);
            await new EtcdCreation(connection, keys, NewToken()).FillAsync(contents, cancellationToken).ConfigureAwait(false);
            return await OpenAsync(connection, keys, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Whether there is a store of that name.</summary>
    /// <exception cref="ArgumentException">The options can't be used.</exception>
    /// <exception cref="MappingStoreException">etcd can't be read.</exception>
    public static async Task<bool> ExistsAsync(EtcdOptions options, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var connection = new EtcdConnection(options, timeProvider);
        return await new EtcdTable(connection, new EtcdKeys(options.Store)).ExistsAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens a store.</summary>
    /// <exception cref="ArgumentException">The options can't be used.</exception>
    /// <exception cref="MappingStoreException">There is none of that name, or it can't be read.</exception>
    public static async Task<EtcdMappingStore> OpenAsync(EtcdOptions options, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var connection = new EtcdConnection(options, timeProvider);
        try
        {
            return await OpenAsync(connection, new EtcdKeys(options.Store), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private bool HasJustAnswered => connection.Time.GetElapsedTime(Volatile.Read(ref answeredAt)) < Fresh;

    /// <inheritdoc/>
    public ValueTask<MappingSnapshot> LoadAsync(CancellationToken cancellationToken) => new(LockedAsync(
        async deadline =>
        {
            await CatchUpAsync(deadline, cancellationToken).ConfigureAwait(false);
            return known.Table;
        },
        cancellationToken));

    /// <inheritdoc/>
    public ValueTask<MappingContents> ReadContentsAsync(CancellationToken cancellationToken) =>
        new(SettledAsync(() => table.LoadContentsAsync(cancellationToken), cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<MappingRecord>> ReadRecordsAsync(string prefix, CancellationToken cancellationToken) =>
        new(SettledAsync(() => table.ReadRecordsAsync(prefix, cancellationToken), cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<long> AllocateAsync(NumberKind kind, int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var (sequence, deadline) = (numbers[kind], connection.NewDeadline());
        if (!await sequence.Turn.WaitAsync(deadline.Left, cancellationToken).ConfigureAwait(false)) throw Busy();
        try
        {
            return await ReadableAsync(() => AllocateAsync(kind, sequence, count, deadline, cancellationToken)).ConfigureAwait(false);
        }
        finally
        {
            sequence.Turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (isDisposed) return;
        await stopping.CancelAsync().ConfigureAwait(false);
        await following.ConfigureAwait(false);
        await gate.WaitAsync().ConfigureAwait(false);
        isDisposed = true;
        gate.Release();
        connection.Dispose();
        stopping.Dispose();
    }

    /// <summary>Tells commits apart, also those of processes that know nothing of each other.</summary>
    private static string NewToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    private static async Task<EtcdMappingStore> OpenAsync(EtcdConnection connection, EtcdKeys keys, CancellationToken cancellationToken)
    {
        try
        {
            var (head, snapshot) = await new EtcdTable(connection, keys).LoadAsync(cancellationToken).ConfigureAwait(false);
            return new EtcdMappingStore(connection, keys, head, snapshot);
        }
        catch (FormatException error)
        {
            throw EtcdErrors.Unreadable(connection.Store, error);
        }
    }

    /// <summary>
    /// Not set aside in blocks: an epoch must be higher than all that any process got before, and a process that holds back its own would give
    /// out lower ones later.
    /// </summary>
    private async Task<long> AllocateAsync(NumberKind kind, Sequence sequence, int count, Deadline deadline, CancellationToken cancellationToken)
    {
        var key = keys.Number(kind);
        while (true)
        {
            if (sequence.Now is { } now)
            {
                if (kind == NumberKind.Unit && now.Next + count > int.MaxValue) throw NoMoreUnits();
                var take = new TxnRequest
                {
                    Compare = { EtcdValues.IsAt(key, now.ModRevision) },
                    Success = { EtcdValues.Put(key, EtcdValues.Number(now.Next + count)) },
                    Failure = { EtcdValues.Get(key) },
                };

                // Repeated after an unknown outcome it finds its own write, and the numbers of that are given to nobody.
                var answer = await table.TxnAsync(take, deadline, cancellationToken).ConfigureAwait(false);
                if (answer.Succeeded)
                {
                    sequence.Now = (now.Next + count, answer.Header.Revision);
                    return now.Next;
                }

                Learn(answer);
            }
            else
            {
                var read = new TxnRequest { Success = { EtcdValues.Get(key) } };
                Learn(await table.TxnAsync(read, deadline, cancellationToken).ConfigureAwait(false));
            }
        }

        void Learn(TxnResponse answer)
        {
            var pair = answer.Read(0) ?? throw table.Missing();
            sequence.Now = (EtcdValues.NumberOf(pair), pair.ModRevision);
        }
    }

    private MappingStoreException NoMoreUnits() =>
        new($"The mapping store {connection.Store} has given out all {int.MaxValue} unit ids. Copy the data into a new store.");

    /// <summary>Brings what is known to what etcd has now.</summary>
    private async Task CatchUpAsync(Deadline deadline, CancellationToken cancellationToken)
    {
        if (doubt is not null) await SettleAsync().ConfigureAwait(false);
        var (head, _) = await table.ReadHeadAsync([], deadline, cancellationToken).ConfigureAwait(false);
        await CatchUpAsync(head, cancellationToken).ConfigureAwait(false);
    }

    private async Task CatchUpAsync(EtcdHead head, CancellationToken cancellationToken)
    {
        if (head.Version == known.Head.Version && head.Token == known.Head.Token)
        {
            // The revision is another if somebody made sure that a change of unknown outcome is never committed.
            known = known with { Head = head };
            return;
        }

        if (head.Version <= known.Head.Version) throw OtherHistory(head);
        var changes = await table.ReadChangesAsync(known.Head.Version, head, cancellationToken).ConfigureAwait(false);
        var isWithoutGap = changes.Count == head.Version - known.Head.Version && changes[^1].Token == head.Token;
        if (isWithoutGap) changes.ForEach(change => Take(change, head.Revision));
        else await ReloadAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task ReloadAsync(CancellationToken cancellationToken)
    {
        var (head, snapshot) = await table.LoadAsync(cancellationToken).ConfigureAwait(false);
        known = new Known(head, snapshot);
        feed.Append(new MappingUpdate(head.Version, null));
    }

    private void Take(EtcdChange change, long revision)
    {
        if (change.After != known.Head.Token) throw OtherHistory(known.Head with { Version = change.Update.Version });
        var version = change.Update.Version;
        Take(new EtcdHead(version, change.Token, change.ModRevision, revision), known.Table.With(change.Update.Change!, version), change.Update);
    }

    private void Take(EtcdHead head, MappingSnapshot next, MappingUpdate update)
    {
        known = new Known(head, next);
        commits[head.Version] = head.ModRevision;
        commits.Remove(head.Version - MappingFeed.Capacity);
        feed.Append(update);
    }

    /// <summary>What this process knows was never undone by etcd itself, so somebody put an older state back, and numbers may come twice.</summary>
    private MappingStoreException OtherHistory(EtcdHead head) => new(
        $"The mapping store {connection.Store} on etcd is at version {head.Version}, and the version {known.Head.Version} that this process knows is not in "
            + "its past: etcd was restored from an older snapshot. Nothing was changed here. Stop all processes of the store and compare the table with what "
            + "the partitions own before anything moves; then start them again. docs/etcd.md says how.");

    private MappingStoreException Busy() => EtcdErrors.NoAnswer(connection.Store, connection.Timeout, ["other calls of this process are waiting"], null);

    /// <summary>Runs alone, with what is known of the table to itself.</summary>
    private async Task<T> LockedAsync<T>(Func<Deadline, Task<T>> body, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        var deadline = connection.NewDeadline();
        if (!await gate.WaitAsync(deadline.Left, cancellationToken).ConfigureAwait(false)) throw Busy();
        try
        {
            return await ReadableAsync(() => body(deadline)).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Reads once no change of this process may still arrive.</summary>
    private async Task<T> SettledAsync<T>(Func<Task<T>> read, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        if (doubt is not null)
        {
            await LockedAsync(async _ => doubt is null || await SettleAsync().ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }

        return await ReadableAsync(read).ConfigureAwait(false);
    }

    private async Task<T> ReadableAsync<T>(Func<Task<T>> body)
    {
        try
        {
            var result = await body().ConfigureAwait(false);
            Volatile.Write(ref answeredAt, connection.Time.GetTimestamp());
            return result;
        }
        catch (FormatException error)
        {
            throw EtcdErrors.Unreadable(connection.Store, error);
        }
        catch (RpcException error)
        {
            throw EtcdErrors.Refused(connection.Store, "any node", error);
        }
    }

    /// <summary>The numbers of one kind: the next that is free, as far as this process knows, and where in etcd that stands.</summary>
    private sealed class Sequence
    {
        public SemaphoreSlim Turn { get; } = new(1);

        public (long Next, long ModRevision)? Now { get; set; }
    }

    /// <summary>The table at a version, and where in etcd that version is.</summary>
    private sealed record Known(EtcdHead Head, MappingSnapshot Table);
}
