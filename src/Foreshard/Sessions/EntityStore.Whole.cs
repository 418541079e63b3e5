using System.Collections.Concurrent;
using System.Collections.Immutable;
using Foreshard.Mapping;
using Foreshard.Moving;
using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.Sessions;

public sealed partial class EntityStore
{
    private static readonly TimeSpan HoldPause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan HoldPauseMax = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// How long a first try to have all shards alone keeps newcomers out. Each further try is twice as long, up to the largest: on a busy
    /// machine short tries alone would never succeed, and the session would starve.
    /// </summary>
    private static readonly TimeSpan HoldAttempt = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan HoldAttemptMax = TimeSpan.FromMilliseconds(160);

    /// <summary>Split entities whose core rows are decided but not on every copy yet; no session on them begins before that is made up for.</summary>
    private readonly ConcurrentDictionary<EntityKey, bool> behind = new();

    /// <summary>Whether there may be any; read by every session, so cheaper than asking the dictionary.</summary>
    private volatile bool hasBehind;

    /// <summary>
    /// A session on the whole of a split entity: on its home, with every shard held. One that writes has them alone, and one such session
    /// runs in the process at a time, because it writes to several files and two of them could wait for each other.
    /// </summary>
    private async ValueTask<EntitySession> BeginWholeAsync(EntityLayout type, EntitySession session, CancellationToken cancellationToken)
    {
        var limit = session.Options.WaitLimit;
        var writes = !session.Options.ReadOnly;
        if (writes && !await coreTurn.WaitAsync(limit, cancellationToken).ConfigureAwait(false)) throw new MoveInProgressException(session.Entity, limit);
        var protocol = new WholeEntity(this, session.Entity, writes ? coreTurn : null);
        try
        {
            var entry = await HoldShardsAsync(session.Entity, protocol, writes, limit, cancellationToken).ConfigureAwait(false);
            if (entry is not null)
            {
                if (writes && member is not null) await SettleHeldIfBehindAsync(entry, cancellationToken).ConfigureAwait(false);
                session.Enter(await AdmitHeldAsync(type, session, entry, protocol, cancellationToken).ConfigureAwait(false), protocol);
                return session;
            }
        }
        catch
        {
            await protocol.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        // Merged meanwhile: it is an entity like any other again.
        await protocol.DisposeAsync().ConfigureAwait(false);
        var snapshot = replica.Current;
        if (IsWholeOfSplit(snapshot, session)) return await BeginWholeAsync(type, session, cancellationToken).ConfigureAwait(false); // and split again
        return await AdmitPatientlyAsync(type, session, snapshot, TryAdmitAsync(snapshot, type, session, limit, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <returns>The entry whose shards are held; null if the entity is no longer split.</returns>
    private async ValueTask<EntityEntry?> HoldShardsAsync(
        EntityKey entity, WholeEntity protocol, bool exclusive, TimeSpan limit, CancellationToken cancellationToken)
    {
        var time = options.TimeProvider;
        var started = time.GetTimestamp();
        var pause = HoldPause;
        var attempt = HoldAttempt;
        var snapshot = replica.Current;
        while (snapshot.EntryOf(entity) is { IsSplit: true } entry)
        {
            var left = limit - time.GetElapsedTime(started);
            var refusal = await protocol.HoldAsync(entry, exclusive, exclusive ? attempt : left, cancellationToken).ConfigureAwait(false);
            if (refusal == RefusalKind.None)
            {
                protocol.Entry = entry;
                return entry;
            }

            if (left <= TimeSpan.Zero) throw new MoveInProgressException(entity, limit);
            if (member is not null && refusal != RefusalKind.Stale && limit - left > TakeOverAfter)
                await TakeOverAsync(protocol.Refused, refusal, limit - left, cancellationToken).ConfigureAwait(false);
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            pause = pause < HoldPauseMax ? pause * 2 : pause;
            attempt = attempt < HoldAttemptMax ? attempt * 2 : attempt;
            snapshot = refusal == RefusalKind.Stale && replica.Current.Version == snapshot.Version
                ? await mapping.LoadAsync(cancellationToken).ConfigureAwait(false)
                : replica.Current;
        }

        return null;
    }

    private async ValueTask<IPartitionSession> AdmitHeldAsync(
        EntityLayout type, EntitySession session, EntityEntry entry, WholeEntity protocol, CancellationToken cancellationToken)
    {
        var home = entry.HomeShard.Placement;
        var admission = await partitions[home.Partition].AdmitAsync(
            new AdmissionRequest
            {
                Unit = home,
                Entity = session.Entity,
                Layout = type,
                Scope = ScopeOf(session),
                Union = ArmsOf(entry, entry.Shards),
                Hold = protocol.HoldOn(home.Partition),
                Isolation = session.Options.Isolation,
                WaitLimit = session.Options.WaitLimit,
            },
            cancellationToken).ConfigureAwait(false);
        return admission.Session ?? throw new MoveInProgressException(session.Entity, session.Options.WaitLimit);
    }

    private ImmutableArray<UnionArm> ArmsOf(EntityEntry entry, IEnumerable<Shard> shards) =>
    [
        .. shards.Select(shard => new UnionArm(
            partitions[shard.Placement.Partition], shard.Placement, UnitExtents.OfShard(entry, shard.Placement.Unit, withCore: false))),
    ];

    /// <summary>Brings core rows that were decided to the copies that miss them, before anybody reads or writes the entity again.</summary>
    private async ValueTask SettleCoreAsync(EntityKey entity, CancellationToken cancellationToken)
    {
        // Where several processes have the store, the partitions tell who is behind.
        if (member is not null || !behind.ContainsKey(entity)) return;
        await coreTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (behind.ContainsKey(entity)) await ReplayCoreAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            coreTurn.Release();
        }
    }

    /// <summary>Replays every log of core changes there is; repeating it does no harm. Nobody may be writing core rows meanwhile.</summary>
    private async ValueTask ReplayCoreAsync(CancellationToken cancellationToken)
    {
        var snapshot = await mapping.LoadAsync(cancellationToken).ConfigureAwait(false);
        foreach (var home in partitions.All)
        {
            foreach (var (entity, changes) in await home.ReadCoreLogAsync(cancellationToken).ConfigureAwait(false))
            {
                foreach (var (copy, units) in CopiesOf(snapshot.EntryOf(entity), home.Id))
                {
                    var prepared = await copy.PrepareCoreCopyAsync(entity, units, changes, cancellationToken).ConfigureAwait(false);
                    await using (prepared.ConfigureAwait(false)) await prepared.CommitAsync(cancellationToken).ConfigureAwait(false);
                }

                await home.ClearCoreLogAsync(entity, cancellationToken).ConfigureAwait(false);
                CaughtUp(entity);
            }
        }
    }

    private void FellBehind(in EntityKey entity)
    {
        if (member is not null) return;
        lock (behind)
        {
            behind[entity] = true;
            hasBehind = true;
        }
    }

    private void CaughtUp(in EntityKey entity)
    {
        behind.TryRemove(entity, out _);
        lock (behind) hasBehind = !behind.IsEmpty;
    }

    /// <summary>The partitions that hold copies of an entity's core rows, each with the entity's units there.</summary>
    private IEnumerable<(IPartition Partition, ImmutableArray<Placement> Units)> CopiesOf(EntityEntry? entry, PartitionId home) => entry is null
        ? []
        : entry.Shards.Select(shard => shard.Placement).Where(unit => unit.Partition != home).GroupBy(unit => unit.Partition)
            .OrderBy(units => units.Key).Select(units => (partitions[units.Key], units.ToImmutableArray()));

    /// <summary>What a session on the whole of a split entity holds, and how it commits core rows to home and copies alike.</summary>
    private sealed class WholeEntity(EntityStore store, EntityKey entity, SemaphoreSlim? turn) : ICommitProtocol
    {
        private readonly Dictionary<PartitionId, IUnitHold> holds = [];
        private SemaphoreSlim? turn = turn;

        public EntityEntry? Entry { get; set; }

        /// <summary>One of the units that the last try could not have.</summary>
        public Placement Refused { get; private set; }

        /// <summary>What is held on one of the partitions.</summary>
        public IUnitHold HoldOn(PartitionId partition) => holds[partition];

        /// <summary>Holds all shards or none. An exclusive try is short on every partition: sessions wait behind it.</summary>
        public async ValueTask<RefusalKind> HoldAsync(EntityEntry entry, bool exclusive, TimeSpan limit, CancellationToken cancellationToken)
        {
            foreach (var shards in entry.Shards.GroupBy(shard => shard.Placement.Partition).OrderBy(shards => shards.Key))
            {
                var (hold, refusal) = await store.partitions[shards.Key].HoldAsync(
                    [.. shards.Select(shard => shard.Placement)], exclusive, limit, cancellationToken).ConfigureAwait(false);
                if (hold is null)
                {
                    await ReleaseAsync().ConfigureAwait(false);
                    Refused = shards.First().Placement;
                    return refusal;
                }

                holds[shards.Key] = hold;
            }

            return RefusalKind.None;
        }

        public async ValueTask CommitAsync(IPartitionSession session, CancellationToken cancellationToken)
        {
            var changes = turn is null ? null : await session.ReadCoreChangesAsync(cancellationToken).ConfigureAwait(false);
            if (changes is null or { IsEmpty: true })
            {
                await session.CommitAsync(cancellationToken).ConfigureAwait(false);
                return;
            }

            var home = Entry!.HomeShard.Placement.Partition;
            var copies = new List<IPreparedWrite>();
            try
            {
                await PrepareCopiesAsync(copies, changes, home, cancellationToken).ConfigureAwait(false);
                store.options.StepReached?.Invoke(MoveStep.CoreCopiesPrepared);

                // The decision: the home's transaction holds the rows and the log of their keys.
                await session.CommitAsync(cancellationToken).ConfigureAwait(false);
                store.FellBehind(entity);

                store.options.StepReached?.Invoke(MoveStep.CoreDecided);
                await BringToCopiesAsync(copies, home).ConfigureAwait(false);
            }
            finally
            {
                foreach (var copy in copies) await copy.DisposeAsync().ConfigureAwait(false);
            }
        }

        /// <summary>The copies are marked before anything is decided: if this process ends in between, nobody reads them before they are current.</summary>
        private async ValueTask PrepareCopiesAsync(
            List<IPreparedWrite> copies, CoreChanges changes, PartitionId home, CancellationToken cancellationToken)
        {
            foreach (var (partition, units) in store.CopiesOf(Entry, home))
            {
                await partition.MarkBehindAsync(units, cancellationToken).ConfigureAwait(false);
                copies.Add(await partition.PrepareCoreCopyAsync(entity, units, changes, cancellationToken).ConfigureAwait(false));
            }
        }

        private async ValueTask BringToCopiesAsync(List<IPreparedWrite> copies, PartitionId home)
        {
            try
            {
                foreach (var copy in copies)
                {
                    await copy.CommitAsync(CancellationToken.None).ConfigureAwait(false);
                    await copy.DisposeAsync().ConfigureAwait(false);
                }

                store.options.StepReached?.Invoke(MoveStep.CoreCopied);
                await store.partitions[home].ClearCoreLogAsync(entity, CancellationToken.None).ConfigureAwait(false);
                store.CaughtUp(entity);
            }
            catch (ForeshardException)
            {
                // The transaction is committed, so it must not look as if it failed. The entity is behind: the next session on it, or the next
                // opening of the store, brings the copies up from the log, and reports what keeps it from that.
            }
        }

        public async ValueTask DisposeAsync()
        {
            await ReleaseAsync().ConfigureAwait(false);
            Interlocked.Exchange(ref turn, null)?.Release();
        }

        private async ValueTask ReleaseAsync()
        {
            foreach (var hold in holds.Values) await hold.DisposeAsync().ConfigureAwait(false);
            holds.Clear();
        }
    }
}
