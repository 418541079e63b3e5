using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Foreshard.Mapping;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

/// <summary>The mapping store of an embedded store: the file <c>mapping.db</c> in its folder. One process writes it; others may read along.</summary>
/// <remarks>
/// Safe for concurrent use. The writer answers reads from memory; a reader looks every <see cref="PollInterval"/> whether the file changed.
/// Calls block while SQLite writes (a commit waits for the disk), since its driver knows no other way.
/// </remarks>
internal sealed class SqliteMappingStore : IMappingStore
{
    public const string FileName = "mapping.db";

    /// <summary>How many numbers are set aside at once: a commit to disk for each would cost more than the numbers that a crash skips.</summary>
    private const int NumberBlock = 256;

    /// <summary>How often a reader in another process looks for changes; sessions refused before that ask at once.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private readonly string path;
    private readonly SqliteMappingStoreFile file;
    private readonly bool isReadOnly;
    private readonly TimeProvider timeProvider;
    private readonly MappingFeed feed;
    private readonly SemaphoreSlim gate = new(1);
    private readonly Dictionary<NumberKind, (long Next, long End)> numbers = [];
    private readonly CancellationTokenSource stopping = new();
    private readonly long openedAt;
    private readonly Task polling;
    private volatile MappingSnapshot current;
    private volatile bool isInDoubt;
    private long dataVersion;
    private bool isDisposed;

    private SqliteMappingStore(string path, SqliteMappingStoreFile file, MappingSnapshot snapshot, bool isReadOnly, TimeProvider timeProvider)
    {
        this.path = path;
        this.file = file;
        this.isReadOnly = isReadOnly;
        this.timeProvider = timeProvider;
        current = snapshot;
        openedAt = snapshot.Version;
        feed = new MappingFeed(snapshot.Version);
        polling = isReadOnly ? PollAsync() : Task.CompletedTask;
    }

    /// <summary>Makes a new store in the folder, which is made too if it is missing.</summary>
    /// <exception cref="ArgumentException">As <see cref="MappingSnapshot.Create"/> says.</exception>
    /// <exception cref="MappingStoreException">There is one already, or the file can't be written.</exception>
    public static ValueTask<SqliteMappingStore> CreateAsync(
        string folder, int bucketCount, ImmutableArray<PartitionInfo> partitions, TimeProvider timeProvider, CancellationToken cancellationToken) =>
        CreateAsync(folder, MappingContents.Create(bucketCount, partitions), timeProvider, cancellationToken);

    /// <summary>Makes a new store in the folder with those contents, as an import does.</summary>
    /// <exception cref="MappingStoreException">There is one already, or the file can't be written.</exception>
    public static ValueTask<SqliteMappingStore> CreateAsync(
        string folder, MappingContents contents, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var path = Path.Combine(folder, FileName);
        Directory.CreateDirectory(folder);
        return ValueTask.FromResult(OpenFile(path, SqliteOpenMode.ReadWriteCreate, file => file.InTransaction("BEGIN IMMEDIATE", () =>
        {
            if (file.Meta("format") is not null)
                throw new MappingStoreException($"'{path}' holds a mapping store already; open it, or choose another folder. Nothing was changed.");
            file.Fill(contents);
            return new SqliteMappingStore(path, file, contents.Table, isReadOnly: false, timeProvider);
        })));
    }

    /// <summary>Opens the store in the folder; read-only beside a process that writes it.</summary>
    /// <exception cref="MappingStoreException">There is none, or it can't be read.</exception>
    public static ValueTask<SqliteMappingStore> OpenAsync(
        string folder, bool isReadOnly, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new MappingStoreException($"There is no mapping store '{path}'. Check the folder, or create the store first.");
        return ValueTask.FromResult(OpenFile(
            path,
            isReadOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWrite,
            file => new SqliteMappingStore(path, file, file.Load(), isReadOnly, timeProvider)));
    }

    /// <inheritdoc/>
    public ValueTask<MappingSnapshot> LoadAsync(CancellationToken cancellationToken) => isReadOnly || isInDoubt
        ? LockedAsync(() => current, cancellationToken)
        : ValueTask.FromResult(current);

    /// <inheritdoc/>
    public ValueTask<MappingContents> ReadContentsAsync(CancellationToken cancellationToken) => LockedAsync(file.Contents, cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<MappingUpdate> WatchAsync(long afterVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // What came before this process opened the file is in the file's log only.
        foreach (var update in await LockedAsync(() => Earlier(afterVersion), cancellationToken).ConfigureAwait(false))
        {
            yield return update;
            afterVersion = update.Version;
        }

        await foreach (var update in feed.WatchAsync(afterVersion, cancellationToken).ConfigureAwait(false)) yield return update;
    }

    /// <inheritdoc/>
    public ValueTask<CommitResult> CommitAsync(MappingChange change, CancellationToken cancellationToken) => WriteAsync(
        () =>
        {
            if (current.Conflict(change) is { } conflict) return new CommitResult(0, conflict);
            var next = current.With(change, current.Version + 1);
            if (Commit(change, next.Version) is { } recordConflict) return new CommitResult(0, recordConflict);
            current = next;
            feed.Append(new MappingUpdate(next.Version, change));
            return new CommitResult(next.Version, null);
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> AllocateAsync(NumberKind kind, int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return WriteAsync(() => Allocate(kind, count), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<MappingRecord>> ReadRecordsAsync(string prefix, CancellationToken cancellationToken) =>
        LockedAsync(() => file.Records(prefix), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Lease?> AcquireLeaseAsync(string name, string owner, TimeSpan duration, CancellationToken cancellationToken) => WriteAsync(
        () => file.InTransaction("BEGIN IMMEDIATE", () =>
        {
            var now = timeProvider.GetUtcNow();
            var held = file.LeaseOf(name);
            var isOver = held is null || held.ExpiresAt <= now;
            if (!isOver && held!.Owner != owner) return null;
            var lease = new Lease(name, owner, isOver ? (held?.Fencing ?? 0) + 1 : held!.Fencing, now + duration);
            file.Put(lease);
            return lease;
        }),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<string?> FindLeaseOwnerAsync(string name, CancellationToken cancellationToken) => LockedAsync(
        () => file.LeaseOf(name) is { } held && held.ExpiresAt > timeProvider.GetUtcNow() ? held.Owner : null, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask ReleaseLeaseAsync(Lease lease, CancellationToken cancellationToken) => await WriteAsync(
        () => file.InTransaction("BEGIN IMMEDIATE", () =>
        {
            var isHeld = file.LeaseOf(lease.Name) is { } held && held.Fencing == lease.Fencing;

            // The row stays, so that the next holder's fencing number is higher.
            if (isHeld) file.Put(lease with { ExpiresAt = DateTimeOffset.MinValue });
            return isHeld;
        }),
        cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (isDisposed) return;
        await stopping.CancelAsync().ConfigureAwait(false);
        await polling.ConfigureAwait(false);
        await gate.WaitAsync().ConfigureAwait(false);
        isDisposed = true;
        file.Dispose();
        gate.Release();
        stopping.Dispose();
    }

    private static T OpenFile<T>(string path, SqliteOpenMode mode, Func<SqliteMappingStoreFile, T> use)
    {
        SqliteMappingStoreFile? file = null;
        try
        {
            file = SqliteMappingStoreFile.Open(path, mode);
            return use(file);
        }
        catch (Exception error)
        {
            file?.Dispose();
            throw error switch
            {
                SqliteException sqlite => SqliteMappingStoreErrors.Of(path, sqlite),
                FormatException format => SqliteMappingStoreErrors.Unreadable(path, format),
                _ => error,
            };
        }
    }

    private ValueTask<T> WriteAsync<T>(Func<T> body, CancellationToken cancellationToken) => isReadOnly
        ? throw new MappingStoreException($"The mapping store '{path}' was opened read-only, so nothing was changed. Write in the process that owns it.")
        : LockedAsync(body, cancellationToken);

    private async ValueTask<T> LockedAsync<T>(Func<T> body, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            if (isReadOnly || isInDoubt) CatchUp();
            return body();
        }
        catch (SqliteException error)
        {
            throw SqliteMappingStoreErrors.Of(path, error);
        }
        catch (FormatException error)
        {
            throw SqliteMappingStoreErrors.Unreadable(path, error);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Writes the change to the file; null, or the record that is not as expected: then the file is as it was.</summary>
    private string? Commit(MappingChange change, long version)
    {
        var isCommitting = false;
        try
        {
            return file.InTransaction("BEGIN IMMEDIATE", () =>
            {
                if (file.RecordConflict(change.Records) is { } conflict) return conflict;
                if (!file.Write(change, version)) throw WrittenByAnother();
                isCommitting = true;
                return null;
            });
        }
        catch (SqliteException error) when (isCommitting)
        {
            return IsWritten(version, error) ? null : throw SqliteMappingStoreErrors.Of(path, error);
        }
    }

    /// <summary>Whether a change is in the file although its commit failed.</summary>
    /// <exception cref="MappingStoreException">The file can't be asked, so that the outcome is unknown until it can.</exception>
    private bool IsWritten(long version, SqliteException commitError)
    {
        try
        {
            return file.Meta("version") == version;
        }
        catch (SqliteException)
        {
            isInDoubt = true;
            throw SqliteMappingStoreErrors.Of(path, commitError, isOutcomeUnknown: true);
        }
    }

    private MappingStoreException WrittenByAnother()
    {
        isInDoubt = true;
        return new MappingStoreException(
            $"Another process has written the mapping store '{path}'; only one may. Nothing was changed; close the other one, then try again.");
    }

    private long Allocate(NumberKind kind, int count)
    {
        var (next, end) = numbers.GetValueOrDefault(kind);
        if (end - next < count)
        {
            var reserved = count + NumberBlock;
            var start = file.Reserve(kind, reserved) - reserved;
            (next, end) = (start == end ? next : start, start + reserved);
        }

        if (kind == NumberKind.Unit && next + count > int.MaxValue)
            throw new MappingStoreException($"The mapping store '{path}' has given out all {int.MaxValue} unit ids. Copy the data into a new store.");
        numbers[kind] = (next + count, end);
        return next;
    }

    /// <summary>Takes over what was committed through another connection.</summary>
    private void CatchUp()
    {
        if (isInDoubt) file.Rollback();
        var now = file.DataVersion;
        if (now == dataVersion && !isInDoubt) return;
        var (version, updates) = file.ChangesAfter(current.Version);
        var isWithoutGap = updates.Count == version - current.Version;
        if (!isWithoutGap) updates = [new MappingUpdate(version, null)];
        foreach (var update in updates)
        {
            current = update.Change is { } change ? current.With(change, update.Version) : file.Load();
            feed.Append(update with { Version = current.Version });
        }

        dataVersion = now;
        isInDoubt = false;
    }

    /// <summary>The updates after a version up to now, from the file's log.</summary>
    private List<MappingUpdate> Earlier(long afterVersion)
    {
        if (afterVersion >= openedAt) return [];
        var updates = file.ChangesAfter(afterVersion).Updates;
        return updates.Count == current.Version - afterVersion ? updates : [new MappingUpdate(current.Version, null)];
    }

    private async Task PollAsync()
    {
        using var timer = new PeriodicTimer(PollInterval, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping.Token).ConfigureAwait(false))
            {
                try
                {
                    await LockedAsync(() => 0, stopping.Token).ConfigureAwait(false);
                }
                catch (MappingStoreException)
                {
                    // Whoever asks for something gets the error; the next tick tries again.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }
}
