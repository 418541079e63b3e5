using Foreshard.Autopilot;
using Foreshard.Mapping;
using Foreshard.Moving;
using Foreshard.Partitions;

namespace Foreshard.Sessions;

/// <summary>What a store does that other processes have open as well: it looks after what they began and did not end, and follows what they change.</summary>
public sealed partial class EntityStore
{
    /// <summary>So long a session waits before it looks whether whoever has frozen its unit still lives.</summary>
    private static readonly TimeSpan TakeOverAfter = TimeSpan.FromMilliseconds(300);

    /// <summary>How often each process looks whether somebody has to be taken over from, and whether the schema has changed.</summary>
    private static readonly TimeSpan CareEvery = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan SchemaPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SchemaPause = TimeSpan.FromMilliseconds(200);

    /// <summary>Whether the declaration is the store's own and not this process's, so that it follows what others declare.</summary>
    private bool IsSchemaOthers { get; init; }

    /// <summary>Whether a partition was away when it should have got scripts, reference rows or triggers.</summary>
    private bool hasUnprepared;

    /// <summary>Whether partitions may hold units of which they don't note which shards they are.</summary>
    private bool hasUndescribed = true;

    /// <summary>How this process is called among those that have the store open; null: it is the only one.</summary>
    internal Member? Member => member;

    /// <summary>How long a try to be admitted may wait, so that a unit that was left frozen is noticed.</summary>
    private TimeSpan Patience(TimeSpan limit) => member is null || limit < TakeOverAfter ? limit : TakeOverAfter;

    private static async ValueTask FollowAsync(PartitionSet partitions, MappingSnapshot snapshot)
    {
        foreach (var info in snapshot.Partitions.Where(info => info.State != PartitionState.Removed))
            await partitions.EnsureAsync(info.Id, info.Name, info.Location, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>
    /// Finishes or undoes the operation that has frozen a unit, if whoever carries it out has ended, lost its hold on the unit, or takes longer than any
    /// may: it is refused from then on.
    /// </summary>
    private async ValueTask TakeOverAsync(Placement unit, RefusalKind refusal, TimeSpan waited, CancellationToken cancellationToken)
    {
        try
        {
            var operation = await new OperationLog(mapping).FindAsync(unit.Unit, cancellationToken).ConfigureAwait(false);
            if (operation is null || operation.Record.IsOver || moving.IsRunning(operation.Record.Id)) return;
            var isOverdue = waited > options.Moves.StallBudget + TakeOverAfter;
            if (refusal != RefusalKind.Abandoned && !isOverdue
                && operation.Record.Mover is { } mover && await member!.IsAliveAsync(mover, cancellationToken).ConfigureAwait(false)) return;
            await new Recovery(moving).TakeOverAsync(operation, cancellationToken).ConfigureAwait(false);
            await CatchUpAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (MappingStoreException)
        {
            // Without the mapping store nobody can be taken over from; the session waits as long as it may.
        }
    }

    /// <summary>Looks after things until the store is closed.</summary>
    private void StartCaretaking()
    {
        if (member is not null && !IsReadOnly) caretaking = Task.Run(() => CareAsync(closing.Token), CancellationToken.None);
    }

    private async Task CareAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(CareEvery, options.TimeProvider, cancellationToken).ConfigureAwait(false);
                await FollowSchemaAsync(cancellationToken).ConfigureAwait(false);
                await PrepareOthersAsync(cancellationToken).ConfigureAwait(false);
                await DescribeUnitsAsync(cancellationToken).ConfigureAwait(false);
                await new Recovery(moving).RunAsync(cancellationToken).ConfigureAwait(false);
                await SettleAllCopiesAsync(cancellationToken).ConfigureAwait(false);
                await Autopilot.MeasureAsync(cancellationToken).ConfigureAwait(false);
                Autopilot.ShowLeader(await mapping.FindLeaseOwnerAsync(PilotElection.LeaseName, cancellationToken).ConfigureAwait(false));
                await KeepShownAsync(cancellationToken).ConfigureAwait(false);
                telemetry.CareFailed(null);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // Whatever it is, the next round looks again.
                telemetry.CareFailed(exception);
            }
        }
    }

    /// <summary>
    /// Lets a partition serve again whose server was promoted or restored: compares what it says of its units with the mapping table, ends what lives
    /// elsewhere, and records the server. Until then it serves nobody.
    /// </summary>
    /// <param name="partition">Its name.</param>
    /// <param name="acceptLoss">Whether units that never arrived on this server are to be served with the rows that are there, maybe none.</param>
    /// <param name="cancellationToken">Gives up; nothing is changed then.</param>
    /// <exception cref="MoveRefusedException">There is no such partition.</exception>
    /// <exception cref="NotSupportedException">Its engine knows no promotion.</exception>
    public async Task<ReconcileResult> ReconcilePartitionAsync(string partition, bool acceptLoss = false, CancellationToken cancellationToken = default)
    {
        CheckWritable();
        var id = IdOf(partition);
        if (partitions[id] is not IPromotable promotable)
            throw new NotSupportedException($"Partition '{partition}' is a file of this store alone: there is nothing to reconcile.");
        var turn = await EnterSchemaTurnAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var log = await new OperationLog(mapping).ReadAsync(cancellationToken).ConfigureAwait(false);
            var snapshot = await mapping.LoadAsync(cancellationToken).ConfigureAwait(false);
            var owned = Drainer.UnitsOn(snapshot, id).Select(unit => snapshot.TryPlacementOf(unit, out var placement) ? placement : default).ToList();
            var found = await promotable.ReconcileAsync(
                owned,
                unit => snapshot.TryPlacementOf(unit, out var placement) ? placement : null,
                log.Where(operation => !operation.Record.IsOver).Select(operation => operation.Record.Id).ToHashSet(),
                acceptLoss,
                cancellationToken).ConfigureAwait(false);
            if (found.IsOtherServer) hasUnprepared = true;
            hasUndescribed = true;
            return new ReconcileResult(
                found.IsOtherServer, found.Ended.Length, [.. found.Missing.Select(unit => MovingContext.SubjectOf(snapshot, unit.Unit))]);
        }
        finally
        {
            await LeaveSchemaTurnAsync(turn).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Whoever changes tables, reference rows or partitions does so alone in the store. That it ends meanwhile does no harm: what is decided is a record,
    /// which others finish.
    /// </summary>
    /// <returns>What keeps other processes out; null if there are none.</returns>
    /// <exception cref="MoveRefusedException">Another process is at it.</exception>
    private async ValueTask<LeaseKeeper?> EnterSchemaTurnAsync(CancellationToken cancellationToken)
    {
        await schemaTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (member is null) return null;
        var started = options.TimeProvider.GetTimestamp();
        try
        {
            while (true)
            {
                var turn = await LeaseKeeper.TryTakeAsync(mapping, "schema", member.Name, Member.Life, options.TimeProvider, cancellationToken)
                    .ConfigureAwait(false);
                if (turn is not null) return turn;
                if (options.TimeProvider.GetElapsedTime(started) > SchemaPatience)
                {
                    throw new MoveRefusedException(
                        MoveRefusal.SchemaBusy,
                        $"Another process has been changing the store's tables, reference rows or partitions for {SchemaPatience.TotalSeconds:0} s. "
                        + "Try again when it is done.");
                }

                await Task.Delay(SchemaPause, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            schemaTurn.Release();
            throw;
        }
    }

    private async ValueTask LeaveSchemaTurnAsync(LeaseKeeper? turn)
    {
        if (turn is not null) await turn.DisposeAsync().ConfigureAwait(false);
        schemaTurn.Release();
    }

    /// <summary>Gives partitions that were away what they missed.</summary>
    private async ValueTask PrepareOthersAsync(CancellationToken cancellationToken)
    {
        if (!hasUnprepared) return;
        await schemaTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            hasUnprepared = false;
            var scripts = await StoreSchemaRecord.ReadScriptsAsync(mapping, cancellationToken).ConfigureAwait(false);
            await OnEachAsync(partition => FinishSchemaAsync(partition, scripts, cancellationToken)).ConfigureAwait(false);
            await FinishReferencesAsync(cancellationToken).ConfigureAwait(false);
            if (layout is not null) await UseLayoutAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            schemaTurn.Release();
        }
    }

    /// <summary>Lets partitions note which shards their units are, where an older version or a restored server left that open.</summary>
    internal async ValueTask DescribeUnitsAsync(CancellationToken cancellationToken)
    {
        if (!hasUndescribed) return;
        hasUndescribed = false;
        foreach (var partition in partitions.All)
        {
            try
            {
                if (partition is IUnitNotes notes) await DescribeUnitsAsync(partition, notes, cancellationToken).ConfigureAwait(false);
            }
            catch (ForeshardException)
            {
                // It is away; the next round looks again.
                hasUndescribed = true;
            }
        }
    }

    private async ValueTask DescribeUnitsAsync(IPartition partition, IUnitNotes notes, CancellationToken cancellationToken)
    {
        var rows = await partition.ReadOwnersAsync(cancellationToken).ConfigureAwait(false);
        var snapshot = await mapping.LoadAsync(cancellationToken).ConfigureAwait(false);
        var open = rows
            .Where(row => row is { State: OwnerState.Active, Shard: null })
            .Select(row => (Unit: new Placement(row.Unit, partition.Id, row.Epoch), Entry: snapshot.EntryOf(row.Unit)))
            .Where(one => one.Entry?.ShardOf(one.Unit.Unit)?.Placement == one.Unit)
            .Select(one => (one.Unit, one.Entry!.Describe(one.Unit.Unit)))
            .ToList();
        if (open.Count > 0) await notes.DescribeAsync(open, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes over the schema as another process has changed it.</summary>
    private async ValueTask FollowSchemaAsync(CancellationToken cancellationToken)
    {
        if (member is null) return;
        var scripts = await StoreSchemaRecord.ReadScriptsAsync(mapping, cancellationToken).ConfigureAwait(false);
        if (scripts.Count == 0 || scripts[^1].Version == SchemaVersion) return;
        await schemaTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (scripts[^1].Version <= SchemaVersion) return;
            if (IsSchemaOthers) Schema = await StoreSchemaRecord.ReadDeclarationAsync(mapping, cancellationToken).ConfigureAwait(false) ?? Schema;
            await UseLayoutAsync(cancellationToken).ConfigureAwait(false);
            SchemaVersion = scripts[^1].Version;
        }
        finally
        {
            schemaTurn.Release();
        }
    }

    /// <summary>
    /// Brings the core rows of a split entity that were decided at its home to all copies, or finds that they were not decided: by whoever comes first
    /// after a process ended in between.
    /// </summary>
    private async ValueTask SettleCopiesAsync(EntityKey entity, TimeSpan limit, CancellationToken cancellationToken)
    {
        var protocol = new WholeEntity(this, entity, null);
        await using (protocol.ConfigureAwait(false))
        {
            if (await HoldShardsAsync(entity, protocol, exclusive: true, limit, cancellationToken).ConfigureAwait(false) is { } entry)
                await SettleHeldAsync(entry, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The same, with all shards held.</summary>
    private async ValueTask SettleHeldAsync(EntityEntry entry, CancellationToken cancellationToken)
    {
        var home = partitions[entry.HomeShard.Placement.Partition];
        var logs = await home.ReadCoreLogAsync(cancellationToken).ConfigureAwait(false);
        var changes = logs.FirstOrDefault(one => one.Entity == entry.Entity).Changes;
        foreach (var (copy, units) in CopiesOf(entry, home.Id))
        {
            var prepared = await copy.PrepareCoreCopyAsync(entry.Entity, units, changes ?? new CoreChanges([]), cancellationToken).ConfigureAwait(false);
            await using (prepared.ConfigureAwait(false)) await prepared.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        if (changes is not null) await home.ClearCoreLogAsync(entry.Entity, cancellationToken).ConfigureAwait(false);
        CaughtUp(entry.Entity);
    }

    /// <summary>Whether they must be brought up is asked first: most entities are not behind.</summary>
    private async ValueTask SettleHeldIfBehindAsync(EntityEntry entry, CancellationToken cancellationToken)
    {
        var logs = await partitions[entry.HomeShard.Placement.Partition].ReadCoreLogAsync(cancellationToken).ConfigureAwait(false);
        if (logs.Any(one => one.Entity == entry.Entity)) await SettleHeldAsync(entry, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask SettleAllCopiesAsync(CancellationToken cancellationToken)
    {
        foreach (var home in partitions.All)
        {
            foreach (var (entity, _) in await home.ReadCoreLogAsync(cancellationToken).ConfigureAwait(false))
                await SettleCopiesAsync(entity, HoldAttemptMax * 4, cancellationToken).ConfigureAwait(false);
        }
    }
}
