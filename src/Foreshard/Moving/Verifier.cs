using System.Globalization;
using Foreshard.Mapping;
using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.Moving;

/// <summary>Compares what the mapping table says with what the partitions hold.</summary>
/// <param name="context">What operations work with.</param>
/// <param name="isReadOnly">Whether another process owns the store: then nobody here knows what it carries out.</param>
internal sealed class Verifier(MovingContext context, bool isReadOnly = false)
{
    /// <summary>Within so long after their process is gone, others take operations up.</summary>
    private static readonly TimeSpan TakenUpWithin = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan LookPause = TimeSpan.FromSeconds(1);

    /// <summary>So often an operation may be taken up again before that is odd: a partition may be away for a moment.</summary>
    private const int AttemptsMax = 4;

    private readonly OperationLog log = new(context.Store);

    /// <remarks>Units in an operation are left out: their rows are in two places for good reason.</remarks>
    public async ValueTask<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var snapshot = await context.SnapshotAsync(cancellationToken).ConfigureAwait(false);
        var begun = context.Time.GetTimestamp();
        var open = (await log.ReadAsync(cancellationToken).ConfigureAwait(false)).Where(operation => !operation.Record.IsOver).ToList();
        var busy = open.SelectMany(operation => operation.Record.Locks).ToHashSet();
        foreach (var partition in context.Partitions.All)
        {
            await CheckOwnersAsync(snapshot, partition, busy, findings, cancellationToken).ConfigureAwait(false);
            if (context.Layout is { } layout) await CheckRowsAsync(snapshot, partition, layout, busy, findings, cancellationToken).ConfigureAwait(false);
        }

        var split = snapshot.Entries().Where(entry => entry.IsSplit && !entry.Shards.Any(shard => busy.Contains(shard.Placement.Unit)));
        foreach (var entry in split.OrderBy(entry => entry.Entity))
            await CheckCopiesAsync(entry, findings, cancellationToken).ConfigureAwait(false);
        if (!isReadOnly) await CheckOperationsAsync(snapshot, open, begun, findings, cancellationToken).ConfigureAwait(false);
        return findings;
    }

    /// <summary>Operations that nobody carries out and nobody takes up for longer than that takes, and those that are taken up again and again.</summary>
    private async ValueTask CheckOperationsAsync(
        MappingSnapshot snapshot, List<LoggedOperation> open, long begun, List<Finding> findings, CancellationToken cancellationToken)
    {
        foreach (var seen in open)
        {
            while (await WhyStuckAsync(seen.Record.Id, cancellationToken).ConfigureAwait(false) is { } stuck)
            {
                // The only process need not wait for others; where there are several, one may be about to take it up.
                if (context.Member is null || stuck.Record.Attempt > AttemptsMax || context.Time.GetElapsedTime(begun) >= TakenUpWithin)
                {
                    findings.Add(new Finding(
                        FindingKind.StuckOperation,
                        MovingContext.NameOf(snapshot, stuck.Record.From[0].Partition),
                        stuck.Record.Subject,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"operation {stuck.Record.Id}, a {OperationRecord.NameOf(stuck.Record.Kind)} begun at {stuck.Record.StartedAt:u}, "
                            + $"is {stuck.Record.State} and stands still: {stuck.Why}")));
                    break;
                }

                await Task.Delay(LookPause, context.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <returns>Null: it is over, or somebody carries it out.</returns>
    private async ValueTask<(OperationRecord Record, string Why)?> WhyStuckAsync(long operation, CancellationToken cancellationToken)
    {
        if (context.IsRunning(operation)) return null;
        var record = (await log.ReadAsync(operation, cancellationToken).ConfigureAwait(false))?.Record;
        if (record is null or { IsOver: true }) return null;
        if (record.Attempt > AttemptsMax) return (record, $"it was taken up {record.Attempt} times; is a partition of it away?");
        if (context.Member is not { } me || record.Mover is not { } mover) return (record, "nobody carries it out");
        var isAlive = await me.IsAliveAsync(mover, cancellationToken).ConfigureAwait(false);
        return isAlive ? null : (record, $"its process {mover} is gone, and no other has taken it up");
    }

    private static async ValueTask CheckOwnersAsync(
        MappingSnapshot snapshot, IPartition partition, HashSet<UnitId> busy, List<Finding> findings, CancellationToken cancellationToken)
    {
        var rows = (await partition.ReadOwnersAsync(cancellationToken).ConfigureAwait(false)).ToDictionary(row => row.Unit);
        foreach (var unit in Drainer.UnitsOn(snapshot, partition.Id).Where(unit => !busy.Contains(unit)))
        {
            snapshot.TryPlacementOf(unit, out var placement);
            if (!rows.TryGetValue(unit, out var row) || row.State != OwnerState.Active || row.Epoch != placement.Epoch)
            {
                findings.Add(new Finding(FindingKind.WrongOwner, partition.Name, unit.ToString(), string.Create(
                    CultureInfo.InvariantCulture,
                    $"the mapping table has {unit} here at epoch {placement.Epoch}, the partition "
                    + $"{(row is null ? "does not know it" : $"has it as {row.State} at epoch {row.Epoch}")}")));
            }
        }

        foreach (var row in rows.Values.Where(row => row.State is not OwnerState.Moved && !busy.Contains(row.Unit)))
        {
            if (!snapshot.TryPlacementOf(row.Unit, out var placement) || placement.Partition != partition.Id)
            {
                findings.Add(new Finding(
                    FindingKind.WrongOwner,
                    partition.Name,
                    row.Unit.ToString(),
                    $"the partition has {row.Unit} as {row.State}, the mapping table has it elsewhere"));
            }
        }
    }

    private static async ValueTask CheckRowsAsync(
        MappingSnapshot snapshot, IPartition partition, StoreLayout layout, HashSet<UnitId> busy, List<Finding> findings, CancellationToken cancellationToken)
    {
        foreach (var table in layout.Entities.SelectMany(entity => entity.Tables))
        {
            long stray = 0, malformed = 0;
            EntityKey example = default;
            await foreach (var (entity, rows) in partition.ReadKeysAsync(table, cancellationToken).ConfigureAwait(false))
            {
                if (entity.IsNone) malformed += rows;
                else if (!Belongs(snapshot, partition, entity, busy)) (stray, example) = (stray + rows, entity);
            }

            if (stray > 0)
            {
                findings.Add(new Finding(
                    FindingKind.StrayRows,
                    partition.Name,
                    table.Name,
                    $"rows of entities that live elsewhere: {stray}, one of them of {example}"));
            }

            if (malformed > 0)
            {
                findings.Add(new Finding(
                    FindingKind.MalformedKeys,
                    partition.Name,
                    table.Name,
                    $"{malformed} rows whose {table.KeyColumn} is not in its canonical form ({table.KeyForm})"));
            }
        }

        var split = snapshot.Entries().Where(entry => entry.IsSplit && !entry.Shards.Any(shard => busy.Contains(shard.Placement.Unit)));
        foreach (var entry in split.OrderBy(entry => entry.Entity))
        {
            var here = UnitExtents.OnPartition(entry, partition.Id);
            if (here.IsEmpty) continue;
            foreach (var (table, rows) in await partition.CountStrayAsync(entry.Entity, here, cancellationToken).ConfigureAwait(false))
                findings.Add(new Finding(FindingKind.StrayRows, partition.Name, table, $"{rows} rows of {entry.Entity} that are in none of its shards here"));
        }
    }

    private static bool Belongs(MappingSnapshot snapshot, IPartition partition, EntityKey entity, HashSet<UnitId> busy)
    {
        if (snapshot.EntryOf(entity) is { } entry)
            return entry.Shards.Any(shard => shard.Placement.Partition == partition.Id || busy.Contains(shard.Placement.Unit));
        var bucket = snapshot.PlacementOf(snapshot.BucketOf(entity));
        return bucket.Partition == partition.Id || busy.Contains(bucket.Unit);
    }

    private async ValueTask CheckCopiesAsync(EntityEntry entry, List<Finding> findings, CancellationToken cancellationToken)
    {
        var home = context.Partitions[entry.HomeShard.Placement.Partition];
        var expected = await home.DigestCoreAsync(entry.Entity, cancellationToken).ConfigureAwait(false);
        foreach (var id in entry.Shards.Select(shard => shard.Placement.Partition).Distinct().Where(id => id != home.Id).Order())
        {
            var copy = context.Partitions[id];
            if (await copy.DigestCoreAsync(entry.Entity, cancellationToken).ConfigureAwait(false) != expected)
            {
                findings.Add(new Finding(
                    FindingKind.DifferingCopies,
                    copy.Name,
                    entry.Entity.ToString(),
                    $"its core rows differ from those at its home, partition '{home.Name}'"));
            }
        }
    }
}
