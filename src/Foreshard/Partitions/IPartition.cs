using System.Collections.Immutable;
using Foreshard.Schema;

namespace Foreshard.Partitions;

/// <summary>One database that holds units: all that the rest of Foreshard asks of an engine.</summary>
/// <remarks>
/// Safe for concurrent use. The guard stands here: <see cref="AdmitAsync"/> and <see cref="FreezeAsync"/> exclude each other, and
/// a session whose epoch is not the owner row's is refused. Every step that takes a <see cref="Ticket"/> may be repeated and throws
/// <see cref="SupersededException"/>, having done nothing, once a higher attempt was announced.
/// </remarks>
internal interface IPartition : IAsyncDisposable
{
    PartitionId Id { get; }

    string Name { get; }

    /// <summary>Looks whether the database can be read, with nothing that an earlier look may have kept in memory.</summary>
    /// <exception cref="ForeshardException">It can't; the message says why.</exception>
    ValueTask ProbeAsync(CancellationToken cancellationToken);

    // --- sessions ---

    /// <summary>Opens a session on a unit if the unit is here, active, at that epoch. Waits while the unit's gate is closed.</summary>
    ValueTask<Admission> AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Holds units without a transaction of the caller's own. An exclusive hold keeps newcomers out while it waits for those inside, so its
    /// caller gives it a short limit and tries again after a pause.
    /// </summary>
    ValueTask<HoldResult> HoldAsync(
        ImmutableArray<Placement> units, bool exclusive, TimeSpan waitLimit, CancellationToken cancellationToken);

    // --- schema ---

    /// <summary>The schema versions applied here, ascending.</summary>
    ValueTask<ImmutableArray<long>> ReadSchemaVersionsAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Runs a schema script and records its version, in one transaction. <paramref name="accept"/> makes the new layout of the catalogue
    /// before the commit; what it throws rolls everything back. A script that adds rows to member tables is refused.
    /// </summary>
    /// <returns>The transaction, open; without effect if the version was recorded before.</returns>
    ValueTask<IPreparedWrite> PrepareSchemaAsync(long version, string sql, Func<Catalogue, StoreLayout>? accept, CancellationToken cancellationToken);

    ValueTask<Catalogue> ReadCatalogueAsync(CancellationToken cancellationToken);

    /// <summary>The layout that sessions and moves go by from now on. Sessions already begun keep theirs.</summary>
    void UseLayout(StoreLayout layout);

    /// <summary>
    /// Copies every reference table from another partition of the same engine; for a partition that has just been added.
    /// </summary>
    ValueTask CopyReferencesAsync(IPartition source, CancellationToken cancellationToken);

    /// <summary>
    /// Runs a statement that writes reference tables and nothing else, and records its number, in one transaction. Without effect if that
    /// number was recorded before.
    /// </summary>
    /// <returns>The transaction, open.</returns>
    ValueTask<IPreparedWrite> PrepareReferenceAsync(ReferenceWrite write, CancellationToken cancellationToken);

    // --- ownership ---

    ValueTask<IReadOnlyList<OwnerRow>> ReadOwnersAsync(CancellationToken cancellationToken);

    /// <summary>Records units as active here: the first units of a store.</summary>
    ValueTask AdoptAsync(IReadOnlyList<Placement> units, CancellationToken cancellationToken);

    /// <summary>Announces that an attempt took an operation over: steps of lower attempts are refused from now on.</summary>
    ValueTask AnnounceAsync(Ticket ticket, CancellationToken cancellationToken);

    /// <summary>
    /// Makes the units free of sessions and their owner rows frozen, durably; no session is admitted until <see cref="ThawAsync"/> or
    /// <see cref="RetireAsync"/>. False, having done nothing, if sessions did not end within <paramref name="lockTimeout"/>.
    /// </summary>
    ValueTask<bool> FreezeAsync(Ticket ticket, ImmutableArray<Placement> units, TimeSpan lockTimeout, CancellationToken cancellationToken);

    /// <summary>Undoes a freeze: active again at the same epoch.</summary>
    ValueTask ThawAsync(Ticket ticket, ImmutableArray<Placement> units, CancellationToken cancellationToken);

    /// <summary>
    /// Ends the ownership of frozen units and begins that of others here, in one transaction; then lets waiting sessions go: they are
    /// refused as stale and look again.
    /// </summary>
    /// <param name="ticket">Who does it.</param>
    /// <param name="retired">Units that end here.</param>
    /// <param name="successors">Where units that still exist went or stayed; those on this partition become active.</param>
    /// <param name="shards">Which shards they are, for an engine that keeps that with the owner row; buckets are none.</param>
    /// <param name="cancellationToken">Given up before the transaction only.</param>
    ValueTask RetireAsync(
        Ticket ticket,
        ImmutableArray<Placement> retired,
        ImmutableArray<Placement> successors,
        IReadOnlyDictionary<UnitId, HeldShard> shards,
        CancellationToken cancellationToken);

    // --- split entities ---

    /// <summary>
    /// Says which entities are split with shards here: their writes are checked row by row, and their core rows' changes are logged
    /// for the copies. Durable as far as the engine needs it; called on open and on every change.
    /// </summary>
    ValueTask SetSplitEntitiesAsync(IReadOnlyCollection<EntityKey> entities, CancellationToken cancellationToken);

    /// <summary>
    /// Notes durably that core rows of an entity are about to change at its home, which this partition has copies of: from now on no session on those units
    /// is admitted here until a copy of the changes was committed. The caller has the units alone.
    /// </summary>
    ValueTask MarkBehindAsync(ImmutableArray<Placement> copies, CancellationToken cancellationToken);

    /// <summary>Applies another partition's core changes inside an open transaction, foreign keys checked.</summary>
    /// <param name="entity">Whose they are.</param>
    /// <param name="copies">The entity's units here: with the commit they are no longer behind.</param>
    /// <param name="changes">The changes; there may be none.</param>
    /// <param name="cancellationToken">Gives up; nothing is changed then.</param>
    ValueTask<IPreparedWrite> PrepareCoreCopyAsync(
        EntityKey entity, ImmutableArray<Placement> copies, CoreChanges changes, CancellationToken cancellationToken);

    /// <summary>Entities whose core changes are decided here but perhaps not on all copies, with those changes.</summary>
    ValueTask<IReadOnlyList<(EntityKey Entity, CoreChanges Changes)>> ReadCoreLogAsync(CancellationToken cancellationToken);

    ValueTask ClearCoreLogAsync(EntityKey entity, CancellationToken cancellationToken);

    // --- what is here ---

    /// <summary>How much a unit is: rows and bytes, estimated cheaply.</summary>
    ValueTask<UnitSize> EstimateAsync(UnitRows rows, CancellationToken cancellationToken);

    /// <summary>
    /// The sizes of everything here: reads every key of every member table once. What moved here and isn't cleaned up at its source is counted at both.
    /// </summary>
    ValueTask<IReadOnlyList<EntitySize>> ReadSizesAsync(CancellationToken cancellationToken);

    /// <summary>The distinct keys in a member table, with how many rows each has.</summary>
    IAsyncEnumerable<(EntityKey Entity, long Rows)> ReadKeysAsync(TableLayout table, CancellationToken cancellationToken);

    /// <summary>Rows of the entity that belong to none of these shards, or whose group is not in its canonical form.</summary>
    ValueTask<IReadOnlyList<(string Table, long Rows)>> CountStrayAsync(
        EntityKey entity, ImmutableArray<ShardRows> shards, CancellationToken cancellationToken);

    /// <summary>A digest of the entity's core rows, the same on every partition that holds equal ones.</summary>
    ValueTask<string> DigestCoreAsync(EntityKey entity, CancellationToken cancellationToken);
}

/// <summary>Writes that wait for a decision elsewhere: nobody else writes to the partition meanwhile. Disposing without a commit rolls back.</summary>
/// <remarks>Who prepares on several partitions does so in the order of their numbers, and is the only one in the process to do so.</remarks>
internal interface IPreparedWrite : IAsyncDisposable
{
    ValueTask CommitAsync(CancellationToken cancellationToken);
}

/// <summary>One statement on reference tables, to be run once on every partition.</summary>
/// <param name="Number">1 and up, in the order in which they must run.</param>
/// <param name="Sql">The statement; it must do the same everywhere.</param>
/// <param name="Arguments">Its parameters: null, <see cref="long"/>, <see cref="double"/>, <see cref="string"/> or <c>byte[]</c>.</param>
internal sealed record ReferenceWrite(long Number, string Sql, IReadOnlyDictionary<string, object?> Arguments);

/// <summary>How much a unit is.</summary>
/// <param name="Rows">Rows in all member tables.</param>
/// <param name="Bytes">Bytes of their values; indexes not counted.</param>
internal readonly record struct UnitSize(long Rows, long Bytes);

/// <summary>Another attempt took the operation over; this one has done nothing and must stop.</summary>
internal sealed class SupersededException(Ticket ticket, int current)
    : Exception($"Attempt {ticket.Attempt} of operation {ticket.Operation} was taken over by attempt {current}; it has changed nothing since.")
{
    public int Current { get; } = current;
}

/// <summary>Writes on one partition that wait for nobody.</summary>
internal static class PartitionWrites
{
    /// <summary>The same for units of which nobody needs to know which shards they are.</summary>
    public static ValueTask RetireAsync(
        this IPartition partition,
        Ticket ticket,
        ImmutableArray<Placement> retired,
        ImmutableArray<Placement> successors,
        CancellationToken cancellationToken) =>
        partition.RetireAsync(ticket, retired, successors, ImmutableDictionary<UnitId, HeldShard>.Empty, cancellationToken);

    public static async ValueTask ApplySchemaAsync(
        this IPartition partition, long version, string sql, Func<Catalogue, StoreLayout>? accept, CancellationToken cancellationToken) =>
        await CommitAsync(await partition.PrepareSchemaAsync(version, sql, accept, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

    public static async ValueTask WriteReferenceAsync(this IPartition partition, ReferenceWrite write, CancellationToken cancellationToken) =>
        await CommitAsync(await partition.PrepareReferenceAsync(write, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

    private static async ValueTask CommitAsync(IPreparedWrite write)
    {
        await using (write.ConfigureAwait(false)) await write.CommitAsync(CancellationToken.None).ConfigureAwait(false);
    }
}
