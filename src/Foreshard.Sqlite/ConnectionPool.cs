namespace Foreshard.Sqlite;

/// <summary>Idle connections; a thread gets back what it gave, if nobody else took it meanwhile, and writers share one as far as they can.</summary>
/// <remarks>
/// Safe for concurrent use, without a lock. The driver's own pool is not used: it hands on temporary views and attached files to the next
/// user, and forgets registered functions.
/// </remarks>
internal sealed class ConnectionPool : IDisposable
{
    /// <summary>A power of two. More connections may be in use; more are not kept.</summary>
    private const int MaxIdle = 32;

    private readonly PartitionConnection?[] idle = new PartitionConnection?[MaxIdle];
    private PartitionConnection? lastWriter;
    private volatile bool isDisposed;

    /// <summary>Preferably the connection that wrote last: every write makes the other connections' caches stale.</summary>
    public PartitionConnection? TryTakeForWriting() => Interlocked.Exchange(ref lastWriter, null) ?? TryTake();

    public void GiveWriter(PartitionConnection connection)
    {
        if (isDisposed || Interlocked.CompareExchange(ref lastWriter, connection, null) is not null) Give(connection);
        else if (isDisposed) Dispose();
    }

    public PartitionConnection? TryTake()
    {
        var first = Environment.CurrentManagedThreadId;
        for (var i = 0; i < MaxIdle; i++)
        {
            ref var slot = ref idle[(first + i) & (MaxIdle - 1)];
            if (Volatile.Read(ref slot) is not null && Interlocked.Exchange(ref slot, null) is { } connection) return connection;
        }

        return null;
    }

    public void Give(PartitionConnection connection)
    {
        var first = Environment.CurrentManagedThreadId;
        for (var i = 0; i < MaxIdle && !isDisposed; i++)
        {
            ref var slot = ref idle[(first + i) & (MaxIdle - 1)];
            if (Volatile.Read(ref slot) is not null || Interlocked.CompareExchange(ref slot, connection, null) is not null) continue;
            if (isDisposed) Dispose();
            return;
        }

        connection.Dispose();
    }

    public void Dispose()
    {
        isDisposed = true;
        while (TryTakeForWriting() is { } connection) connection.Dispose();
    }
}
