using Foreshard.Autopilot;
using Foreshard.Mapping;
using Foreshard.Moving;
using Foreshard.Partitions;

namespace Foreshard.Sessions;

public sealed partial class EntityStore
{
    /// <summary>The partitions that are not removed, in the order of their numbers.</summary>
    public IReadOnlyList<PartitionStatus> Partitions =>
    [
        .. replica.Current.Partitions.Where(partition => partition.State != PartitionState.Removed).Select(partition => new PartitionStatus(
            partition.Id,
            partition.Name,
            partition.Region,
            partition.CapacityPerSecond,
            partition.SizeBudgetBytes,
            partition.State == PartitionState.Draining,
            Drainer.UnitsOn(replica.Current, partition.Id).Count(),
            partition.HasWriteLog)),
    ];

    /// <summary>How many buckets the store has, and how many entities have an entry of their own.</summary>
    public (int Buckets, int Entries) MappingSize => (replica.Current.BucketCount, replica.Current.EntryCount);

    /// <summary>Where an entity is: one place, or one for each of its shards. Entities that don't exist have a place too.</summary>
    public EntityPlace Where(EntityKey entity)
    {
        var snapshot = replica.Current;
        var bucket = snapshot.BucketOf(entity);
        if (snapshot.EntryOf(entity) is not { } entry)
            return new EntityPlace(entity, bucket.Value, false, [Place(snapshot, snapshot.Find(entity), ShardScope.Whole, true)]);
        return new EntityPlace(
            entity, bucket.Value, true, [.. entry.Shards.Select(shard => Place(snapshot, shard.Placement, shard.Scope, shard.Placement.Unit == entry.Home))]);
    }

    /// <summary>Where the rows of one group of an entity are.</summary>
    public ShardPlace Where(EntityKey entity, GroupKey group)
    {
        var snapshot = replica.Current;
        if (snapshot.EntryOf(entity) is not { IsSplit: true } entry) return Where(entity).Shards[0];
        var shard = entry.ShardOf(group);
        return Place(snapshot, shard.Placement, shard.Scope, shard.Placement.Unit == entry.Home);
    }

    /// <summary>Gives an entity a place of its own, apart from its bucket. No data is carried; sessions wait a few milliseconds.</summary>
    /// <exception cref="MoveRefusedException">It was not begun.</exception>
    /// <exception cref="MoveAbortedException">It was undone.</exception>
    public async Task IsolateAsync(EntityKey entity, CancellationToken cancellationToken = default)
    {
        await CheckOperationAsync(entity, cancellationToken).ConfigureAwait(false);
        await reuniter.IsolateAsync(entity, cancellationToken).ConfigureAwait(false);
        await CatchUpAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Moves an entity, or the shard of a split entity that holds the group, to a partition; isolates the entity first if need be.</summary>
    /// <param name="entity">The entity.</param>
    /// <param name="partition">Name of the target.</param>
    /// <param name="group">A group of the shard that is meant; none for an entity that is not split.</param>
    /// <param name="progress">Told how far it is, often; must be quick.</param>
    /// <param name="cancellationToken">Before the flip: undoes the move. Afterwards: nothing.</param>
    /// <exception cref="MoveRefusedException">It was not begun.</exception>
    /// <exception cref="MoveAbortedException">It was undone.</exception>
    public async Task<MoveResult> MoveAsync(
        EntityKey entity, string partition, GroupKey group = default, Action<MoveProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        await CheckOperationAsync(entity, cancellationToken).ConfigureAwait(false);
        var target = IdOf(partition);
        await SettleCoreAsync(entity, cancellationToken).ConfigureAwait(false);
        var snapshot = await mapping.LoadAsync(cancellationToken).ConfigureAwait(false);
        var entry = snapshot.EntryOf(entity);
        if (entry is { IsSplit: true } && group.IsNone)
            throw new MoveRefusedException(MoveRefusal.Split, $"{entity} is split into {entry.Shards.Length} shards; name a group of the shard that is meant.");
        if (snapshot.Find(entity, entry is { IsSplit: true } ? group : default).Partition == target)
            throw new MoveRefusedException(MoveRefusal.SamePartition, $"{entity} is on partition '{partition}' already.");
        if (snapshot.PartitionOf(target) is { State: PartitionState.Draining })
            throw new MoveRefusedException(MoveRefusal.TargetDraining, $"Partition '{partition}' is being drained.");
        var unit = entry is null
            ? await reuniter.IsolateAsync(entity, cancellationToken).ConfigureAwait(false)
            : entry.ShardOf(group).Placement.Unit;
        return await MoveUnitAsync(unit, target, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Moves a bucket, with every entity in it that has no place of its own, to a partition.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such bucket.</exception>
    /// <inheritdoc cref="MoveAsync" path="/exception"/>
    public async Task<MoveResult> MoveBucketAsync(
        int bucket, string partition, Action<MoveProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        await FinishLeftAsync(cancellationToken).ConfigureAwait(false);
        ArgumentOutOfRangeException.ThrowIfNegative(bucket);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(bucket, replica.Current.BucketCount);
        var result = await mover.MoveAsync(new UnitId(bucket), IdOf(partition), progress, cancellationToken).ConfigureAwait(false);
        await CatchUpAsync(CancellationToken.None).ConfigureAwait(false);
        return result;
    }

    /// <summary>Splits an entity, or one of its shards, in place: its shards may then be moved apart. Isolates the entity first if need be.</summary>
    /// <param name="entity">An entity of a splittable type.</param>
    /// <param name="points">Where to cut.</param>
    /// <param name="cancellationToken">Before the flip: undoes the split.</param>
    /// <exception cref="MoveRefusedException">It was not begun.</exception>
    /// <exception cref="MoveAbortedException">It was undone.</exception>
    public async Task SplitAsync(EntityKey entity, SplitPoints points, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(points);
        await CheckOperationAsync(entity, cancellationToken).ConfigureAwait(false);
        var type = layout!.Of(entity.Type)!;
        if (!type.IsSplittable || type.GroupKind is not { } kind)
            throw new MoveRefusedException(MoveRefusal.NotSplittable, $"Entities of '{entity.Type}' can't be split: the type is not declared as splittable.");
        await SettleCoreAsync(entity, cancellationToken).ConfigureAwait(false);
        var before = await mapping.LoadAsync(cancellationToken).ConfigureAwait(false);
        if (before.EntryOf(entity) is null)
        {
            // What can't be cut is refused before the entity is isolated for it.
            var alone = new Shard(before.Find(entity), ShardScope.Whole);
            _ = points.Cut(new EntityEntry(entity, [alone], alone.Placement.Unit), kind);
            await reuniter.IsolateAsync(entity, cancellationToken).ConfigureAwait(false);
        }

        var entry = (await mapping.LoadAsync(cancellationToken).ConfigureAwait(false)).EntryOf(entity)
            ?? throw new MoveRefusedException(MoveRefusal.UnitBusy, $"{entity} has just been put back into its bucket.");
        foreach (var (unit, scopes) in points.Cut(entry, kind))
            await reuniter.SplitAsync(entity, unit, scopes, cancellationToken).ConfigureAwait(false);
        await CatchUpAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Makes one of all shards of an entity: moves them to the home's partition, one after the other, and joins them there.</summary>
    /// <inheritdoc cref="MoveAsync" path="/exception"/>
    public async Task MergeAsync(EntityKey entity, Action<MoveProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        await CheckOperationAsync(entity, cancellationToken).ConfigureAwait(false);
        await SettleCoreAsync(entity, cancellationToken).ConfigureAwait(false);
        var snapshot = await mapping.LoadAsync(cancellationToken).ConfigureAwait(false);
        if (snapshot.EntryOf(entity) is not { IsSplit: true } entry) throw new MoveRefusedException(MoveRefusal.NotMergeable, $"{entity} is not split.");
        var home = entry.HomeShard.Placement.Partition;
        foreach (var shard in entry.Shards.Where(shard => shard.Placement.Partition != home))
            await mover.MoveAsync(shard.Placement.Unit, home, progress, cancellationToken).ConfigureAwait(false);
        await reuniter.MergeAsync(entity, [.. entry.Shards.Select(shard => shard.Placement.Unit)], ShardScope.Whole, cancellationToken).ConfigureAwait(false);
        await CatchUpAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Puts an entity with one shard back into its bucket; moves it to the bucket's partition first if it is elsewhere.</summary>
    /// <inheritdoc cref="MoveAsync" path="/exception"/>
    public async Task FoldAsync(EntityKey entity, Action<MoveProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        await CheckOperationAsync(entity, cancellationToken).ConfigureAwait(false);
        var snapshot = await mapping.LoadAsync(cancellationToken).ConfigureAwait(false);
        if (snapshot.EntryOf(entity) is not { } entry) return;
        var bucket = snapshot.PlacementOf(snapshot.BucketOf(entity)).Partition;
        if (!entry.IsSplit && entry.HomeShard.Placement.Partition != bucket)
            await mover.MoveAsync(entry.Home, bucket, progress, cancellationToken).ConfigureAwait(false);
        await reuniter.FoldAsync(entity, cancellationToken).ConfigureAwait(false);
        await CatchUpAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>
    /// Moves every unit off a partition, to those that have the fewest; it takes no new ones from now on. If it is broken off or fails,
    /// what was moved stays moved: call it again.
    /// </summary>
    /// <returns>Units moved.</returns>
    /// <inheritdoc cref="MoveAsync" path="/exception"/>
    public async Task<int> DrainAsync(string partition, Action<DrainProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        await FinishLeftAsync(cancellationToken).ConfigureAwait(false);
        var moved = await drainer.DrainAsync(IdOf(partition), progress, cancellationToken).ConfigureAwait(false);
        await CatchUpAsync(CancellationToken.None).ConfigureAwait(false);
        return moved;
    }

    /// <summary>Lets a partition that was being drained take units again.</summary>
    public async Task EndDrainAsync(string partition, CancellationToken cancellationToken = default)
    {
        CheckWritable();
        await drainer.SetStateAsync(IdOf(partition), PartitionState.Active, cancellationToken).ConfigureAwait(false);
        await CatchUpAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Operations that run and the last that ran, oldest first.</summary>
    public async Task<IReadOnlyList<OperationStatus>> ReadOperationsAsync(CancellationToken cancellationToken = default)
    {
        var snapshot = await mapping.LoadAsync(cancellationToken).ConfigureAwait(false);
        var operations = await new OperationLog(mapping).ReadAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            .. operations.Select(operation => operation.Record).Select(record => new OperationStatus(
                record.Id,
                record.Kind,
                record.Subject,
                MovingContext.NameOf(snapshot, record.From[0].Partition),
                MovingContext.NameOf(snapshot, record.To[0].Partition),
                record.State,
                record.StartedAt,
                record.Rows,
                record.TotalRows,
                record.Bytes,
                record.Error)),
        ];
    }

    /// <summary>Compares the mapping table with what the partitions hold: rows in wrong places, wrong owners, differing copies.</summary>
    /// <remarks>Reads every key of every table; sessions go on. What is in an operation at that moment is left out.</remarks>
    public async Task<IReadOnlyList<Finding>> VerifyAsync(CancellationToken cancellationToken = default) =>
        await Task.Run(() => new Verifier(moving).RunAsync(cancellationToken).AsTask(), cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Reads a little from the mapping store and from every partition: whether the store can be used at all. Changes nothing, and waits for no session.
    /// </summary>
    /// <exception cref="ForeshardException">One of them can't be read; the message says which.</exception>
    public async Task CheckReadableAsync(CancellationToken cancellationToken = default)
    {
        await mapping.ReadRecordsAsync(StoreAutopilot.StateKey, cancellationToken).ConfigureAwait(false);
        foreach (var partition in partitions.All) await partition.ProbeAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<MoveResult> MoveUnitAsync(
        UnitId unit, PartitionId target, Action<MoveProgress>? progress, CancellationToken cancellationToken, MovePace? pace = null)
    {
        try
        {
            return await mover.MoveAsync(unit, target, progress, cancellationToken, pace).ConfigureAwait(false);
        }
        finally
        {
            await CatchUpAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static ShardPlace Place(MappingSnapshot snapshot, Placement placement, ShardScope scope, bool isHome) =>
        new(placement, MovingContext.NameOf(snapshot, placement.Partition), scope, isHome);

    private PartitionId IdOf(string partition) =>
        replica.Current.Partitions
            .FirstOrDefault(one => one.State != PartitionState.Removed && string.Equals(one.Name, partition, StringComparison.Ordinal))?.Id
        ?? throw new MoveRefusedException(
            MoveRefusal.UnknownPartition,
            $"There is no partition '{partition}'; there are {string.Join(", ", Partitions.Select(one => $"'{one.Name}'"))}.");

    /// <summary>Takes up what an earlier operation of this process left between two steps; refused as busy if that still fails.</summary>
    private async ValueTask FinishLeftAsync(CancellationToken cancellationToken)
    {
        CheckWritable();
        if (moving.HasLeft) await new Recovery(moving).RunAsync(cancellationToken).ConfigureAwait(false);
    }

    private void CheckWritable()
    {
        if (IsReadOnly) throw new StoreReadOnlyException();
    }

    private ValueTask CheckOperationAsync(EntityKey entity, CancellationToken cancellationToken)
    {
        if (layout is null) throw new MoveRefusedException(MoveRefusal.NoSchema, "The store has no schema yet, so there is nothing to move.");
        if (layout.Of(entity.Type) is null)
        {
            throw new ArgumentException(
                $"The store's schema declares no entity type '{entity.Type}' with {entity.Type.KeyKind} keys.", nameof(entity));
        }

        return FinishLeftAsync(cancellationToken);
    }
}
