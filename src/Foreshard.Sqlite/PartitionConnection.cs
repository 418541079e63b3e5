using Foreshard.Partitions;
using Foreshard.Schema;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Foreshard.Sqlite;

/// <summary>One connection to a partition's file with everything that sessions need on it; used by one caller at a time.</summary>
internal sealed class PartitionConnection : IDisposable
{
    private readonly SqlitePartition partition;

    public PartitionConnection(SqlitePartition partition)
    {
        this.partition = partition;
        Connection = partition.Files.Open(partition.Files.ReadMode);
        Handle = Connection.Handle!.DangerousGetHandle();
        Functions.Register(Connection, Refuses, Logs);
        Authorizer = new Authorizer(Handle);
    }

    public SqliteConnection Connection { get; }

    public nint Handle { get; }

    public Authorizer Authorizer { get; }

    /// <summary>What the session that runs now was admitted for; null: Foreshard's own statements run.</summary>
    public AdmissionRequest? Session { get; set; }

    /// <summary>
    /// Whether another session may use it: nothing temporary was left on it, and no reader left open keeps an old snapshot alive.
    /// </summary>
    public bool IsClean => IsIntact && !Authorizer.IsSoiled && Native.TransactionState(Handle, 0) == 0;

    /// <summary>False once the application closed the connection: its handle must not be touched any more.</summary>
    public bool IsIntact => Connection.Handle is { IsInvalid: false, IsClosed: false } handle && handle.DangerousGetHandle() == Handle;

    /// <summary>What Foreshard itself read is no session's usage.</summary>
    public void ForgetUsage()
    {
        _ = Native.TakeStatus(Handle, Native.StatusCacheHit);
        _ = Native.TakeStatus(Handle, Native.StatusCacheMiss);
    }

    public void Dispose()
    {
        Authorizer.Dispose(IsIntact);
        Connection.Dispose();
    }

    private bool Refuses(int table, object? key, object? group)
    {
        if (Session is not { } session) return false;
        var row = partition.TableAt(table);
        if (row is null || key is null || !ReferenceEquals(row.Owner, session.Entity.Type)) return true;
        if (Sql.ReadKey(row.Owner!, row.KeyForm, key) != session.Entity) return true;
        if (row.Role != TableRole.Grouped || !session.Layout.IsSplittable) return false;
        var of = Sql.ReadGroup(row.GroupForm, group);
        if (of.IsNone || (session.Shard is { } shard && !shard.Contains(of))) return true;

        // A segment is a group of its own, in whichever shard; positions on a line are told apart by the cuts alone.
        return of.Segment is not null && session.Group != of;
    }

    /// <summary>
    /// Only a session on the whole of a split entity, which has views over its shards, clears the log that it writes. A log that stayed
    /// would be replayed some day from a partition that the entity has left, as if its rows had been deleted.
    /// </summary>
    private bool Logs(int table, object? key) => Session is { Union.IsEmpty: false } session && key is not null
        && partition.TableAt(table) is { Owner: { } owner } row && Sql.ReadKey(owner, row.KeyForm, key) == session.Entity;
}

/// <summary>How a partition's file is opened, the same for sessions, moves and checks.</summary>
internal sealed record PartitionFiles(string Path, string Name, SqliteOpenMode ReadMode, bool IsFullSync)
{
    /// <summary>Seconds that a statement waits for a lock of another process; within the process nobody waits on the file.</summary>
    private const int BusySeconds = 5;

    public string Uri { get; } = new Uri(System.IO.Path.GetFullPath(Path)).AbsoluteUri;

    public SqliteConnection Open(SqliteOpenMode mode, bool foreignKeys = true, bool triggers = true)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            // As a URI, so that other files can be attached to the connection as read-only.
            DataSource = Uri,
            Mode = mode,
            Pooling = false,
            ForeignKeys = foreignKeys,
            DefaultTimeout = BusySeconds,
        }.ToString());
        try
        {
            connection.Open();
            Execute(connection, mode == SqliteOpenMode.ReadOnly
                ? "PRAGMA cache_size = -8192"
                : $"PRAGMA journal_mode = WAL; PRAGMA synchronous = {(IsFullSync ? "FULL" : "NORMAL")}; PRAGMA cache_size = -8192");
            if (!triggers) raw.sqlite3_db_config(connection.Handle, Native.ConfigEnableTrigger, 0, out _);
            return connection;
        }
        catch (SqliteException exception)
        {
            connection.Dispose();
            throw PartitionFileException.From(exception, Name, Path, "opened");
        }
    }

    public static int Execute(SqliteConnection connection, string sql, SqliteTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        return command.ExecuteNonQuery();
    }

    public static object? Scalar(SqliteConnection connection, string sql, SqliteTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        return command.ExecuteScalar() is var value && value is DBNull ? null : value;
    }
}
