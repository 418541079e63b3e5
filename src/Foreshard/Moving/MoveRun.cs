using Foreshard.Mapping;
using Foreshard.Partitions;

namespace Foreshard.Moving;

/// <summary>One attempt at one move: its record, its ends, and the steps that both a first run and a recovery take.</summary>
internal sealed class MoveRun : IAsyncDisposable
{
    /// <summary>How often a running copy is written to its record, for those who look from another process.</summary>
    private static readonly TimeSpan RecordInterval = TimeSpan.FromSeconds(1);

    private readonly MovingContext context;
    private readonly OperationLog log;
    private readonly Action<MoveProgress>? progress;
    private readonly MovePace? pace;
    private LoggedOperation operation;
    private long recorded;

    public MoveRun(
        MovingContext context,
        OperationLog log,
        MappingSnapshot snapshot,
        LoggedOperation operation,
        Action<MoveProgress>? progress,
        MovePace? pace = null)
    {
        this.context = context;
        this.log = log;
        this.operation = operation;
        this.progress = progress;
        this.pace = pace;
        var record = operation.Record;
        Source = context.Partitions[record.From[0].Partition];
        Target = context.Partitions[record.To[0].Partition];
        var unit = record.From[0].Unit;
        Entry = snapshot.EntryOf(unit);
        UnitRows copied = Entry is null ? UnitExtents.OfBucket(snapshot, unit) : UnitExtents.OfShard(Entry, unit, record.CopiesCore);
        UnitRows cleaned = copied is ShardRows shard ? shard with { WithCore = record.CleansCore } : copied;
        Transfer = context.Partitions.Engine.Transfer(
            Source, Target, new TransferOrder(Ticket, record.From[0], record.To[0], copied, cleaned, record.Live, Entry?.Describe(unit)));
    }

    public OperationRecord Record => operation.Record;

    public Ticket Ticket => new(Record.Id, Record.Attempt);

    public IPartition Source { get; }

    public IPartition Target { get; }

    public IUnitTransfer Transfer { get; }

    public EntityEntry? Entry { get; }

    public bool IsCommitted => Record.IsDecided;

    public bool IsOver { get; private set; }

    public TimeSpan Stall { get; set; }

    public async ValueTask ReportAsync(CopyProgress copied, TimeSpan elapsed, CancellationToken cancellationToken = default)
    {
        operation = operation with { Record = Record with { Rows = copied.Rows, TotalRows = copied.TotalRows, Bytes = copied.Bytes } };
        context.Reached(MoveStep.Copying);
        TimeSpan? remaining = copied.Rows == 0 ? null : elapsed * ((double)Math.Max(0, copied.TotalRows - copied.Rows) / copied.Rows);
        progress?.Invoke(new MoveProgress(Record.Id, Record.State, copied.Rows, copied.TotalRows, copied.Bytes, remaining));
        if (pace is not null) await pace.KeepAsync(copied.Bytes, cancellationToken).ConfigureAwait(false);
        if (recorded != 0 && context.Time.GetElapsedTime(recorded) < RecordInterval) return;
        recorded = context.Time.GetTimestamp();
        operation = await log.AdvanceAsync(operation, Record, null, CancellationToken.None).ConfigureAwait(false)
            ?? throw new SupersededException(Ticket, Ticket.Attempt + 1);
    }

    public async ValueTask AdvanceAsync(OperationState state, CancellationToken cancellationToken)
    {
        operation = await log.AdvanceAsync(operation, Record with { State = state }, null, cancellationToken).ConfigureAwait(false)
            ?? throw new SupersededException(Ticket, Ticket.Attempt + 1);
        progress?.Invoke(new MoveProgress(Record.Id, state, Record.Rows, Record.TotalRows, Record.Bytes, null));
    }

    /// <summary>
    /// Before a shard of a split entity moves: the target checks rows and logs core changes as every partition of the entity does, and
    /// the source has no rows that belong to no shard.
    /// </summary>
    public async ValueTask CheckCopiesOfSplitAsync(CancellationToken cancellationToken)
    {
        if (Entry is not { IsSplit: true }) return;
        await context.Split.ExpectAsync(Target, Entry.Entity, cancellationToken).ConfigureAwait(false);
        var stray = await Source.CountStrayAsync(Entry.Entity, UnitExtents.OnPartition(Entry, Source.Id), cancellationToken).ConfigureAwait(false);
        if (stray.Count > 0)
            throw new StrayRowsException(Source.Name, stray[0].Table, $"{stray[0].Rows} rows of {Entry.Entity} that are in none of its shards there");
    }

    /// <summary>The commit point: the map names the target, if nobody changed the unit or took the operation over.</summary>
    public async ValueTask CommitAsync()
    {
        var from = Record.From[0];
        var to = Record.To[0];
        var change = new MappingChange
        {
            Expected = [from],
            Buckets = Entry is null ? [to] : [],
            Entries = Entry is null
                ? []
                : [new EntityEntry(
                    Entry.Entity,
                    [.. Entry.Shards.Select(shard => shard.Placement.Unit == to.Unit ? shard with { Placement = to } : shard)],
                    Entry.Home)],
        };
        operation = await log.AdvanceAsync(operation, Record with { State = OperationState.Committed }, change, CancellationToken.None).ConfigureAwait(false)
            ?? throw new SupersededException(Ticket, Ticket.Attempt + 1);
    }

    /// <summary>
    /// Before the source's rows are deleted by who takes the move up: the target may be a standby that was promoted without what the mover had written.
    /// </summary>
    /// <exception cref="OwnershipException">The target does not have the unit. The source keeps its rows.</exception>
    public async ValueTask CheckArrivedAsync()
    {
        var to = Record.To[0];
        var row = await OwnerAsync(Target, to.Unit).ConfigureAwait(false);
        if (row is null || row.Epoch < to.Epoch || (row.Epoch == to.Epoch && row.State == OwnerState.Incoming))
            throw new OwnershipException(Target.Name, to, OwnerState.Active, row);

        // The mapping table may be one that was restored: the unit came back since, and its rows with it.
        var from = Record.From[0];
        row = await OwnerAsync(Source, from.Unit).ConfigureAwait(false);
        if (row is not null && row.Epoch > from.Epoch) throw TableIsOlder(new OwnershipException(Source.Name, from, OwnerState.Moved, row));
    }

    /// <summary>Everything after the commit.</summary>
    /// <param name="released">Called when sessions may go on.</param>
    public async ValueTask FinishAsync(Action? released)
    {
        await Transfer.RetireAsync(CancellationToken.None).ConfigureAwait(false);
        released?.Invoke();
        context.Reached(MoveStep.Retired);
        if (Record.Live)
        {
            await AdvanceAsync(OperationState.Cleaning, CancellationToken.None).ConfigureAwait(false);
            await Transfer.CleanAsync(CancellationToken.None).ConfigureAwait(false);
        }

        context.Reached(MoveStep.Cleaned);
        await SyncSplitAsync().ConfigureAwait(false);
        await EndAsync(OperationState.Done, null).ConfigureAwait(false);
        context.Reached(MoveStep.Done);
    }

    /// <summary>Undoes everything before the commit; if the commit turns out to have happened, finishes instead.</summary>
    public async ValueTask AbortAsync(Exception? cause)
    {
        var aborting = await log.AdvanceAsync(
            operation, Record with { State = OperationState.Aborting, Error = Reason(cause) }, null, CancellationToken.None).ConfigureAwait(false)
            ?? throw new SupersededException(Ticket, Ticket.Attempt + 1);
        operation = aborting;
        context.Reached(MoveStep.Aborting);
        await Source.ThawAsync(Ticket, Record.From, CancellationToken.None).ConfigureAwait(false);
        context.Reached(MoveStep.Thawed);
        await CheckHeldAsync().ConfigureAwait(false);
        await Transfer.DiscardAsync(CancellationToken.None).ConfigureAwait(false);
        context.Reached(MoveStep.Discarded);
        await SyncSplitAsync().ConfigureAwait(false);
        await EndAsync(OperationState.Aborted, Reason(cause)).ConfigureAwait(false);
    }

    /// <summary>
    /// Before rows at a target that took the unit for its own are deleted: the mapping table may be one that was restored, from before the move was decided.
    /// </summary>
    /// <exception cref="MappingStoreException">The source no longer has the unit. The target keeps its rows.</exception>
    private async ValueTask CheckHeldAsync()
    {
        var to = Record.To[0];
        var there = await OwnerAsync(Target, to.Unit).ConfigureAwait(false);
        if (there is null or { State: OwnerState.Moved or OwnerState.Incoming }) return;
        var from = Record.From[0];
        var here = await OwnerAsync(Source, from.Unit).ConfigureAwait(false);
        if (here is not { State: OwnerState.Active or OwnerState.Frozen } || here.Epoch < from.Epoch)
            throw TableIsOlder(new OwnershipException(Source.Name, from, OwnerState.Active, here));
    }

    private MappingStoreException TableIsOlder(OwnershipException cause) => new(
        $"The mapping table has {Record.Subject} in a move from partition '{Source.Name}' to '{Target.Name}' that the partitions know to be over: "
            + $"{cause.Message} The table is older than they are, as after it was restored from a backup. No rows were deleted; what changed its place "
            + "since serves nobody until the table is made anew of what the partitions hold. docs/fleet.md says how.",
        inner: cause);

    private static async ValueTask<OwnerRow?> OwnerAsync(IPartition partition, UnitId unit) =>
        (await partition.ReadOwnersAsync(CancellationToken.None).ConfigureAwait(false)).FirstOrDefault(row => row.Unit == unit);

    private static string Reason(Exception? cause) => cause switch
    {
        null => "the process that carried it out ended",
        OperationCanceledException => "it was cancelled",
        _ => cause.Message,
    };

    public ValueTask DisposeAsync() => Transfer.DisposeAsync();

    private async ValueTask SyncSplitAsync()
    {
        if (Entry is not { IsSplit: true }) return;
        await context.Split.SettleAsync([Source, Target], Entry.Entity, CancellationToken.None).ConfigureAwait(false);
    }

    private async ValueTask EndAsync(OperationState state, string? error)
    {
        var last = Record with { State = state, Error = error };
        await log.EndAsync(operation, last, CancellationToken.None).ConfigureAwait(false);
        IsOver = true;
        progress?.Invoke(new MoveProgress(Record.Id, state, Record.Rows, Record.TotalRows, Record.Bytes, null));
    }
}
