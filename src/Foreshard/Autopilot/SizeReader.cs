using Foreshard.Mapping;
using Foreshard.Partitions;

namespace Foreshard.Autopilot;

/// <summary>Sizes of entities and groups as the partitions have them, and rows that came or went without a session. For one thread.</summary>
/// <remarks>
/// Writes that bypass sessions are found by counting: rows by which an entity grew or shrank beyond what its sessions wrote since the last
/// count. So updates beside Foreshard stay unseen, and an insert and a delete that cancel out; where a partition's own log is read, it knows better.
/// </remarks>
internal sealed class SizeReader
{
    private Dictionary<EntityKey, Count> counts = [];
    private Dictionary<(PartitionId Partition, EntityKey Entity), double> placed = [];
    private Dictionary<(EntityKey Entity, GroupKey Group), double> groups = [];
    private HashSet<EntityKey> logged = [];
    private readonly Dictionary<EntityKey, long> written = [];

    /// <summary>Whether sizes were read.</summary>
    public bool HasRead { get; private set; }

    /// <summary>Size of an entity in bytes; null if it isn't known.</summary>
    public double? BytesOf(EntityKey entity) => counts.TryGetValue(entity, out var count) ? count.Bytes : null;

    /// <summary>Size of a group in bytes; null if it isn't known.</summary>
    public double? BytesOf(EntityKey entity, GroupKey group) => groups.TryGetValue((entity, group), out var bytes) ? bytes : null;

    /// <summary>Size of a shard: what its partition has of the entity, if no other shard of it is there; null of buckets and where it isn't known.</summary>
    public double? BytesOf(UnitId unit, MappingSnapshot mapping)
    {
        if (mapping.EntryOf(unit) is not { } entry || entry.ShardOf(unit) is not { } shard) return null;
        if (entry.Shards.Count(one => one.Placement.Partition == shard.Placement.Partition) > 1) return null;
        return placed.TryGetValue((shard.Placement.Partition, entry.Entity), out var bytes) ? bytes : null;
    }

    /// <summary>Notes rows that sessions wrote.</summary>
    public void Wrote(EntityKey entity, long rows)
    {
        if (rows > 0) written[entity] = written.GetValueOrDefault(entity) + rows;
    }

    /// <summary>Counts anew.</summary>
    /// <param name="partitions">All partitions.</param>
    /// <param name="mapping">As of before the count.</param>
    /// <param name="hasLog">Whether a partition tells by itself what is written beside sessions.</param>
    /// <param name="cancellationToken">Gives up; what was known stays.</param>
    /// <returns>Every entity with its size, and how many rows came or went beside its sessions.</returns>
    public async ValueTask<IReadOnlyList<CountedEntity>> ReadAsync(
        IReadOnlyList<IPartition> partitions, MappingSnapshot mapping, Func<PartitionId, bool> hasLog, CancellationToken cancellationToken)
    {
        var sums = new Dictionary<EntityKey, Count>();
        var at = new Dictionary<(PartitionId, EntityKey), double>();
        var byGroup = new Dictionary<(EntityKey, GroupKey), double>();
        var toldOf = new HashSet<EntityKey>();
        foreach (var partition in partitions)
        {
            foreach (var size in await partition.ReadSizesAsync(cancellationToken).ConfigureAwait(false))
            {
                if (hasLog(partition.Id)) toldOf.Add(size.Entity);
                at[(partition.Id, size.Entity)] = at.GetValueOrDefault((partition.Id, size.Entity)) + size.Bytes;
                if (size.IsCore && mapping.EntryOf(size.Entity) is { } entry && entry.HomeShard.Placement.Partition != partition.Id) continue;
                var sum = sums.GetValueOrDefault(size.Entity);
                sums[size.Entity] = new Count(sum.Rows + size.Rows, sum.Bytes + size.Bytes);
                if (!size.Group.IsNone) byGroup[(size.Entity, size.Group)] = byGroup.GetValueOrDefault((size.Entity, size.Group)) + size.Bytes;
            }
        }

        // What moved from or to a partition with a log would look as if it came or went.
        var all = sums.OrderBy(sum => sum.Key)
            .Select(sum => new CountedEntity(
                sum.Key,
                sum.Value.Rows,
                sum.Value.Bytes,
                toldOf.Contains(sum.Key) || logged.Contains(sum.Key) ? 0 : BesideSessions(sum.Key, sum.Value.Rows)))
            .ToList();
        (counts, placed, groups, logged, HasRead) = (sums, at, byGroup, toldOf, true);
        written.Clear();
        return all;
    }

    private long BesideSessions(EntityKey entity, long rows)
    {
        if (!HasRead) return 0;
        return Math.Max(0, Math.Abs(rows - counts.GetValueOrDefault(entity).Rows) - written.GetValueOrDefault(entity));
    }

    private readonly record struct Count(long Rows, double Bytes);
}

/// <summary>An entity as it was counted.</summary>
/// <param name="Entity">Which one.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="Bytes">Their bytes, estimated.</param>
/// <param name="BesideSessions">Rows that came or went since the last count and that no session wrote.</param>
internal readonly record struct CountedEntity(EntityKey Entity, long Rows, double Bytes, long BesideSessions);
