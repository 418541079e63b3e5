using System.Collections.Immutable;
using Foreshard.Partitions;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>The advisory locks of some units, held by one connection until it is given back or breaks.</summary>
internal sealed class UnitLocks : IAsyncDisposable
{
    /// <summary>
    /// The longest that one request for a lock stands in the queue: whoever comes behind it waits as well, also behind a transaction that
    /// is not yet over.
    /// </summary>
    private static readonly TimeSpan Attempt = TimeSpan.FromMilliseconds(80);

    private UnitLocks(NpgsqlConnection connection) => Connection = connection;

    public NpgsqlConnection Connection { get; }

    /// <summary>All the locks, in the order of the units, or null if they were not to be had within the limit: in short attempts with pauses.</summary>
    /// <param name="source">Where the connection comes from.</param>
    /// <param name="units">Which.</param>
    /// <param name="exclusive">Whether nobody else may have them.</param>
    /// <param name="limit">How long to try.</param>
    /// <param name="name">How the connection is called meanwhile; null: as ever.</param>
    /// <param name="time">Clock.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing is held then.</param>
    public static async ValueTask<UnitLocks?> TryTakeAsync(
        NpgsqlDataSource source,
        ImmutableArray<Placement> units,
        bool exclusive,
        TimeSpan limit,
        string? name,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var locks = new UnitLocks(await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false));
        var isTaken = false;
        try
        {
            isTaken = await locks.TryTakeAsync(units, exclusive, limit, name, time, cancellationToken).ConfigureAwait(false);
            return isTaken ? locks : null;
        }
        finally
        {
            if (!isTaken) await locks.DisposeAsync().ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            // The driver resets a connection when it is next used; others wait for the locks now.
            await Connection.ExecuteAsync(
                "SELECT pg_advisory_unlock_all(); RESET application_name", CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
        {
            // It broke, or somebody reads from it still: the server lets the locks go when it is closed, so it must not live on in the pool.
            NpgsqlConnection.ClearPool(Connection);
        }
        finally
        {
            await Connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> TryTakeAsync(
        ImmutableArray<Placement> units, bool exclusive, TimeSpan limit, string? name, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var pause = Attempt;
        while (true)
        {
            var left = limit - time.GetElapsedTime(started);
            var attempt = !exclusive || left < Attempt ? left : Attempt;
            if (await TryOnceAsync(units, exclusive, attempt, name, time, cancellationToken).ConfigureAwait(false)) return true;
            left = limit - time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) return false;
            await Task.Delay(left < pause ? left : pause, time, cancellationToken).ConfigureAwait(false);
            pause *= 2;
        }
    }

    private async ValueTask<bool> TryOnceAsync(
        ImmutableArray<Placement> units, bool exclusive, TimeSpan limit, string? name, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var named = name is null ? "" : $"SET application_name = {Sql.Text(name)}; ";
        try
        {
            // The limit is for the lock alone: sessions under the hold have the connection, and statements of theirs wait as long as they like.
            foreach (var unit in units.OrderBy(unit => unit.Unit))
            {
                var left = Math.Clamp((limit - time.GetElapsedTime(started)).TotalMilliseconds, 1, int.MaxValue);
                await Connection.ExecuteAsync(
                    $"{named}SET lock_timeout = {Sql.Number((long)left)}; "
                    + $"SELECT pg_advisory_lock{(exclusive ? "" : "_shared")}({PartitionTables.LockNamespace}, {unit.Unit.Value}); RESET lock_timeout",
                    cancellationToken).ConfigureAwait(false);
            }

            return true;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            await Connection.ExecuteAsync("SELECT pg_advisory_unlock_all()", CancellationToken.None).ConfigureAwait(false);
            return false;
        }
    }
}

/// <summary>Units held for a caller. Sessions that run under it use its connection.</summary>
internal sealed class PostgresHold(PostgresPartition partition, UnitLocks locks, bool isExclusive) : IUnitHold
{
    private int rented;

    public PostgresPartition Partition { get; } = partition;

    public bool IsExclusive { get; } = isExclusive;

    /// <summary>The hold's connection; null if another session has it.</summary>
    public NpgsqlConnection? TryRent() => Interlocked.Exchange(ref rented, 1) == 0 ? locks.Connection : null;

    public void Return() => Volatile.Write(ref rented, 0);

    public ValueTask DisposeAsync() => locks.DisposeAsync();
}
