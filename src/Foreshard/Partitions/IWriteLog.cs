using System.Collections.Immutable;

namespace Foreshard.Partitions;

/// <summary>A partition whose database's own log tells which rows were written beside sessions. Not every engine has one.</summary>
/// <remarks>
/// It counts what neither sessions nor Foreshard itself wrote; those say in the log who they are. One process reads it at a time. The log is kept
/// for the reader until it has confirmed what it read, so a partition whose log nobody reads any more must be told to drop it.
/// </remarks>
internal interface IWriteLog
{
    /// <summary>Looks whether a log can be kept here.</summary>
    /// <exception cref="ForeshardException">It can't; the message says what the server lacks.</exception>
    ValueTask CheckWriteLogAsync(CancellationToken cancellationToken);

    /// <summary>What was written beside sessions after what was confirmed last, up to now; the first call begins the log and has nothing to tell.</summary>
    /// <param name="window">Writes of transactions that committed longer ago are told as a sum only.</param>
    /// <param name="cancellationToken">Gives up; the next call tells the same.</param>
    ValueTask<LoggedWrites> ReadWritesAsync(TimeSpan window, CancellationToken cancellationToken);

    /// <summary>What was read is taken and is not told again, durably.</summary>
    ValueTask ConfirmWritesAsync(LoggedWrites read, CancellationToken cancellationToken);

    /// <summary>Ends the log, so that the server keeps nothing for it any more. Without effect if there is none.</summary>
    ValueTask DropWriteLogAsync(CancellationToken cancellationToken);

    /// <summary>Takes away what processes that died have left in the database.</summary>
    ValueTask DropLeftoversAsync(CancellationToken cancellationToken);
}

/// <summary>What a partition's log told in one reading.</summary>
internal sealed record LoggedWrites
{
    /// <summary>By entity and group, each once, in no order.</summary>
    public IReadOnlyList<LoggedWrite> Writes { get; init; } = [];

    /// <summary>Rows written before the window; of whom isn't told.</summary>
    public long EarlierRows { get; init; }

    /// <summary>Rows deleted of which the log doesn't tell whose they were.</summary>
    public long UnknownRows { get; init; }

    /// <summary>Tables that were emptied as a whole: how many rows they had, the log doesn't tell.</summary>
    public ImmutableSortedSet<string> Emptied { get; init; } = [];

    /// <summary>Bytes of log that the server kept for the reader when the reading began.</summary>
    public long LagBytes { get; init; }

    /// <summary>What isn't known and why, in words: the log began, or began anew; null if nothing is missing.</summary>
    public string? Notice { get; init; }

    /// <summary>Up to where it was read, in the engine's own words.</summary>
    public required string Position { get; init; }
}

/// <summary>Rows of one entity that were written beside sessions.</summary>
/// <param name="Entity">Whose.</param>
/// <param name="Group">Of which group, as <see cref="EntitySize.Group"/> has them; none for core rows and where it isn't known.</param>
/// <param name="Rows">Inserts, updates and deletes.</param>
internal readonly record struct LoggedWrite(EntityKey Entity, GroupKey Group, long Rows);
