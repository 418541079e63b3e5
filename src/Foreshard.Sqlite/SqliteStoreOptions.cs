using Foreshard.Mapping;
using Foreshard.Sessions;

namespace Foreshard.Sqlite;

/// <summary>When a commit is safe.</summary>
public enum CommitSync
{
    /// <summary>When it returns: it is on disk.</summary>
    Full,

    /// <summary>A little later: a power failure may take the last commits with it; a crash of the process takes none. Moves still wait for the disk.</summary>
    Normal,
}

/// <summary>When key and group of written rows are checked one by one.</summary>
public enum RowChecks
{
    /// <summary>While an entity of the partition is split or moves.</summary>
    WhenNeeded,

    /// <summary>Always: writes cost about a third more, and development finds what production would.</summary>
    Always,
}

/// <summary>How a store in a folder of SQLite files is opened.</summary>
public sealed class SqliteStoreOptions : StoreOptions
{
    /// <summary>Opens beside the process that owns the store; nothing can be written. Default: false.</summary>
    public bool ReadOnly { get; set; }

    /// <summary>Makes the store if the folder has none. Default: true.</summary>
    public bool Create { get; set; } = true;

    /// <summary>Partitions of a store that is made now; 1 to 1,000. They are named p1, p2 and so on. Default: 4.</summary>
    public int InitialPartitions { get; set; } = 4;

    /// <summary>Buckets of a store that is made now; a power of two, 1 to 65,536; can't change later. Default: 4,096.</summary>
    public int Buckets { get; set; } = MappingSnapshot.DefaultBucketCount;

    /// <summary>When a commit is safe. Default: <see cref="CommitSync.Full"/>.</summary>
    public CommitSync Sync { get; set; }

    /// <summary>When key and group of written rows are checked. Default: <see cref="RowChecks.WhenNeeded"/>.</summary>
    public RowChecks RowChecks { get; set; }
}
