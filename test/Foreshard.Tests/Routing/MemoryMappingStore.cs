using Foreshard.Mapping;

namespace Foreshard.Tests.Routing;

/// <summary>A mapping store in memory whose watch can be held back and whose reads can fail. Only what a replica uses.</summary>
internal sealed class MemoryMappingStore(MappingSnapshot start) : IMappingStore
{
    private readonly Lock gate = new();
    private readonly MappingFeed feed = new(start.Version);
    private MappingSnapshot current = start;

    public bool IsWatchSilent { get; set; }

    public bool IsDown { get; set; }

    public int Loads { get; private set; }

    public ValueTask<MappingSnapshot> LoadAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            Loads++;
            return IsDown ? throw new MappingStoreException("Down.") : ValueTask.FromResult(current);
        }
    }

    public IAsyncEnumerable<MappingUpdate> WatchAsync(long afterVersion, CancellationToken cancellationToken) =>
        IsDown ? throw new MappingStoreException("Down.") : feed.WatchAsync(afterVersion, cancellationToken);

    public ValueTask<CommitResult> CommitAsync(MappingChange change, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (current.Conflict(change) is { } conflict) return ValueTask.FromResult(new CommitResult(0, conflict));
            current = current.With(change, current.Version + 1);
            if (!IsWatchSilent) feed.Append(new MappingUpdate(current.Version, change));
            return ValueTask.FromResult(new CommitResult(current.Version, null));
        }
    }

    public ValueTask<long> AllocateAsync(NumberKind kind, int count, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<MappingContents> ReadContentsAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<MappingRecord>> ReadRecordsAsync(string prefix, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<Lease?> AcquireLeaseAsync(string name, string owner, TimeSpan duration, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<string?> FindLeaseOwnerAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask ReleaseLeaseAsync(Lease lease, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
