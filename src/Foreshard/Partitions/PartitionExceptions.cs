namespace Foreshard.Partitions;

/// <summary>Another session kept the right to write on a partition for longer than this one was willing to wait. Nothing was done.</summary>
public sealed class WriterBusyException : ForeshardException
{
    internal WriterBusyException(string partition, TimeSpan waited)
        : base($"Another session has been writing on partition '{partition}' for {waited.TotalMilliseconds:0} ms, and one writes at a time. Nothing was done, so the call "
            + "may be repeated. Keep writing sessions short, and dispose of one before beginning the next; the wait is SessionOptions.WaitLimit.")
    {
        Partition = partition;
        Waited = waited;
    }

    /// <summary>The partition's name.</summary>
    public string Partition { get; }

    /// <summary>How long the session waited.</summary>
    public TimeSpan Waited { get; }
}

/// <summary>The store was opened read-only, beside the process that owns it. Nothing was done.</summary>
public sealed class StoreReadOnlyException : ForeshardException
{
    internal StoreReadOnlyException()
        : base("The store was opened read-only. Nothing was done. Write in the process that owns the store, or open it there.")
    {
    }
}

/// <summary>Another shard of the entity still refers to a core row that was to go. Everything was rolled back.</summary>
public sealed class CoreRowsReferencedException : ForeshardException
{
    internal CoreRowsReferencedException(string partition)
        : base($"The change of core rows would leave rows on partition '{partition}' whose foreign keys point at nothing: another shard of the entity "
            + "refers to a row that was deleted or changed its key. Everything was rolled back. Delete the referring rows first, in a session on their group.") =>
        Partition = partition;

    /// <summary>The partition whose foreign keys would not hold.</summary>
    public string Partition { get; }
}

/// <summary>A schema script can't be run as it is. It was rolled back, here and nowhere applied.</summary>
public sealed class SchemaScriptException : ForeshardException
{
    internal SchemaScriptException(long version, string reason, Exception? inner = null)
        : base($"The script of schema version {version} fails: {reason}. It was rolled back and no partition has it. Mend the script and apply it again.", inner) =>
        Version = version;

    /// <summary>The version that the script was to make.</summary>
    public long Version { get; }
}

/// <summary>More partitions hold shards of the entity than one connection can see.</summary>
public sealed class TooManyShardsException : ForeshardException
{
    internal TooManyShardsException(EntityKey entity, int partitions, int limit)
        : base($"Shards of {entity} are on {partitions} partitions, but one connection sees {limit} at most. Nothing was read. Use QueryShardsAsync, which "
            + "asks each shard by itself, or merge shards.")
    {
        Entity = entity;
        Partitions = partitions;
    }

    /// <summary>The entity.</summary>
    public EntityKey Entity { get; }

    /// <summary>On how many partitions its shards are.</summary>
    public int Partitions { get; }
}

/// <summary>A partition's owner row is not what a step expects: somebody else acts on the unit. The step did nothing.</summary>
internal sealed class OwnershipException(string partition, Placement unit, OwnerState expected, OwnerRow? found)
    : Exception($"Partition '{partition}' should hold {unit.Unit} at epoch {unit.Epoch} as {expected}, but "
        + (found is null ? "has no such unit." : $"holds it at epoch {found.Epoch} as {found.State}."));
