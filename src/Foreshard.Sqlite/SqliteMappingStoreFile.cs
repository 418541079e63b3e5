using System.Collections.Immutable;
using System.Globalization;
using Foreshard.Mapping;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

/// <summary>The file of a mapping store: its tables, and one connection to them. Not safe for concurrent use.</summary>
/// <remarks>Throws what the driver throws, and <see cref="FormatException"/> for rows that make no sense.</remarks>
internal sealed class SqliteMappingStoreFile : IDisposable
{
    private const int Format = 1;

    private const string Tables = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE partitions (
            partition INTEGER PRIMARY KEY, name TEXT NOT NULL, region TEXT NOT NULL, capacity_per_second REAL NOT NULL,
            size_budget_bytes INTEGER NOT NULL, location TEXT NOT NULL, state TEXT NOT NULL) STRICT;
        CREATE TABLE buckets (bucket INTEGER PRIMARY KEY, partition INTEGER NOT NULL, epoch INTEGER NOT NULL) STRICT;
        CREATE TABLE entities (
            type TEXT NOT NULL, key_kind TEXT NOT NULL, key TEXT NOT NULL, home_unit INTEGER NOT NULL,
            PRIMARY KEY (type, key_kind, key)) STRICT, WITHOUT ROWID;
        CREATE TABLE shards (
            type TEXT NOT NULL, key_kind TEXT NOT NULL, key TEXT NOT NULL, unit INTEGER NOT NULL UNIQUE, partition INTEGER NOT NULL,
            epoch INTEGER NOT NULL, scope TEXT NOT NULL, PRIMARY KEY (type, key_kind, key, unit)) STRICT, WITHOUT ROWID;
        CREATE TABLE records (key TEXT PRIMARY KEY, revision INTEGER NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE numbers (kind TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE leases (
            name TEXT PRIMARY KEY, owner TEXT NOT NULL, fencing INTEGER NOT NULL, expires_at TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE changes (version INTEGER PRIMARY KEY, change TEXT NOT NULL) STRICT;
        """;

    private readonly SqliteConnection connection;
    private readonly Dictionary<string, SqliteMappingStoreStatement> statements = [];

    private SqliteMappingStoreFile(SqliteConnection connection) => this.connection = connection;

    /// <summary>A number of the table <c>meta</c>; null if there is none, or no such table.</summary>
    public long? Meta(string name) =>
        Statement("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").Value() is null
            ? null
            : (long?)Statement("SELECT value FROM meta WHERE name = $1").Value(name);

    /// <summary>Changes whenever another connection has committed something.</summary>
    public long DataVersion => (long)Statement("PRAGMA data_version").Value()!;

    public static SqliteMappingStoreFile Open(string path, SqliteOpenMode mode)
    {
        var file = new SqliteMappingStoreFile(new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = 5,
        }.ConnectionString));
        try
        {
            file.connection.Open();
            if (mode != SqliteOpenMode.ReadOnly)
            {
                file.Statement("PRAGMA journal_mode = WAL").Value();
                file.Statement("PRAGMA synchronous = FULL").Run();
            }

            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Makes the tables and writes a new store's contents into them, in the transaction that is open.</summary>
    public void Fill(MappingContents contents)
    {
        var snapshot = contents.Table;
        Statement(Tables).Run();
        var meta = Statement("INSERT INTO meta VALUES ($1, $2)");
        meta.Run("format", Format);
        meta.Run("bucket_count", snapshot.BucketCount);
        meta.Run("version", snapshot.Version);
        var numbers = Statement("INSERT INTO numbers VALUES ($1, $2)");
        foreach (var kind in Enum.GetValues<NumberKind>()) numbers.Run(kind.ToString(), contents.Next.Of(kind));
        foreach (var partition in snapshot.Partitions) Put(partition);
        for (var bucket = 0; bucket < snapshot.BucketCount; bucket++) Put(snapshot.PlacementOf(new UnitId(bucket)));
        foreach (var entry in snapshot.Entries()) Put(entry);
        foreach (var record in contents.Records) Put(record.Key, record.Revision, record.Value);
    }

    /// <exception cref="FormatException">The file is none of a mapping store, or of one of another version.</exception>
    public MappingSnapshot Load() => InTransaction("BEGIN", Table);

    /// <inheritdoc cref="Load"/>
    public MappingContents Contents() => InTransaction("BEGIN", () => new MappingContents(
        Table(), [.. Records("")], new MappingNumbers(Next(NumberKind.Unit), Next(NumberKind.Epoch), Next(NumberKind.Operation), Next(NumberKind.Partition))));

    /// <summary>The kept changes after a version, and the version that they lead to; both as of one moment.</summary>
    public (long Version, List<MappingUpdate> Updates) ChangesAfter(long version) => InTransaction("BEGIN", () => (
        Meta("version")!.Value,
        Statement("SELECT version, change FROM changes WHERE version > $1 ORDER BY version").Rows(
            row => new MappingUpdate(row.GetInt64(0), MappingJson.ReadChange(row.GetString(1))), version)));

    /// <summary>Null, or the first record that is not at the revision that its write expects.</summary>
    public string? RecordConflict(ImmutableArray<RecordWrite> records)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, expected, _) in records)
        {
            if (!keys.Add(key)) return $"the record '{key}' stands twice in the change.";
            var revision = (long?)Statement("SELECT revision FROM records WHERE key = $1").Value(key) ?? 0;
            if (revision != expected) return $"the record '{key}' is expected at revision {expected}; it is at {revision} (0: there is none).";
        }

        return null;
    }

    /// <summary>Writes the rows and records that the change touches, its place in the log, and the version.</summary>
    /// <returns>False if the file is not at the version before, since somebody else wrote it; then nothing was written.</returns>
    public bool Write(MappingChange change, long version)
    {
        if (Statement("UPDATE meta SET value = $1 WHERE name = 'version' AND value = $1 - 1").Run(version) == 0) return false;
        foreach (var placement in change.Buckets) Put(placement);
        foreach (var entity in change.RemovedEntries) Delete(entity);
        foreach (var entry in change.Entries) Put(entry);
        foreach (var partition in change.Partitions) Put(partition);
        foreach (var (key, _, value) in change.Records)
        {
            if (value is null) Statement("DELETE FROM records WHERE key = $1").Run(key);
            else Put(key, version, value);
        }

        Statement("INSERT INTO changes VALUES ($1, $2)").Run(version, MappingJson.Write(change));
        Statement("DELETE FROM changes WHERE version <= $1").Run(version - MappingFeed.Capacity);
        return true;
    }

    public IReadOnlyList<MappingRecord> Records(string prefix) =>
        Statement("SELECT key, revision, value FROM records WHERE key >= $1 AND key < $1 || char(1114111) ORDER BY key")
            .Rows(row => new MappingRecord(row.GetString(0), row.GetInt64(1), row.GetString(2)), prefix);

    /// <summary>Sets numbers of a kind aside, durably; the first of those that nobody got before is the result less the count.</summary>
    /// <returns>The end of the numbers set aside, exclusive.</returns>
    public long Reserve(NumberKind kind, int count) =>
        (long)Statement("UPDATE numbers SET next = next + $2 WHERE kind = $1 RETURNING next").Value(kind.ToString(), count)!;

    public Lease? LeaseOf(string name) =>
        Statement("SELECT owner, fencing, expires_at FROM leases WHERE name = $1").Rows(
            row => new Lease(name, row.GetString(0), row.GetInt64(1), DateTimeOffset.Parse(row.GetString(2), CultureInfo.InvariantCulture)), name)
            is [var lease] ? lease : null;

    public void Put(Lease lease) => Statement("INSERT OR REPLACE INTO leases VALUES ($1, $2, $3, $4)")
        .Run(lease.Name, lease.Owner, lease.Fencing, lease.ExpiresAt.ToString("O", CultureInfo.InvariantCulture));

    /// <summary>Runs the body and commits what it wrote; undoes it if the body throws.</summary>
    public T InTransaction<T>(string begin, Func<T> body)
    {
        Statement(begin).Run();
        try
        {
            var result = body();
            Statement("COMMIT").Run();
            return result;
        }
        catch
        {
            Rollback();
            throw;
        }
    }

    /// <summary>Undoes the open transaction, if SQLite hasn't done so itself.</summary>
    public void Rollback()
    {
        if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0) Statement("ROLLBACK").Run();
    }

    public void Dispose()
    {
        foreach (var statement in statements.Values) statement.Dispose();
        connection.Dispose();
    }

    private static Placement PlacementAt(SqliteDataReader row, int column) =>
        new(new UnitId(row.GetInt32(column)), new PartitionId(row.GetInt32(column + 1)), row.GetInt64(column + 2));

    private MappingSnapshot Table()
    {
        var format = Meta("format") ?? throw new FormatException("it holds no mapping table");
        if (format != Format) throw new FormatException($"it has format {format}; this version of Foreshard reads format {Format}");
        var partitions = Statement("SELECT * FROM partitions").Rows(row => new PartitionInfo(
            new PartitionId(row.GetInt32(0)),
            row.GetString(1),
            row.GetString(2),
            row.GetDouble(3),
            row.GetInt64(4),
            row.GetString(5),
            Enum.Parse<PartitionState>(row.GetString(6)),
            row.FieldCount > 7 && row.GetBoolean(7)));
        var buckets = Statement("SELECT bucket, partition, epoch FROM buckets ORDER BY bucket").Rows(row => PlacementAt(row, 0));
        try
        {
            return MappingSnapshot.Restore(Meta("version")!.Value, [.. partitions], buckets, Entries());
        }
        catch (ArgumentException error)
        {
            throw new FormatException(error.Message, error);
        }
    }

    private long Next(NumberKind kind) => (long)Statement("SELECT next FROM numbers WHERE kind = $1").Value(kind.ToString())!;

    private IEnumerable<EntityEntry> Entries()
    {
        var rows = Statement("""
            SELECT type, key_kind, key, home_unit, unit, partition, epoch, scope FROM entities LEFT JOIN shards USING (type, key_kind, key)
            ORDER BY type, key_kind, key, unit
            """).Rows(row => (
                Entity: EntityType.Of(row.GetString(0), Enum.Parse<KeyKind>(row.GetString(1))).Parse(row.GetString(2)),
                Home: new UnitId(row.GetInt32(3)),
                Shard: row.IsDBNull(4) ? default : new Shard(PlacementAt(row, 4), MappingJson.ReadScope(row.GetString(7)))));
        for (var (first, next) = (0, 1); next <= rows.Count; next++)
        {
            if (next < rows.Count && rows[next].Entity == rows[first].Entity) continue;
            yield return new EntityEntry(rows[first].Entity, [.. rows[first..next].Select(row => row.Shard)], rows[first].Home);
            first = next;
        }
    }

    private void Put(Placement bucket) =>
        Statement("INSERT OR REPLACE INTO buckets VALUES ($1, $2, $3)").Run(bucket.Unit.Value, bucket.Partition.Value, bucket.Epoch);

    private void Put(PartitionInfo partition)
    {
        Statement("INSERT OR REPLACE INTO partitions (partition, name, region, capacity_per_second, size_budget_bytes, location, state) "
            + "VALUES ($1, $2, $3, $4, $5, $6, $7)").Run(
            partition.Id.Value,
            partition.Name,
            partition.Region,
            partition.CapacityPerSecond,
            partition.SizeBudgetBytes,
            partition.Location,
            partition.State.ToString());
        if (!partition.HasWriteLog) return;

        // Only where it is said, so that versions that know nothing of it still read and write the file.
        if (Statement("SELECT 1 FROM pragma_table_info('partitions') WHERE name = 'has_write_log'").Value() is null)
            Statement("ALTER TABLE partitions ADD COLUMN has_write_log INTEGER NOT NULL DEFAULT 0").Run();
        Statement("UPDATE partitions SET has_write_log = 1 WHERE partition = $1").Run(partition.Id.Value);
    }

    private void Put(EntityEntry entry)
    {
        var (type, kind, key) = Name(entry.Entity);
        Delete(entry.Entity);
        Statement("INSERT INTO entities VALUES ($1, $2, $3, $4)").Run(type, kind, key, entry.Home.Value);
        var insert = Statement("INSERT INTO shards VALUES ($1, $2, $3, $4, $5, $6, $7)");
        foreach (var (placement, scope) in entry.Shards)
            insert.Run(type, kind, key, placement.Unit.Value, placement.Partition.Value, placement.Epoch, MappingJson.Write(scope));
    }

    private void Put(string key, long revision, string value) =>
        Statement("INSERT OR REPLACE INTO records VALUES ($1, $2, $3)").Run(key, revision, value);

    private void Delete(in EntityKey entity)
    {
        var (type, kind, key) = Name(entity);
        Statement("DELETE FROM shards WHERE type = $1 AND key_kind = $2 AND key = $3").Run(type, kind, key);
        Statement("DELETE FROM entities WHERE type = $1 AND key_kind = $2 AND key = $3").Run(type, kind, key);
    }

    private static (string Type, string Kind, string Key) Name(in EntityKey entity) =>
        (entity.Type.Name, entity.Type.KeyKind.ToString(), entity.KeyText());

    private SqliteMappingStoreStatement Statement(string sql)
    {
        if (!statements.TryGetValue(sql, out var statement)) statements[sql] = statement = new SqliteMappingStoreStatement(connection, sql);
        return statement;
    }
}
