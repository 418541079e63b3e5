using System.Text.Json.Serialization;

namespace Foreshard.Cli.Fleets;

/// <summary>How a fleet is reached: the section <c>fleet</c> of <c>foreshard.json</c>. Holds no passwords. Immutable.</summary>
internal sealed record FleetSettings
{
    /// <summary>Where the mapping table is.</summary>
    public EtcdSettings Etcd { get; init; } = new();

    /// <summary>The store's name on etcd; null: not said, which means <c>main</c>.</summary>
    public string? Store { get; init; }

    /// <summary>As whom partitions are used.</summary>
    [JsonPropertyName("postgresql")]
    public PostgresSettings PostgreSql { get; init; } = new();

    /// <summary>Where this process is, for profiles; null: not said.</summary>
    public string? Region { get; init; }

    /// <summary>The partitions of a store that is made; once it is there, the mapping table says which it has.</summary>
    public IReadOnlyList<PartitionPlace> Partitions { get; init; } = [];

    /// <summary>Where the mapping table is.</summary>
    internal sealed record EtcdSettings
    {
        /// <summary>All nodes, as <c>http://host:2379</c>; empty: not said.</summary>
        public IReadOnlyList<string> Endpoints { get; init; } = [];

        /// <summary>The user of etcd's own authentication; null: none.</summary>
        public string? User { get; init; }

        /// <summary>PEM file of the authority that the nodes' certificates must descend from; null: the system's.</summary>
        public string? CaFile { get; init; }

        /// <summary>PEM file of the certificate that the command shows; null: none.</summary>
        public string? CertificateFile { get; init; }

        /// <summary>PEM file of its key.</summary>
        public string? KeyFile { get; init; }

        /// <summary>How long an operation tries; null: not said.</summary>
        public double? TimeoutSeconds { get; init; }
    }

    /// <summary>Users of the partitions' databases; null: that of the location. Passwords come from PGPASSWORD or password files.</summary>
    internal sealed record PostgresSettings
    {
        /// <summary>Creates partitions and runs schema scripts.</summary>
        public string? Installer { get; init; }

        /// <summary>Moves, owner rows, checks.</summary>
        public string? Mover { get; init; }

        /// <summary>Sessions.</summary>
        public string? Application { get; init; }

        /// <summary>
        /// How sessions of this process get to partitions through a proxy that pools by transaction: what to put in place of the location's parts, as a
        /// connection string (<c>Host=127.0.0.1;Port=6432</c>); null: they don't.
        /// </summary>
        public string? Sessions { get; init; }
    }

    /// <summary>A partition of a store that is made.</summary>
    internal sealed record PartitionPlace
    {
        /// <summary>Its name.</summary>
        public required string Name { get; init; }

        /// <summary>A connection string without a password.</summary>
        public required string Location { get; init; }

        /// <summary>Where it is, in the application's words.</summary>
        public string Region { get; init; } = "";

        /// <summary>Cost units per second that it can serve; 0: not known.</summary>
        public double Capacity { get; init; }

        /// <summary>How large it may grow, in bytes; 0: no budget.</summary>
        public long SizeBudget { get; init; }

        /// <summary>Whether the autopilot reads in its server's log what is written beside sessions.</summary>
        public bool WriteLog { get; init; }
    }
}
