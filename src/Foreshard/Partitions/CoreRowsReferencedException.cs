namespace Foreshard.Partitions;

/// <summary>Another shard of the entity still refers to a core row that was to go. Everything was rolled back.</summary>
public sealed class CoreRowsReferencedException : ForeshardException
{
    internal CoreRowsReferencedException(string partition)
        : base($"The change of core rows would leave rows on partition '{partition}' whose foreign keys point at nothing: another shard of the entity "
            + "refers to a row that was deleted or changed its key. Everything was rolled back. Delete the referring rows first, "
            + "in a session on their group.") =>
        Partition = partition;

    /// <summary>The partition whose foreign keys would not hold.</summary>
    public string Partition { get; }
}
