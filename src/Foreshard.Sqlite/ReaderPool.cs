namespace Foreshard.Sqlite;

/// <summary>Idle connections for reading; a thread gets back what it gave, if nobody else took it meanwhile.</summary>
/// <remarks>
/// Safe for concurrent use, without a lock. The driver's own pool is not used: it hands on temporary views and attached files to the next
/// user, and forgets registered functions.
/// </remarks>
internal sealed class ReaderPool : IDisposable
{
    /// <summary>A power of two. More connections may be in use; more are not kept.</summary>
    private const int MaxIdle = 32;

    private readonly PartitionConnection?[] idle = new PartitionConnection?[MaxIdle];
    private volatile bool isDisposed;

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
        while (TryTake() is { } connection) connection.Dispose();
    }
}
