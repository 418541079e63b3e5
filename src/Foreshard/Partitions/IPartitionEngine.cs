namespace Foreshard.Partitions;

/// <summary>Opens partitions of one kind of database and carries units between them.</summary>
internal interface IPartitionEngine : IAsyncDisposable
{
    /// <summary>Makes an empty partition. Fails if there is one already.</summary>
    ValueTask CreateAsync(PartitionId id, string name, string location, CancellationToken cancellationToken);

    /// <summary>Opens a partition, with the ownership it recorded.</summary>
    ValueTask<IPartition> OpenAsync(PartitionId id, string name, string location, CancellationToken cancellationToken);

    /// <summary>Carries a unit's rows from one partition to another; both were opened by this engine.</summary>
    IUnitTransfer Transfer(IPartition source, IPartition target, TransferOrder order);
}

/// <summary>What is carried where.</summary>
/// <param name="Ticket">Who does it.</param>
/// <param name="From">The unit's placement on the source.</param>
/// <param name="To">Its placement on the target: same unit, higher epoch.</param>
/// <param name="Copied">The rows to copy.</param>
/// <param name="Cleaned">The rows to delete on the source afterwards: fewer than copied if core rows stay for another shard.</param>
/// <param name="Live">Whether sessions go on while it copies; false: the source is frozen first.</param>
/// <param name="Shard">Which shard the unit is; null: a bucket.</param>
internal sealed record TransferOrder(
    Ticket Ticket, Placement From, Placement To, UnitRows Copied, UnitRows Cleaned, bool Live, HeldShard? Shard = null);

/// <summary>How far a copy is.</summary>
/// <param name="Rows">Rows copied.</param>
/// <param name="TotalRows">Rows to copy, as counted or estimated when it began; never less than were copied.</param>
/// <param name="Bytes">Bytes of their values, estimated.</param>
internal readonly record struct CopyProgress(long Rows, long TotalRows, long Bytes);

/// <summary>The data side of one move; the state machine calls it, in the order of its members.</summary>
/// <remarks>Not safe for concurrent use. Each step may be repeated by a later attempt.</remarks>
internal interface IUnitTransfer : IAsyncDisposable
{
    /// <summary>
    /// Target: the owner row is incoming and no row of the unit is there. Source, if live: every change to the unit's rows is captured
    /// from here on.
    /// </summary>
    /// <exception cref="StrayRowsException">The target has rows of the unit that no earlier attempt of this operation brought.</exception>
    ValueTask PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Copies the rows.</summary>
    ValueTask CopyAsync(Func<CopyProgress, ValueTask>? progress, CancellationToken cancellationToken);

    /// <summary>Applies the changes captured so far. Returns how many were applied: a measure of what is still to come.</summary>
    ValueTask<long> CatchUpAsync(CancellationToken cancellationToken);

    /// <summary>Compares source and target except for what is still captured and not applied.</summary>
    /// <exception cref="CopyDiffersException">They differ.</exception>
    ValueTask VerifyAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Source frozen: applies and compares the last changes and makes the target's owner row active, durably. False, having done nothing,
    /// if the target could not be written to within <paramref name="limit"/>: sessions wait meanwhile.
    /// </summary>
    ValueTask<bool> ActivateAsync(TimeSpan limit, CancellationToken cancellationToken);

    /// <summary>
    /// Source: owner row moved (with the hint), waiting sessions let go, capture ended. For small units the rows go in the same transaction.
    /// </summary>
    ValueTask RetireAsync(CancellationToken cancellationToken);

    /// <summary>Deletes the unit's rows on the source in small transactions until none is left.</summary>
    ValueTask CleanAsync(CancellationToken cancellationToken);

    /// <summary>Undoes everything before <see cref="RetireAsync"/>: target rows, owner row, capture. The source is thawed by the caller.</summary>
    ValueTask DiscardAsync(CancellationToken cancellationToken);
}

/// <summary>Rows lie where nothing explains them. Nothing was deleted.</summary>
public sealed class StrayRowsException : ForeshardException
{
    internal StrayRowsException(string partition, string table, string what)
        : base($"Partition '{partition}' has rows in table '{table}' that nothing explains: {what}. Nothing was deleted and the unit stays where it is; "
            + "'foreshard verify' lists all such rows. Move them to where they belong or delete them, then try again.")
    {
        Partition = partition;
        Table = table;
    }

    /// <summary>The partition's name.</summary>
    public string Partition { get; }

    /// <summary>The first table that has such rows.</summary>
    public string Table { get; }
}

/// <summary>A copy is not equal to its source. The move was undone; the source still owns the unit.</summary>
public sealed class CopyDiffersException : ForeshardException
{
    internal CopyDiffersException(string table, string key)
        : base($"The copy of table '{table}' differs from its source at row {key}. The move is undone and nothing was lost: the source still owns "
            + "the unit. Something writes to the files beside Foreshard, or a disk returns wrong data; find out before moving again.")
    {
        Table = table;
        Key = key;
    }

    /// <summary>The table.</summary>
    public string Table { get; }

    /// <summary>The primary key of the first row that differs.</summary>
    public string Key { get; }
}
