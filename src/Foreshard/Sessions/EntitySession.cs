using System.Data.Common;
using Foreshard.Diagnostics;
using Foreshard.Partitions;
using Foreshard.Profiling;

namespace Foreshard.Sessions;

/// <summary>One transaction on one real connection, for one entity, and for writes to grouped tables one group.</summary>
/// <remarks>
/// Not safe for concurrent use. Whatever runs SQL on a connection works on it: ADO.NET, Dapper, EF Core. The rows of the named entity
/// (and group) are complete and current on it; each statement carries the key (and group) itself. Disposing without
/// <see cref="CommitAsync"/> rolls back. After either the session is over; dispose of commands and readers before the session, whose
/// connection then serves others.
/// </remarks>
public sealed class EntitySession : IAsyncDisposable
{
    private ICommitProtocol? protocol;
    private IPartitionSession? inner;
    private readonly SessionTally tally;
    private readonly AccessRecorder? recorder;
    private readonly TimeProvider? time;
    private SessionUsage usage;
    private bool isOver;
    private string? lastViolation;

    internal EntitySession(
        EntityKey entity,
        GroupKey group,
        SessionOptions options,
        string region,
        SessionTally tally,
        AccessRecorder? recorder = null,
        TimeProvider? time = null)
    {
        this.tally = tally;
        this.recorder = recorder;
        this.time = time;
        Entity = entity;
        Group = group;
        Options = options;
        Region = region;
    }

    /// <summary>The entity.</summary>
    public EntityKey Entity { get; }

    /// <summary>The group; none for a session on the whole entity.</summary>
    public GroupKey Group { get; }

    /// <summary>What the session was begun with.</summary>
    public SessionOptions Options { get; }

    /// <summary>The region of the process; for profiles.</summary>
    public string Region { get; }

    /// <summary>The partition's own connection, open, with the session's transaction on it.</summary>
    /// <exception cref="InvalidOperationException">The session is over.</exception>
    public DbConnection Connection => Inner.Connection;

    /// <summary>The transaction; commands on <see cref="Connection"/> must carry it where the driver asks for it.</summary>
    /// <exception cref="InvalidOperationException">The session is over.</exception>
    public DbTransaction Transaction => Inner.Transaction;

    /// <summary>What the session asked of its partition; known once it is committed.</summary>
    public SessionUsage Usage => usage;

    /// <summary>
    /// Null, or in words what a statement of this session was last refused for: the driver's own message says only that it was not authorized.
    /// </summary>
    public string? ScopeViolation => inner?.ScopeViolation ?? lastViolation;

    internal bool IsOpen => inner is not null && !isOver;

    private IPartitionSession Inner => !isOver && inner is { } session ? session : throw new InvalidOperationException(
        $"The session on {Entity} is over: it was committed or disposed of. Begin another one; its connection may be serving somebody else.");

    /// <summary>Commits the transaction. The entity is free for others from here on, the connection once the session is disposed of.</summary>
    /// <exception cref="InvalidOperationException">The session is over.</exception>
    public ValueTask CommitAsync(CancellationToken cancellationToken = default)
    {
        var session = Inner;
        if (protocol is not null) return CommitByProtocolAsync(protocol, session, cancellationToken);
        var commit = session.CommitAsync(cancellationToken);
        if (!commit.IsCompletedSuccessfully) return CommitSlowlyAsync(commit, session);
        End(session, isCommitted: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Rolls back unless committed, and ends the session.</summary>
    public ValueTask DisposeAsync()
    {
        if (inner is not { } session) return ValueTask.CompletedTask;
        inner = null;
        if (protocol is not null) return DisposeByProtocolAsync(protocol, session);
        if (!isOver) End(session, isCommitted: false);
        return session.DisposeAsync();
    }

    internal Task<T> ReadAsync<T>(Func<IPartitionSession, Task<T>> read) => read(Inner);

    internal void Enter(IPartitionSession session, ICommitProtocol? protocol)
    {
        inner = session;
        this.protocol = protocol;
    }

    private async ValueTask CommitSlowlyAsync(ValueTask commit, IPartitionSession session)
    {
        await commit.ConfigureAwait(false);
        End(session, isCommitted: true);
    }

    private async ValueTask CommitByProtocolAsync(ICommitProtocol protocol, IPartitionSession session, CancellationToken cancellationToken)
    {
        try
        {
            await protocol.CommitAsync(session, cancellationToken).ConfigureAwait(false);
            End(session, isCommitted: true);
        }
        catch
        {
            // The transaction must not go on: the engine has looked at it as its own.
            inner = null;
            await DisposeByProtocolAsync(protocol, session).ConfigureAwait(false);
            throw;
        }

        await protocol.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask DisposeByProtocolAsync(ICommitProtocol protocol, IPartitionSession session)
    {
        try
        {
            if (!isOver) End(session, isCommitted: false);
            await session.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            await protocol.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void End(IPartitionSession session, bool isCommitted)
    {
        isOver = true;
        lastViolation = session.ScopeViolation;
        if (isCommitted) usage = session.Usage;
        Count(session.Usage, isCommitted);
    }

    /// <summary>Counts it as over, also where it never had a connection of its own. What was rolled back was asked for, too.</summary>
    internal void Count(SessionUsage usage, bool isCommitted)
    {
        tally.Count(isCommitted);
        recorder?.Record(Entity, Group, Options.Segment, usage, bytes: 0, time!.GetUtcNow().UtcDateTime);
    }
}

/// <summary>What the commit of a session takes that touches more than its own transaction; holds what it needs until it is disposed.</summary>
internal interface ICommitProtocol : IAsyncDisposable
{
    ValueTask CommitAsync(IPartitionSession session, CancellationToken cancellationToken);
}
