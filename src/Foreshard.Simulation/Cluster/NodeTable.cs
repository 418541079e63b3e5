using System.Collections.Immutable;
using Foreshard.Mapping;
using Foreshard.Profiling;

namespace Foreshard.Simulation.Cluster;

/// <summary>The smallest parts that a placement can tell apart, shared by all clusters of a run: one for each group of each entity.</summary>
/// <remarks>Accesses to the entity as a whole are a node without group, which is where the entity's home is. In the order of keys.</remarks>
internal sealed class NodeTable
{
    private readonly Dictionary<EntityKey, int> entityNumbers = [];
    private readonly List<int>[] entitiesOfBucket;
    private readonly int[] starts;

    public NodeTable(ImmutableArray<AccessKey> keys, int bucketCount)
    {
        var nodes = new List<(int Entity, GroupKey Group)>();
        var entities = new List<EntityKey>();
        var entityStarts = new List<int>();
        var (nodeOfKey, regionOfKey) = (new int[keys.Length], new int[keys.Length]);
        var regions = new List<string?> { null };
        for (var key = 0; key < keys.Length; key++)
        {
            var (entity, group) = (keys[key].Entity, keys[key].Group);
            var isNew = entities.Count == 0 || entities[^1] != entity;
            if (isNew)
            {
                entityNumbers.Add(entity, entities.Count);
                entities.Add(entity);
                entityStarts.Add(nodes.Count);
            }

            if (isNew || nodes[^1].Group != group) nodes.Add((entities.Count - 1, group));
            nodeOfKey[key] = nodes.Count - 1;
            var region = regions.IndexOf(keys[key].Region);
            if (region < 0) (region, regions) = (regions.Count, [.. regions, keys[key].Region]);
            regionOfKey[key] = region;
        }

        Entities = [.. entities];
        Groups = [.. nodes.Select(node => node.Group)];
        EntityOfNode = [.. nodes.Select(node => node.Entity)];
        NodeOfKey = [.. nodeOfKey];
        RegionOfKey = [.. regionOfKey];
        Regions = [.. regions];
        starts = [.. entityStarts, nodes.Count];
        entitiesOfBucket = new List<int>[bucketCount];
        for (var bucket = 0; bucket < bucketCount; bucket++) entitiesOfBucket[bucket] = [];
        for (var entity = 0; entity < Entities.Length; entity++) entitiesOfBucket[KeyHash.BucketOf(Entities[entity], bucketCount)].Add(entity);
    }

    /// <summary>In their order.</summary>
    public ImmutableArray<EntityKey> Entities { get; }

    /// <summary>Each node's group; the default value for the entity as a whole.</summary>
    public ImmutableArray<GroupKey> Groups { get; }

    /// <summary>Each node's entity, by place in <see cref="Entities"/>.</summary>
    public ImmutableArray<int> EntityOfNode { get; }

    /// <summary>Each key's node.</summary>
    public ImmutableArray<int> NodeOfKey { get; }

    /// <summary>Each key's region, by place in <see cref="Regions"/>.</summary>
    public ImmutableArray<int> RegionOfKey { get; }

    /// <summary>The regions that users are in; the first one is none.</summary>
    public ImmutableArray<string?> Regions { get; }

    /// <summary>How many nodes.</summary>
    public int Count => Groups.Length;

    /// <summary>An entity's nodes: the first one, and the one after the last.</summary>
    public (int From, int To) NodesOf(int entity) => (starts[entity], starts[entity + 1]);

    /// <summary>An entity's place in <see cref="Entities"/>; -1 if it isn't there.</summary>
    public int NumberOf(in EntityKey entity) => entityNumbers.GetValueOrDefault(entity, -1);

    /// <summary>The node of an entity's group; -1 if there is none.</summary>
    public int Find(in EntityKey entity, in GroupKey group)
    {
        if (NumberOf(entity) is not (>= 0 and var number)) return -1;
        for (var node = starts[number]; node < starts[number + 1]; node++)
        {
            if (Groups[node] == group) return node;
        }

        return -1;
    }

    /// <summary>The entities whose keys fall into a bucket.</summary>
    public IReadOnlyList<int> EntitiesOf(UnitId bucket) => entitiesOfBucket[bucket.Value];
}
