using System.Data;

namespace Foreshard.Sessions;

/// <summary>How one session is to be.</summary>
public sealed class SessionOptions
{
    /// <summary>The longest that a session may wait by default, for a unit that moves and for the right to write.</summary>
    public static readonly TimeSpan DefaultWaitLimit = TimeSpan.FromSeconds(2);

    /// <summary>The longest that a session may be told to wait.</summary>
    public static readonly TimeSpan MaxWaitLimit = TimeSpan.FromMinutes(1);

    /// <summary>A read-only session with nothing else said.</summary>
    public static SessionOptions Read { get; } = new() { ReadOnly = true };

    /// <summary>Writes nothing, waits for no writer and sees one moment of its partition. Default: false.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>What the application calls the kind of user behind the session (<c>mobile</c>); for profiles. Default: none.</summary>
    public string? Segment { get; init; }

    /// <summary>
    /// How long to wait for a unit that moves, and for the right to write; 0 to 1 min. Default: <see cref="DefaultWaitLimit"/>.
    /// Beyond it <see cref="MoveInProgressException"/> or <see cref="Partitions.WriterBusyException"/>, with nothing done.
    /// </summary>
    public TimeSpan WaitLimit { get; init; } = DefaultWaitLimit;

    /// <summary>
    /// How its transaction is kept apart from others: <see cref="IsolationLevel.ReadCommitted"/>, <see cref="IsolationLevel.RepeatableRead"/> or
    /// <see cref="IsolationLevel.Serializable"/>, which hold across a move as they do without one. What PostgreSQL then refuses (40001), at a statement or at
    /// the commit, is rolled back and may be done again. Default: a session that only reads sees one moment, one that writes sees what others commit. SQLite's
    /// transactions are serializable whatever is asked for.
    /// </summary>
    public IsolationLevel Isolation { get; init; } = IsolationLevel.Unspecified;
}
