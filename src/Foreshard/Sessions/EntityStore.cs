using System.Data;
using Foreshard.Autopilot;
using Foreshard.Diagnostics;
using Foreshard.Mapping;
using Foreshard.Moving;
using Foreshard.Partitions;
using Foreshard.Profiling;
using Foreshard.Routing;
using Foreshard.Schema;

namespace Foreshard.Sessions;

/// <summary>A store of entities: begins sessions on them wherever they are, and moves them.</summary>
/// <remarks>
/// Safe for concurrent use. Opened by what an engine adds: <c>EntityStore.OpenAsync("shop.foreshard", schema)</c> with the package
/// Foreshard.Sqlite. Disposing waits for nobody: end sessions before.
/// </remarks>
public sealed partial class EntityStore : IAsyncDisposable
{
    private readonly IMappingStore mapping;
    private readonly MappingReplica replica;
    private readonly PartitionSet partitions;
    private readonly StoreOptions options;
    private readonly MovingContext moving;
    private readonly Mover mover;
    private readonly Reuniter reuniter;
    private readonly Drainer drainer;
    private readonly IAsyncDisposable? ownership;
    private readonly Member? member;
    private PilotElection? election;
    private Task caretaking = Task.CompletedTask;
    private readonly CancellationTokenSource closing = new();
    private readonly AccessRecorder? recorder;
    private readonly StoreTelemetry telemetry;
    private readonly AsyncLocal<EntitySession?> writing = new();
    private readonly SemaphoreSlim coreTurn = new(1, 1);
    private readonly SemaphoreSlim schemaTurn = new(1, 1);
    private volatile StoreLayout? layout;
    private bool isDisposed;

    /// <summary>The declaration that the tables were last found to obey: moves go by it while <see cref="Schema"/> waits for its script.</summary>
    private StoreSchema? kept;

    /// <summary>Null, or why the tables don't obey <see cref="Schema"/> yet: no session begins before its script was applied.</summary>
    private volatile IReadOnlyList<SchemaProblem>? pending;

    private EntityStore(
        StoreSchema schema,
        StoreSchema? kept,
        IMappingStore mapping,
        MappingReplica replica,
        PartitionSet partitions,
        StoreOptions options,
        bool isReadOnly,
        IAsyncDisposable? ownership,
        Member? member)
    {
        Schema = schema;
        this.kept = kept;
        IsReadOnly = isReadOnly;
        this.mapping = mapping;
        this.replica = replica;
        this.partitions = partitions;
        this.options = options;
        this.ownership = ownership;
        this.member = member;
        telemetry = StoreTelemetry.Open(options.Name ?? (options.Folder is { } path ? Path.GetFileName(path) : ""), options.LoggerFactory);
        moving = new MovingContext(mapping, partitions, () => layout, options.Moves, options.TimeProvider, options.StepReached, telemetry, member);
        mover = new Mover(moving);
        reuniter = new Reuniter(moving);
        drainer = new Drainer(moving, mover);
        Ids = member is null ? new UniqueIds(node: 0, options.TimeProvider) : new UniqueIds(member.Node, options.TimeProvider, () => member.HasNode);
        Autopilot = NewAutopilot();
        recorder = Autopilot.Recorder;
    }

    /// <summary>What the store holds.</summary>
    public StoreSchema Schema { get; private set; }

    /// <summary>Whether the store was opened beside the process that owns it.</summary>
    public bool IsReadOnly { get; }

    /// <summary>
    /// Unique, time-ordered ids for the application's rows: no two alike in the store. One process owns an embedded store, so it is node 0; each process
    /// of a fleet has a lease on a node number of its own.
    /// </summary>
    public UniqueIds Ids { get; }

    /// <summary>Version of the schema scripts applied; 0: none yet, and no sessions.</summary>
    public long SchemaVersion { get; private set; }

    /// <summary>
    /// What keeps the tables from <see cref="Schema"/> until its script is applied; empty once they obey it. No session begins before.
    /// </summary>
    public IReadOnlyList<SchemaProblem> PendingProblems => pending ?? [];

    /// <summary>How the tables were sorted; null before the first schema.</summary>
    internal StoreLayout? Layout => layout;

    /// <summary>Brings <see cref="Where(EntityKey)"/> up to what was committed, also a moment ago.</summary>
    internal async ValueTask CatchUpAsync(CancellationToken cancellationToken) =>
        await replica.AdvanceAsync(await mapping.LoadAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

    /// <summary>What its operations work with; for tests that act as another process would.</summary>
    internal MovingContext Moving => moving;

    /// <summary>Opens a store over its parts, which it then owns, and brings what a crash left to an end.</summary>
    internal static async ValueTask<EntityStore> OpenAsync(
        StoreSchema? schema,
        IMappingStore mapping,
        IPartitionEngine engine,
        StoreOptions options,
        bool isReadOnly,
        IAsyncDisposable? ownership,
        CancellationToken cancellationToken)
    {
        var problems = options.Problems().ToList();
        if (problems.Count > 0) throw new ArgumentException("The options can't be used: " + string.Join("; ", problems) + ".", nameof(options));
        var partitions = new PartitionSet(engine);
        MappingReplica? replica = null;
        Member? member = null;
        EntityStore? store = null;
        try
        {
            if (options.IsShared) member = await Member.JoinAsync(mapping, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            replica = await MappingReplica.StartAsync(
                mapping, options.TimeProvider, snapshot => FollowAsync(partitions, snapshot), cancellationToken).ConfigureAwait(false);
            var kept = await StoreSchemaRecord.ReadDeclarationAsync(mapping, cancellationToken).ConfigureAwait(false);
            store = new EntityStore(
                schema ?? kept ?? StoreSchema.None, kept, mapping, replica, partitions, options, isReadOnly, ownership, member)
            {
                IsSchemaOthers = schema is null,
            };
            await store.StartAsync(cancellationToken).ConfigureAwait(false);
            await store.StartPilotAsync(cancellationToken).ConfigureAwait(false);
            store.StartCaretaking();
            return store;
        }
        catch
        {
            store?.telemetry.Dispose();
            if (member is not null) await member.DisposeAsync().ConfigureAwait(false);
            if (replica is not null) await replica.DisposeAsync().ConfigureAwait(false);
            await partitions.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref isDisposed, true)) return;
        await closing.CancelAsync().ConfigureAwait(false);
        await caretaking.ConfigureAwait(false);
        if (election is not null) await election.DisposeAsync().ConfigureAwait(false);
        await ((IAsyncDisposable)Autopilot).DisposeAsync().ConfigureAwait(false);
        if (member is not null) await member.DisposeAsync().ConfigureAwait(false);
        await replica.DisposeAsync().ConfigureAwait(false);
        await partitions.DisposeAsync().ConfigureAwait(false);
        await mapping.DisposeAsync().ConfigureAwait(false);
        if (ownership is not null) await ownership.DisposeAsync().ConfigureAwait(false);
        telemetry.Dispose();
        moving.Split.Dispose();
        coreTurn.Dispose();
        closing.Dispose();
        schemaTurn.Dispose();
    }

    /// <summary>
    /// Begins a session on an entity, or on one group of it. Waits while the entity's unit moves and, if it writes, for the right to.
    /// </summary>
    /// <param name="entity">The entity; it need not exist yet.</param>
    /// <param name="group">The group that the session writes to; none: a session on the whole entity.</param>
    /// <param name="options">How it is to be; null: it writes.</param>
    /// <param name="cancellationToken">Gives up waiting; nothing was done then.</param>
    /// <exception cref="MoveInProgressException">The wait reached its limit.</exception>
    /// <exception cref="WriterBusyException">The wait for the right to write reached its limit.</exception>
    /// <exception cref="NestedSessionException">The same flow of control has a session open that writes.</exception>
    /// <exception cref="ArgumentException">The type is not declared, or the group is not of the kind that it declares.</exception>
    public ValueTask<EntitySession> BeginAsync(
        EntityKey entity, GroupKey group = default, SessionOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= WritingSession;
        var type = Check(entity, group, options);
        var session = Track(NewSession(entity, group, options), options);
        var snapshot = replica.Current;
        var placement = snapshot.Find(entity, out var split);
        if (hasBehind || (split is not null && group.IsNone)) return BeginSlowlyAsync(type, session, cancellationToken);
        var admission = TryAdmitAsync(placement, split, type, session, Patience(options.WaitLimit), cancellationToken);
        if (!admission.IsCompletedSuccessfully) return BeginSlowlyAsync(type, session, snapshot, admission, cancellationToken);
        var result = admission.Result;
        if (result.Session is null) return BeginSlowlyAsync(type, session, snapshot, ValueTask.FromResult(result), cancellationToken);
        session.Enter(result.Session, null);
        return ValueTask.FromResult(session);
    }

    /// <summary>Long enough for the replica to ask the store itself when its watch brought nothing; then the partition is asked again.</summary>
    private static readonly TimeSpan RefreshPatience = 2 * MappingReplica.WatchPatience;

    private static readonly SessionOptions WritingSession = new();

    private EntityLayout Check(in EntityKey entity, in GroupKey group, SessionOptions options)
    {
        if (layout is not { } current)
            throw new MoveRefusedException(MoveRefusal.NoSchema, "The store has no schema yet, so no session can begin. Apply one with ApplySchemaAsync.");
        if (pending is { } problems) throw new SchemaException(problems);
        var type = current.Of(entity.Type)
            ?? throw new ArgumentException($"The store's schema declares no entity type '{entity.Type}' with {entity.Type.KeyKind} keys.", nameof(entity));
        if (!group.IsNone && type.GroupKind != group.Kind)
        {
            throw new ArgumentException(
                type.GroupKind is { } kind
                    ? $"Groups of '{entity.Type}' are of kind {kind}, '{group}' is of kind {group.Kind}."
                    : $"'{entity.Type}' declares no group column, so it has no group '{group}'.",
                nameof(group));
        }

        if (options.WaitLimit < TimeSpan.Zero || options.WaitLimit > SessionOptions.MaxWaitLimit)
            throw new ArgumentException($"SessionOptions.WaitLimit must be 0 to {SessionOptions.MaxWaitLimit}, is {options.WaitLimit}.", nameof(options));
        var isKnown = options.Isolation
            is IsolationLevel.Unspecified or IsolationLevel.ReadCommitted or IsolationLevel.RepeatableRead or IsolationLevel.Serializable;
        if (!isKnown)
        {
            throw new ArgumentException(
                $"SessionOptions.Isolation must be ReadCommitted, RepeatableRead or Serializable, is {options.Isolation}.", nameof(options));
        }

        if (IsReadOnly && !options.ReadOnly) throw new StoreReadOnlyException();
        return type;
    }

    private EntitySession NewSession(in EntityKey entity, in GroupKey group, SessionOptions options) =>
        new(entity, group, options, this.options.Region, telemetry.Sessions, recorder, Autopilot.Time);

    /// <summary>Remembers in the caller's flow that it writes; must run before the first await, or the caller would not see it.</summary>
    private EntitySession Track(EntitySession session, SessionOptions options)
    {
        RefuseNested(session.Entity, options);
        if (!options.ReadOnly) writing.Value = session;
        return session;
    }

    /// <summary>Who writes in a session must not begin another one that writes.</summary>
    private void RefuseNested(in EntityKey entity, SessionOptions options)
    {
        if (!options.ReadOnly && writing.Value is { IsOpen: true } open) throw new NestedSessionException(open.Entity, entity);
    }

    private ValueTask<Admission> TryAdmitAsync(
        MappingSnapshot snapshot, EntityLayout type, EntitySession session, TimeSpan waitLimit, CancellationToken cancellationToken)
    {
        var placement = snapshot.Find(session.Entity, out var split);
        return TryAdmitAsync(placement, split, type, session, waitLimit, cancellationToken);
    }

    private ValueTask<Admission> TryAdmitAsync(
        Placement placement, EntityEntry? split, EntityLayout type, EntitySession session, TimeSpan waitLimit, CancellationToken cancellationToken)
    {
        if (split is not null) placement = split.ShardOf(session.Group).Placement;
        return partitions[placement.Partition].AdmitAsync(RequestFor(placement, split, type, session, waitLimit), cancellationToken);
    }

    private static AdmissionRequest RequestFor(
        Placement placement, EntityEntry? split, EntityLayout type, EntitySession session, TimeSpan waitLimit) => new()
        {
            Unit = placement,
            Entity = session.Entity,
            Layout = type,
            Scope = ScopeOf(session),
            Group = session.Group,
            Shard = split is null ? null : UnitExtents.OfShard(split, placement.Unit, withCore: false),
            Isolation = session.Options.Isolation,
            WaitLimit = waitLimit,
        };

    private static SessionScope ScopeOf(EntitySession session) =>
        session.Options.ReadOnly ? SessionScope.ReadOnly : session.Group.IsNone ? SessionScope.Whole : SessionScope.Group;

    private async ValueTask<EntitySession> BeginSlowlyAsync(EntityLayout type, EntitySession session, CancellationToken cancellationToken)
    {
        try
        {
            await SettleCoreAsync(session.Entity, cancellationToken).ConfigureAwait(false);
            var snapshot = replica.Current;
            if (IsWholeOfSplit(snapshot, session)) return await BeginWholeAsync(type, session, cancellationToken).ConfigureAwait(false);
            var admission = TryAdmitAsync(snapshot, type, session, Patience(session.Options.WaitLimit), cancellationToken);
            return await AdmitPatientlyAsync(type, session, snapshot, admission, cancellationToken).ConfigureAwait(false);
        }
        catch (ForeshardException exception) when (telemetry.SessionFailed(exception))
        {
            throw;
        }
    }

    private async ValueTask<EntitySession> BeginSlowlyAsync(
        EntityLayout type, EntitySession session, MappingSnapshot snapshot, ValueTask<Admission> first, CancellationToken cancellationToken)
    {
        try
        {
            return await AdmitPatientlyAsync(type, session, snapshot, first, cancellationToken).ConfigureAwait(false);
        }
        catch (ForeshardException exception) when (telemetry.SessionFailed(exception))
        {
            throw;
        }
    }

    /// <summary>Waits, looks again where the unit is, and tries again, until the session's limit.</summary>
    private async ValueTask<EntitySession> AdmitPatientlyAsync(
        EntityLayout type, EntitySession session, MappingSnapshot snapshot, ValueTask<Admission> first, CancellationToken cancellationToken)
    {
        var time = options.TimeProvider;
        var started = time.GetTimestamp();
        var admission = await first.ConfigureAwait(false);
        while (admission.Session is null)
        {
            var waited = time.GetElapsedTime(started);
            var left = session.Options.WaitLimit - waited;
            if (left <= TimeSpan.Zero || (admission.Refusal == RefusalKind.Frozen && member is null))
                throw new MoveInProgressException(session.Entity, waited);
            if (admission.Refusal == RefusalKind.Behind) await SettleCopiesAsync(session.Entity, left, cancellationToken).ConfigureAwait(false);
            else if (admission.Refusal == RefusalKind.Stale) snapshot = await RefreshAsync(snapshot, session, left, cancellationToken).ConfigureAwait(false);
            else await TakeOverAsync(PlaceOf(snapshot, session), admission.Refusal, waited, cancellationToken).ConfigureAwait(false);
            if (admission.Refusal != RefusalKind.Stale) snapshot = replica.Current;
            if (IsWholeOfSplit(snapshot, session)) return await BeginWholeAsync(type, session, cancellationToken).ConfigureAwait(false);
            admission = await TryAdmitAsync(snapshot, type, session, Patience(left), cancellationToken).ConfigureAwait(false);
        }

        session.Enter(admission.Session, null);
        return session;
    }

    private static Placement PlaceOf(MappingSnapshot snapshot, EntitySession session) =>
        snapshot.EntryOf(session.Entity) is { IsSplit: true } entry ? entry.ShardOf(session.Group).Placement : snapshot.Find(session.Entity);

    private static bool IsWholeOfSplit(MappingSnapshot snapshot, EntitySession session) =>
        session.Group.IsNone && snapshot.EntryOf(session.Entity) is { IsSplit: true };

    private async ValueTask<MappingSnapshot> RefreshAsync(
        MappingSnapshot seen, EntitySession session, TimeSpan limit, CancellationToken cancellationToken)
    {
        var current = replica.Current;
        if (current.Version > seen.Version) return current;
        var refused = PlaceOf(seen, session);

        // The map may be ahead of the partition, which learns of new units a moment after they are committed: so try again soon.
        using var stop = new CancellationTokenSource(limit < RefreshPatience ? limit : RefreshPatience, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, cancellationToken);
        try
        {
            return await replica.RefreshAsync(refused, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return replica.Current;
        }
    }
}
