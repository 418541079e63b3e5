namespace Foreshard.Mapping;

/// <summary>What numbers are given out.</summary>
internal enum NumberKind : byte
{
    /// <summary>Unit ids, above the buckets; below 2^31.</summary>
    Unit,

    /// <summary>Epochs: one counter for the store, so that every epoch given out later is higher.</summary>
    Epoch,

    /// <summary>Numbers of operations (moves, splits and so on).</summary>
    Operation,

    /// <summary>Numbers of partitions.</summary>
    Partition,
}

/// <summary>What became of the map since the last update; applied to a router's replica in order.</summary>
/// <param name="Version">The store's version after it.</param>
/// <param name="Change">What changed (the expectations and records mean nothing here); null: too much, load a snapshot again.</param>
internal readonly record struct MappingUpdate(long Version, MappingChange? Change);

/// <summary>The right to do something alone for a while.</summary>
/// <param name="Name">What for: <c>autopilot</c>.</param>
/// <param name="Owner">Who, in words for people: host and pid.</param>
/// <param name="Fencing">Higher than that of every earlier holder of the name.</param>
/// <param name="ExpiresAt">When it ends unless renewed.</param>
internal sealed record Lease(string Name, string Owner, long Fencing, DateTimeOffset ExpiresAt);

/// <summary>Where the Entity Mapping Table lives. Linearizable: what <see cref="CommitAsync"/> did, every later read sees.</summary>
/// <remarks>Safe for concurrent use. Throws <see cref="MappingStoreException"/> when the store can't be reached or read.</remarks>
internal interface IMappingStore : IAsyncDisposable
{
    /// <summary>The whole table at one version.</summary>
    ValueTask<MappingSnapshot> LoadAsync(CancellationToken cancellationToken);

    /// <summary>Everything at one version, for an export. Reads the whole store: not for decisions, and not often.</summary>
    ValueTask<MappingContents> ReadContentsAsync(CancellationToken cancellationToken);

    /// <summary>Changes after a version, in order, without gaps; ends when cancelled. A hint: decisions go by <see cref="CommitAsync"/>.</summary>
    IAsyncEnumerable<MappingUpdate> WatchAsync(long afterVersion, CancellationToken cancellationToken);

    /// <summary>All or nothing. Raises the version by one, also if only records change.</summary>
    /// <exception cref="MappingStoreException">
    /// With <see cref="MappingStoreException.IsOutcomeUnknown"/> when the change may or may not have been committed.
    /// </exception>
    ValueTask<CommitResult> CommitAsync(MappingChange change, CancellationToken cancellationToken);

    /// <summary>The first of <paramref name="count"/> consecutive numbers that nobody else gets or got.</summary>
    ValueTask<long> AllocateAsync(NumberKind kind, int count, CancellationToken cancellationToken);

    /// <summary>The records whose keys start so, in order of their keys.</summary>
    ValueTask<IReadOnlyList<MappingRecord>> ReadRecordsAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>The lease, if nobody else holds it; also renews one's own (same owner: same fencing number).</summary>
    ValueTask<Lease?> AcquireLeaseAsync(string name, string owner, TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>Who holds a lease; null: nobody.</summary>
    ValueTask<string?> FindLeaseOwnerAsync(string name, CancellationToken cancellationToken);

    /// <summary>Gives the lease up, if it is still held with that fencing number.</summary>
    ValueTask ReleaseLeaseAsync(Lease lease, CancellationToken cancellationToken);
}

/// <summary>The mapping store can't be reached, read or written.</summary>
/// <remarks>Sessions go on with what their router knows; moves wait.</remarks>
public sealed class MappingStoreException : ForeshardException
{
    internal MappingStoreException(string message, bool isOutcomeUnknown = false, Exception? inner = null)
        : base(message, inner) => IsOutcomeUnknown = isOutcomeUnknown;

    /// <summary>Whether a change was sent whose outcome is not known; it must be read before anything is decided.</summary>
    public bool IsOutcomeUnknown { get; }
}
