using System.Collections.Immutable;

namespace Foreshard.Mapping;

/// <summary>What a rebuilding came upon.</summary>
internal enum RebuildProblem : byte
{
    /// <summary>Two partitions hold a unit at the same epoch. Nobody but people can say which.</summary>
    TwoOwners,

    /// <summary>A partition holds a unit that another one holds at a higher epoch, or that has ended: an old copy, which must not be served.</summary>
    OldOwner,

    /// <summary>The owner of a unit serves nobody, since an operation stopped halfway.</summary>
    Frozen,

    /// <summary>A unit went to a partition that knows nothing of it.</summary>
    LastOwnerMissing,

    /// <summary>No partition holds a bucket, or a shard that an export knows.</summary>
    Missing,

    /// <summary>Nobody knows of which entity a unit is a shard.</summary>
    UnknownShard,

    /// <summary>The shards of an entity don't make a whole.</summary>
    BrokenEntity,

    /// <summary>A unit is on a partition that is not on the list, or removed.</summary>
    UnknownPartition,
}

/// <summary>One thing that a rebuilding came upon.</summary>
/// <param name="Problem">What kind.</param>
/// <param name="Unit">Of which unit; null: of an entity as a whole.</param>
/// <param name="Text">By name: units, entities, partitions, epochs.</param>
internal sealed record RebuildFinding(RebuildProblem Problem, UnitId? Unit, string Text)
{
    /// <summary>Whether there is no table before this is solved; otherwise it is only told.</summary>
    public bool IsBlocking => Problem is not (RebuildProblem.OldOwner or RebuildProblem.Frozen);
}

/// <summary>A table made from what partitions say.</summary>
/// <param name="Contents">What a new store can be filled with; null if something stands against it.</param>
/// <param name="Findings">All that is odd, in the order of the units.</param>
internal sealed record RebuiltMapping(MappingContents? Contents, ImmutableArray<RebuildFinding> Findings);

/// <summary>Makes the table anew from the owner rows of all partitions, after the mapping store was lost. Pure. Used once.</summary>
/// <remarks>
/// The highest epoch at which a unit is active or frozen wins: epochs are given out once, in order, and only an owner is active or frozen. A
/// record of a move to a place that knows nothing of it means that a newer owner's data is missing, and then there is no table. All numbers
/// that come next are above all that any row or the export names.
/// </remarks>
/// <param name="bucketCount">How many buckets the store has.</param>
/// <param name="partitions">All partitions of the store, those removed included.</param>
/// <param name="export">The last export, for what owner rows don't say: which shard of which entity a unit is, and side records. Null: none.</param>
/// <param name="keepsRecord">Which of the export's records, by key, still mean something: those of operations don't.</param>
internal sealed class MappingRebuild(
    int bucketCount, ImmutableArray<PartitionInfo> partitions, MappingContents? export, Func<string, bool> keepsRecord)
{
    private readonly List<RebuildFinding> findings = [];
    private readonly SortedDictionary<UnitId, (Placement Placement, HeldShard? Shard)> owned = [];
    private readonly HashSet<UnitId> ended = [];

    /// <param name="held">The owner rows of all partitions; a partition that can't be read must not be left out.</param>
    public RebuiltMapping From(IReadOnlyCollection<HeldUnit> held)
    {
        foreach (var unit in held.GroupBy(row => row.Placement.Unit).OrderBy(unit => unit.Key)) Choose(unit.Key, [.. unit]);
        var buckets = Enumerable.Range(0, bucketCount).Select(bucket => OwnerOf(new UnitId(bucket), "the bucket")).ToList();
        var entries = Entries();
        MissingShards();
        if (findings.Exists(finding => finding.IsBlocking)) return new RebuiltMapping(null, [.. findings]);

        var version = (export?.Table.Version ?? 0) + 1;
        var table = MappingSnapshot.Restore(version, partitions, buckets, entries);
        var records = export?.Records.Where(record => keepsRecord(record.Key)).ToImmutableArray() ?? [];
        return new RebuiltMapping(new MappingContents(table, records, Next(held)), [.. findings]);
    }

    private void Choose(UnitId unit, List<HeldUnit> rows)
    {
        var claims = rows.Where(row => row.State is HeldState.Active or HeldState.Frozen)
            .OrderByDescending(row => row.Placement.Epoch).ThenBy(row => row.State).ThenBy(row => row.Placement.Partition).ToList();

        // Where a unit went to and where it ended there tell of the same epoch; the end is the later.
        var trace = rows.Where(row => row.State == HeldState.Moved)
            .OrderByDescending(row => row.Successor?.Epoch ?? row.Placement.Epoch).ThenBy(row => row.Successor is not null).FirstOrDefault();
        var traced = trace is null ? 0 : trace.Successor?.Epoch ?? trace.Placement.Epoch;
        if (trace is not null && (claims.Count == 0 || traced > claims[0].Placement.Epoch))
        {
            if (trace.Successor is { } successor)
            {
                Find(
                    RebuildProblem.LastOwnerMissing,
                    unit,
                    $"{unit} went from {Name(trace.Placement.Partition)} to {At(successor)}, and no partition holds it since");
                return;
            }

            ended.Add(unit);
            foreach (var old in claims)
                Find(RebuildProblem.OldOwner, unit, $"{unit} is {old.State} on {At(old.Placement)}, but ended on {At(trace.Placement)}");
            return;
        }

        if (claims.Count > 0) Choose(unit, claims, claims[0]);
    }

    private void Choose(UnitId unit, IReadOnlyList<HeldUnit> claims, HeldUnit winner)
    {
        foreach (var other in claims.Skip(1))
        {
            if (other.Placement.Epoch == winner.Placement.Epoch)
            {
                Find(RebuildProblem.TwoOwners, unit, $"{unit} is held by {Name(winner.Placement.Partition)} and by {At(other.Placement)}");
                return;
            }

            Find(RebuildProblem.OldOwner, unit, $"{unit} is {other.State} on {At(other.Placement)}, but {winner.State} on {At(winner.Placement)}");
        }

        if (partitions.FirstOrDefault(known => known.Id == winner.Placement.Partition) is not { State: not PartitionState.Removed })
        {
            Find(RebuildProblem.UnknownPartition, unit, $"{unit} is on {At(winner.Placement)}, which is not among the store's partitions");
            return;
        }

        if (winner.State == HeldState.Frozen) Find(RebuildProblem.Frozen, unit, $"{unit} is frozen on {At(winner.Placement)} by operation {winner.Operation}");
        owned.Add(unit, (winner.Placement, winner.Shard));
    }

    private Placement OwnerOf(UnitId unit, string what)
    {
        if (owned.TryGetValue(unit, out var owner)) return owner.Placement;

        // What was found before says more.
        var isTold = findings.Exists(finding => finding.IsBlocking && finding.Unit == unit);
        if (!isTold) Find(RebuildProblem.Missing, unit, $"{unit}, {what}, is held by no partition");
        return default;
    }

    private List<EntityEntry> Entries()
    {
        var shards = new Dictionary<EntityKey, List<(Shard Shard, bool IsHome)>>();
        foreach (var (unit, (placement, described)) in owned)
        {
            if (unit.Value < bucketCount) continue;
            if ((described ?? Exported(unit)) is not { } shard)
            {
                Find(RebuildProblem.UnknownShard, unit, $"{unit} on {At(placement)} is a shard, and neither the partition nor an export says of which entity");
                continue;
            }

            if (!shards.TryGetValue(shard.Entity, out var list)) shards.Add(shard.Entity, list = []);
            list.Add((new Shard(placement, shard.Scope), shard.IsHome));
        }

        var entries = new List<EntityEntry>();
        foreach (var (entity, list) in shards.OrderBy(shard => shard.Key))
        {
            try
            {
                if (list.Count(shard => shard.IsHome) != 1)
                    throw new ArgumentException($"{entity}: {list.Count(shard => shard.IsHome)} of its {list.Count} shards are its home, not one.");
                entries.Add(new EntityEntry(entity, [.. list.Select(shard => shard.Shard)], list.Single(shard => shard.IsHome).Shard.Placement.Unit));
            }
            catch (ArgumentException problem)
            {
                Find(RebuildProblem.BrokenEntity, null, $"{problem.Message} It has {string.Join(", ", list.Select(shard => shard.Shard.Placement.Unit))}");
            }
        }

        return entries;
    }

    private HeldShard? Exported(UnitId unit) => export?.Table.EntryOf(unit) is { } entry
        ? new HeldShard(entry.Entity, entry.ShardOf(unit)!.Value.Scope, entry.Home == unit)
        : null;

    private void MissingShards()
    {
        if (export is null) return;
        foreach (var entry in export.Table.Entries().OrderBy(entry => entry.Entity))
        {
            foreach (var unit in entry.Shards.Select(shard => shard.Placement.Unit).Where(unit => !ended.Contains(unit)))
                OwnerOf(unit, $"a shard of {entry.Entity} when the table was exported");
        }
    }

    private MappingNumbers Next(IReadOnlyCollection<HeldUnit> held)
    {
        var next = export?.Next ?? new MappingNumbers(0, 1, 1, 1);
        var units = held.Select(row => row.Placement.Unit.Value).Append(bucketCount - 1).Max();
        var epochs = held.Select(row => Math.Max(row.Placement.Epoch, row.Successor?.Epoch ?? 0)).Append(0).Max();
        var operations = held.Select(row => Math.Abs(row.Operation)).Append(0).Max();
        return new MappingNumbers(
            Math.Max(next.Unit, units + 1L),
            Math.Max(next.Epoch, epochs + 1),
            Math.Max(next.Operation, operations + 1),
            Math.Max(next.Partition, partitions.Max(partition => partition.Id.Value) + 1L));
    }

    private void Find(RebuildProblem problem, UnitId? unit, string text) => findings.Add(new RebuildFinding(problem, unit, text + "."));

    private string Name(PartitionId partition) =>
        partitions.FirstOrDefault(known => known.Id == partition) is { } found ? $"'{found.Name}' ({partition})" : $"{partition}";

    private string At(Placement placement) => $"{Name(placement.Partition)} at epoch {placement.Epoch}";
}
