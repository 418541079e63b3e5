using System.Collections.Concurrent;
using Foreshard.Partitions;
using Foreshard.Schema;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

/// <summary>
/// A partition in one SQLite file. One process owns the store, so the guard is in memory: a gate and an epoch per unit. The owner rows
/// on disk are for recovery and for processes that read beside the owner.
/// </summary>
internal sealed partial class SqlitePartition : IPartition
{
    private static readonly TimeSpan DisposalPatience = TimeSpan.FromSeconds(2);

    private readonly TimeProvider time;
    private readonly ConcurrentDictionary<int, UnitState> units = new();
    private readonly ConnectionPool pool = new();
    private readonly WriterQueue writer;
    private SqliteConnection? adminConnection;
    private volatile LayoutState layout = LayoutState.None;
    private volatile bool isDisposed;

    private SqlitePartition(PartitionId id, PartitionFiles files, SqliteOptions options)
    {
        Id = id;
        Files = files;
        Options = options;
        time = options.TimeProvider;
        writer = new WriterQueue(time);
    }

    public PartitionId Id { get; }

    public string Name => Files.Name;

    public PartitionFiles Files { get; }

    public SqliteOptions Options { get; }

    private bool IsReadOnly => Files.ReadMode == SqliteOpenMode.ReadOnly;

    /// <summary>Makes the file with Foreshard's own tables in it.</summary>
    public static void Create(PartitionId id, PartitionFiles files)
    {
        using var connection = files.Open(SqliteOpenMode.ReadWriteCreate);
        using var transaction = connection.BeginTransaction();
        PartitionFiles.Execute(connection, PartitionTables.Ddl, transaction);
        PartitionFiles.Execute(
            connection, $"INSERT INTO foreshard_partition (id, format) VALUES ({id.Value}, {PartitionTables.Format})", transaction);
        transaction.Commit();
    }

    public static SqlitePartition Open(PartitionId id, PartitionFiles files, SqliteOptions options)
    {
        if (!File.Exists(files.Path)) throw PartitionFileException.Missing(files.Name, files.Path);
        var partition = new SqlitePartition(id, files, options);
        try
        {
            using var connection = files.Open(files.ReadMode);
            PartitionTables.CheckBelongs(connection, id, files);
            if (partition.IsReadOnly) return partition;
            foreach (var row in PartitionTables.ReadOwners(connection)) partition.units[row.Unit.Value] = new UnitState(row);
            return partition;
        }
        catch (SqliteException exception)
        {
            throw PartitionFileException.From(exception, files.Name, files.Path, "opened");
        }
    }

    public TableLayout? TableAt(int ordinal) => layout.TableAt(ordinal);

    public void UseLayout(StoreLayout layout) => this.layout = new LayoutState(layout);

    public ValueTask<Catalogue> ReadCatalogueAsync(CancellationToken cancellationToken) =>
        ReadAsync(connection => SqliteCatalogue.Read(connection), cancellationToken);

    public ValueTask<System.Collections.Immutable.ImmutableArray<long>> ReadSchemaVersionsAsync(CancellationToken cancellationToken) =>
        ReadAsync(PartitionTables.ReadSchemaVersions, cancellationToken);

    public ValueTask ProbeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(isDisposed, this);
        if (!File.Exists(Files.Path)) throw PartitionFileException.Missing(Name, Files.Path);
        try
        {
            // A connection of the pool would answer from its cache, whatever has become of the file.
            using var connection = Files.Open(Files.ReadMode);
            PartitionTables.CheckBelongs(connection, Id, Files);
            return ValueTask.CompletedTask;
        }
        catch (SqliteException exception)
        {
            throw PartitionFileException.From(exception, Name, Files.Path, "read");
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Whoever writes now is let finish, unless a session was forgotten; nothing is begun afterwards.
        isDisposed = true;
        var isAlone = await writer.EnterAsync(DisposalPatience, CancellationToken.None).ConfigureAwait(false);
        pool.Dispose();
        adminConnection?.Dispose();
        DisposeMovers();
        if (isAlone) writer.Exit();
    }

    /// <summary>Foreshard's own reading, on a connection of the pool.</summary>
    internal ValueTask<T> ReadAsync<T>(Func<SqliteConnection, T> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var reader = Rent(forWriting: false);
        try
        {
            reader.Authorizer.Enter(Permit.Everything);
            return ValueTask.FromResult(read(reader.Connection));
        }
        catch (SqliteException exception)
        {
            throw PartitionFileException.From(exception, Name, Files.Path, "read");
        }
        finally
        {
            reader.ForgetUsage();
            Return(reader, wrote: false);
        }
    }

    /// <summary>
    /// Foreshard's own writing: one transaction, in the queue with everyone else's, on a connection where neither triggers nor foreign
    /// keys act, synced to disk whatever sessions do.
    /// </summary>
    internal async ValueTask<T> AdministerAsync<T>(Func<SqliteConnection, SqliteTransaction, T> write, CancellationToken cancellationToken)
    {
        await writer.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return AdministerLocked(write);
        }
        finally
        {
            writer.Exit();
        }
    }

    internal async ValueTask<IDisposable?> TryEnterWriterAsync(TimeSpan limit, CancellationToken cancellationToken) =>
        await writer.EnterAsync(limit, cancellationToken).ConfigureAwait(false) ? new WriterTurn(writer) : null;

    internal async ValueTask<IDisposable> EnterWriterAsync(CancellationToken cancellationToken)
    {
        await writer.EnterAsync(cancellationToken).ConfigureAwait(false);
        return new WriterTurn(writer);
    }

    private T AdministerLocked<T>(Func<SqliteConnection, SqliteTransaction, T> write)
    {
        try
        {
            var connection = adminConnection ??= OpenAdmin();
            using var transaction = connection.BeginTransaction();
            var result = write(connection, transaction);
            transaction.Commit();
            return result;
        }
        catch (SqliteException exception)
        {
            throw PartitionFileException.From(exception, Name, Files.Path, "written");
        }
    }

    private SqliteConnection OpenAdmin()
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        var connection = Files.Open(SqliteOpenMode.ReadWrite, foreignKeys: false, triggers: false);
        PartitionFiles.Execute(connection, "PRAGMA synchronous = FULL");
        Functions.Register(connection, static (_, _, _) => false, static (_, _) => false);
        return connection;
    }

    private PartitionConnection Rent(bool forWriting)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        return (forWriting ? pool.TryTakeForWriting() : pool.TryTake()) ?? new PartitionConnection(this);
    }

    private void Return(PartitionConnection connection, bool wrote)
    {
        connection.Session = null;
        connection.Authorizer.Reopen();
        if (!connection.IsClean) connection.Dispose();
        else if (wrote) pool.GiveWriter(connection);
        else pool.Give(connection);
    }

    private sealed class WriterTurn(WriterQueue writer) : IDisposable
    {
        private WriterQueue? writer = writer;

        public void Dispose() => Interlocked.Exchange(ref writer, null)?.Exit();
    }
}

/// <summary>A partition's layout with what is looked up in it on the hot path. Immutable.</summary>
internal sealed class LayoutState
{
    private readonly TableLayout?[] byOrdinal;
    private readonly Dictionary<EntityType, Permit[]> permits;

    public LayoutState(StoreLayout layout)
    {
        Layout = layout;
        byOrdinal = new TableLayout?[layout.Tables.Select(table => table.Ordinal + 1).DefaultIfEmpty(0).Max()];
        foreach (var table in layout.Tables) byOrdinal[table.Ordinal] = table;
        permits = layout.Entities.ToDictionary(
            entity => entity.Type,
            entity => Enum.GetValues<SessionScope>().Select(scope => Permit.For(entity, scope, layout)).ToArray());
        References = Permit.ForReferences(layout, mayReadEntities: false);
        JudgedReferences = Permit.ForReferences(layout, mayReadEntities: true);
    }

    public static LayoutState None { get; } = new(new StoreLayout([], []));

    public StoreLayout Layout { get; }

    public Permit References { get; }

    /// <summary>For a statement that was judged by <see cref="References"/>, and for what its foreign keys read.</summary>
    public Permit JudgedReferences { get; }

    public TableLayout? TableAt(int ordinal) => (uint)ordinal < (uint)byOrdinal.Length ? byOrdinal[ordinal] : null;

    public Permit PermitFor(EntityType type, SessionScope scope) => permits[type][(int)scope];
}
