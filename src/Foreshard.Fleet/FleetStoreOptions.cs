using System.Numerics;
using Foreshard.Etcd;
using Foreshard.Mapping;
using Foreshard.PostgreSql;
using Foreshard.Sessions;

namespace Foreshard.Fleet;

/// <summary>How a fleet is opened: partitions on PostgreSQL, the mapping table on etcd.</summary>
/// <remarks>Not safe for concurrent use; read when the store is opened.</remarks>
public sealed class FleetStoreOptions : StoreOptions
{
    /// <summary>Where the mapping table is.</summary>
    public EtcdOptions Mapping { get; set; } = new();

    /// <summary>How partitions are reached. Where each is stands in the mapping table.</summary>
    public PostgresOptions Partitions { get; set; } = new();

    /// <summary>Makes the store, with <see cref="InitialPartitions"/>, if etcd has none of that name. Default: false.</summary>
    public bool Create { get; set; }

    /// <summary>Partitions of a store that is made now, 1 to 1,000: empty databases. Default: none.</summary>
    public IReadOnlyList<NewPartition> InitialPartitions { get; set; } = [];

    /// <summary>Buckets of a store that is made now; a power of two, 1 to 65,536; can't change later. Default: 4,096.</summary>
    public int Buckets { get; set; } = MappingSnapshot.DefaultBucketCount;

    /// <summary>Throws if something can't be, with all that is wrong.</summary>
    /// <exception cref="ArgumentException">What is wrong, with the values.</exception>
    internal void Check()
    {
        Mapping.Check();
        var problems = Partitions.Problems().Select(problem => "Partitions." + problem).Concat(CreationProblems()).ToList();
        if (problems.Count > 0) throw new ArgumentException($"The options of the fleet can't be used: {string.Join("; ", problems)}.");
    }

    private IEnumerable<string> CreationProblems()
    {
        if (!Create) yield break;
        if (Buckets is < 1 or > 65_536 || !BitOperations.IsPow2(Buckets)) yield return $"Buckets must be a power of two, 1 to 65,536, is {Buckets}";
        if (InitialPartitions.Count is < 1 or > 1000) yield return $"InitialPartitions must be 1 to 1,000, are {InitialPartitions.Count}";
        foreach (var one in InitialPartitions.Where(one => one.Settings.Location.Length == 0)) yield return $"partition '{one.Name}' has no Location";
        foreach (var alike in InitialPartitions.GroupBy(one => one.Name, StringComparer.Ordinal).Where(alike => alike.Count() > 1))
            yield return $"{alike.Count()} partitions are called '{alike.Key}'";
        foreach (var alike in InitialPartitions.GroupBy(one => one.Settings.Location, StringComparer.Ordinal).Where(alike => alike.Count() > 1))
            yield return $"partitions {string.Join(", ", alike.Select(one => $"'{one.Name}'"))} have one Location";
    }
}
