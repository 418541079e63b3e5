using System.Collections.Immutable;
using Foreshard.Diagnostics;
using Foreshard.Mapping;
using Foreshard.Partitions;

namespace Foreshard.Moving;

/// <summary>Changes the units of an entity on one partition; no data is carried.</summary>
internal sealed class Reuniter(MovingContext context)
{
    private static readonly TimeSpan FreezeAttempt = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan FreezePause = TimeSpan.FromMilliseconds(5);

    private readonly OperationLog log = new(context.Store);

    /// <summary>An entity leaves its bucket and becomes a shard of its own. Nothing happens if it has one already.</summary>
    /// <returns>The entity's unit.</returns>
    public async ValueTask<UnitId> IsolateAsync(EntityKey entity, CancellationToken cancellationToken)
    {
        var snapshot = await context.SnapshotAsync(cancellationToken).ConfigureAwait(false);
        if (snapshot.EntryOf(entity) is { } known) return known.Home;
        var bucket = snapshot.PlacementOf(snapshot.BucketOf(entity));
        var epoch = await context.Store.AllocateAsync(NumberKind.Epoch, 2, cancellationToken).ConfigureAwait(false);
        var unit = await NewUnitsAsync(1, cancellationToken).ConfigureAwait(false);
        var shard = new Placement(unit, bucket.Partition, epoch + 1);
        var after = bucket with { Epoch = epoch };
        await RunAsync(
            snapshot,
            new ReunitPlan(
                OperationKind.Isolate,
                entity,
                [bucket],
                [after, shard],
                new EntityEntry(entity, [new Shard(shard, ShardScope.Whole)], unit),
                after,
                [bucket.Unit]),
            cancellationToken).ConfigureAwait(false);
        return unit;
    }

    /// <summary>An entity with one shard, on its bucket's partition, goes back into the bucket.</summary>
    public async ValueTask FoldAsync(EntityKey entity, CancellationToken cancellationToken)
    {
        var snapshot = await context.SnapshotAsync(cancellationToken).ConfigureAwait(false);
        if (snapshot.EntryOf(entity) is not { } entry) return;
        if (entry.IsSplit) throw new MoveRefusedException(MoveRefusal.Split, $"{entity} is split into {entry.Shards.Length} shards; merge them first.");
        var bucket = snapshot.PlacementOf(snapshot.BucketOf(entity));
        var shard = entry.HomeShard.Placement;
        if (shard.Partition != bucket.Partition)
        {
            throw new MoveRefusedException(
                MoveRefusal.NotMergeable,
                $"{entity} is on partition '{MovingContext.NameOf(snapshot, shard.Partition)}', its bucket on "
                + $"'{MovingContext.NameOf(snapshot, bucket.Partition)}'; move it there first.");
        }

        var epoch = await context.Store.AllocateAsync(NumberKind.Epoch, 1, cancellationToken).ConfigureAwait(false);
        var after = bucket with { Epoch = epoch };
        await RunAsync(
            snapshot,
            new ReunitPlan(OperationKind.Fold, entity, [bucket, shard], [after], null, after, [bucket.Unit, shard.Unit]),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A shard becomes several, on the same partition.</summary>
    /// <param name="entity">A splittable entity that has an entry.</param>
    /// <param name="old">The shard that ends.</param>
    /// <param name="scopes">Scopes of the new shards, together the old one's; the first one takes over as home if the old one was.</param>
    /// <param name="cancellationToken">Given up before the commit only.</param>
    public async ValueTask SplitAsync(EntityKey entity, UnitId old, IReadOnlyList<ShardScope> scopes, CancellationToken cancellationToken)
    {
        var snapshot = await context.SnapshotAsync(cancellationToken).ConfigureAwait(false);
        var entry = EntryWith(snapshot, entity, [old]);
        var before = entry.ShardOf(old)!.Value.Placement;
        var epoch = await context.Store.AllocateAsync(NumberKind.Epoch, scopes.Count, cancellationToken).ConfigureAwait(false);
        var unit = await NewUnitsAsync(scopes.Count, cancellationToken).ConfigureAwait(false);
        var shards = scopes.Select((scope, index) => new Shard(new Placement(new UnitId(unit.Value + index), before.Partition, epoch + index), scope)).ToList();
        var after = new EntityEntry(
            entity,
            [.. entry.Shards.Where(shard => shard.Placement.Unit != old).Concat(shards).OrderBy(shard => shard.Placement.Unit)],
            entry.Home == old ? unit : entry.Home);
        await RunAsync(
            snapshot,
            new ReunitPlan(
                OperationKind.Split,
                entity,
                [before],
                [.. shards.Select(shard => shard.Placement)],
                after,
                null,
                [.. entry.Shards.Select(shard => shard.Placement.Unit)]),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Shards of an entity on one partition become one.</summary>
    public async ValueTask<UnitId> MergeAsync(EntityKey entity, ImmutableArray<UnitId> old, ShardScope scope, CancellationToken cancellationToken)
    {
        var snapshot = await context.SnapshotAsync(cancellationToken).ConfigureAwait(false);
        var entry = EntryWith(snapshot, entity, old);
        var before = old.Select(unit => entry.ShardOf(unit)!.Value.Placement).ToImmutableArray();
        if (before.Any(placement => placement.Partition != before[0].Partition))
            throw new MoveRefusedException(MoveRefusal.NotMergeable, $"Shards of {entity} are on several partitions; somebody has just moved one.");
        var epoch = await context.Store.AllocateAsync(NumberKind.Epoch, 1, cancellationToken).ConfigureAwait(false);
        var unit = await NewUnitsAsync(1, cancellationToken).ConfigureAwait(false);
        var merged = new Shard(new Placement(unit, before[0].Partition, epoch), scope);
        var after = new EntityEntry(
            entity,
            [.. entry.Shards.Where(shard => !old.Contains(shard.Placement.Unit)).Append(merged)],
            old.Contains(entry.Home) ? unit : entry.Home);
        await RunAsync(
            snapshot,
            new ReunitPlan(OperationKind.Merge, entity, before, [merged.Placement], after, null, [.. entry.Shards.Select(shard => shard.Placement.Unit)]),
            cancellationToken).ConfigureAwait(false);
        return unit;
    }

    /// <summary>The entry with those shards: an operation that ended a moment ago may have taken them.</summary>
    private static EntityEntry EntryWith(MappingSnapshot snapshot, EntityKey entity, ImmutableArray<UnitId> shards) =>
        snapshot.EntryOf(entity) is { } entry && shards.All(unit => entry.ShardOf(unit) is not null)
            ? entry
            : throw new MoveRefusedException(MoveRefusal.UnitBusy, $"{entity} has just been given other shards.");

    private async ValueTask<UnitId> NewUnitsAsync(int count, CancellationToken cancellationToken) =>
        new(checked((int)await context.Store.AllocateAsync(NumberKind.Unit, count, cancellationToken).ConfigureAwait(false)));

    private async ValueTask RunAsync(MappingSnapshot snapshot, ReunitPlan plan, CancellationToken cancellationToken)
    {
        await context.Age.CheckAsync(cancellationToken).ConfigureAwait(false);
        var partition = context.Partitions[plan.Before[0].Partition];
        var record = await RecordAsync(plan, cancellationToken).ConfigureAwait(false);
        context.Enter(record.Id);
        ReunitRun? run = null;
        try
        {
            var operation = await log.BeginAsync(record, snapshot, cancellationToken).ConfigureAwait(false);
            run = new ReunitRun(context, log, operation, partition, plan.Entity);
            using var trace = context.Trace(record, snapshot);
            await RunAsync(run, trace, snapshot, plan, partition, cancellationToken).ConfigureAwait(false);
            trace.Done();
        }
        finally
        {
            context.Leave(record.Id, run is null or { IsOver: true });
        }
    }

    private async ValueTask RunAsync(
        ReunitRun run, OperationTrace trace, MappingSnapshot snapshot, ReunitPlan plan, IPartition partition, CancellationToken cancellationToken)
    {
        try
        {
            context.Reached(MoveStep.Planned);
            if (plan.Kind == OperationKind.Split) await CheckGroupsAsync(plan, partition, cancellationToken).ConfigureAwait(false);
            await context.DescribeAsync(snapshot.With(plan.Change, snapshot.Version + 1), plan.After, cancellationToken).ConfigureAwait(false);
            await FreezeAsync(run, plan, partition, cancellationToken).ConfigureAwait(false);
            context.Reached(MoveStep.Frozen);
            await context.RefuseCoreBehindAsync(snapshot.EntryOf(plan.Entity), cancellationToken).ConfigureAwait(false);
            await run.CommitAsync(plan.Change).ConfigureAwait(false);
            context.Reached(MoveStep.Committed);
            await run.FinishAsync(plan.Entry).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SupersededException || !run.IsCommitted)
        {
            var operation = run.Ticket.Operation;
            var reason = await log.UndoAsync(operation, exception, () => run.AbortAsync(exception.Message)).ConfigureAwait(false);
            if (reason is null) return;
            trace.Undone(reason);
            if (exception is OperationCanceledException && cancellationToken.IsCancellationRequested) throw;
            throw new MoveAbortedException(operation, reason, exception);
        }
    }

    private async ValueTask<OperationRecord> RecordAsync(ReunitPlan plan, CancellationToken cancellationToken) => new()
    {
        Id = await context.Store.AllocateAsync(NumberKind.Operation, 1, cancellationToken).ConfigureAwait(false),
        Kind = plan.Kind,
        State = OperationState.Planned,
        Attempt = 1,
        Mover = context.Member?.Name,
        StartedAt = context.Time.GetUtcNow(),
        Subject = plan.Entity.ToString(),
        From = plan.Before,
        To = plan.After,
        Locks = plan.Locks,
    };

    /// <summary>Rows whose group no scope can hold would be lost to every shard: found before, and none can come after.</summary>
    private async ValueTask CheckGroupsAsync(ReunitPlan plan, IPartition partition, CancellationToken cancellationToken)
    {
        await context.Split.ExpectAsync(partition, plan.Entity, cancellationToken).ConfigureAwait(false);
        var stray = await partition.CountStrayAsync(plan.Entity, UnitExtents.OnPartition(plan.Entry!, partition.Id), cancellationToken).ConfigureAwait(false);
        if (stray.Count > 0)
        {
            throw new StrayRowsException(
                partition.Name, stray[0].Table, $"{stray[0].Rows} rows of {plan.Entity} whose group is in no shard, or not written in its canonical form");
        }
    }

    private async ValueTask FreezeAsync(ReunitRun run, ReunitPlan plan, IPartition partition, CancellationToken cancellationToken)
    {
        var started = context.Time.GetTimestamp();
        while (!await partition.FreezeAsync(run.Ticket, plan.Before, FreezeAttempt, cancellationToken).ConfigureAwait(false))
        {
            if (context.Time.GetElapsedTime(started) > context.Options.FreezePatience)
            {
                throw new TimeoutException(
                    $"its sessions did not end for a moment within {context.Options.FreezePatience.TotalSeconds:0.#} s "
                    + "(MoveOptions.FreezePatience)");
            }

            await Task.Delay(FreezePause, context.Time, cancellationToken).ConfigureAwait(false);
        }
    }
}
