using Foreshard.Etcd;
using Foreshard.Mapping;
using Foreshard.PostgreSql;
using Foreshard.Sessions;

namespace Foreshard.Cli.Fleets;

/// <summary>How a store on a fleet is opened.</summary>
internal sealed class FleetStoreOptions : StoreOptions
{
    /// <summary>Where the mapping table is.</summary>
    public EtcdOptions Mapping { get; set; } = new();

    /// <summary>As whom partitions are used.</summary>
    public PostgresOptions Partitions { get; set; } = new(TimeProvider.System);

    /// <summary>Nothing is written.</summary>
    public bool ReadOnly { get; set; }

    /// <summary>Makes the store if etcd has none of that name.</summary>
    public bool Create { get; set; }

    /// <summary>Partitions of a store that is made now.</summary>
    public IReadOnlyList<NewPartition> InitialPartitions { get; set; } = [];

    /// <summary>Buckets of a store that is made now.</summary>
    public int Buckets { get; set; } = MappingSnapshot.DefaultBucketCount;
}

/// <summary>A partition of a store that is made.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Settings">Where it is and what it can do.</param>
internal sealed record NewPartition(string Name, PartitionSettings Settings);
