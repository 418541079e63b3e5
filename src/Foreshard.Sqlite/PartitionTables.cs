using System.Collections.Immutable;
using System.Globalization;
using Foreshard.Partitions;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

/// <summary>Foreshard's own tables in a partition's file.</summary>
internal static class PartitionTables
{
    /// <summary>Raised when the tables below change their shape.</summary>
    public const int Format = 1;

    public const string Ddl = """
        CREATE TABLE foreshard_partition (id INTEGER PRIMARY KEY, format INTEGER NOT NULL) STRICT;
        CREATE TABLE foreshard_schema (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT (datetime('now'))) STRICT;
        CREATE TABLE foreshard_reference (number INTEGER PRIMARY KEY) STRICT;
        CREATE TABLE foreshard_operation (id INTEGER PRIMARY KEY, attempt INTEGER NOT NULL) STRICT;
        CREATE TABLE foreshard_owner (
            unit INTEGER PRIMARY KEY,
            epoch INTEGER NOT NULL,
            state INTEGER NOT NULL, -- 1 active, 2 frozen, 3 moved, 4 incoming
            operation INTEGER NOT NULL DEFAULT 0,
            successor_partition INTEGER,
            successor_epoch INTEGER) STRICT;
        """;

    public static void CheckBelongs(SqliteConnection connection, PartitionId id, PartitionFiles files)
    {
        if (PartitionFiles.Scalar(connection, "SELECT 1 FROM sqlite_schema WHERE name = 'foreshard_partition'") is null)
        {
            throw new StoreFormatException(
                $"The file '{files.Path}' is no partition of a Foreshard store. Nothing was changed. "
                + "Look whether another file was put in its place.");
        }

        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, format FROM foreshard_partition";
        using var reader = command.ExecuteReader();
        reader.Read();
        if (reader.GetInt32(0) != id.Value)
        {
            throw new StoreFormatException($"The file '{files.Path}' holds partition p{reader.GetInt32(0)}, but the store looks for {id} there. "
                + "Nothing was changed. Put the files back under the names they had.");
        }

        if (reader.GetInt32(1) != Format)
        {
            throw new StoreFormatException($"The file '{files.Path}' has format {reader.GetInt32(1)}; this version of Foreshard reads format {Format}. "
                + "Nothing was changed. Open the store with the version that wrote it.");
        }
    }

    public static ImmutableArray<long> ReadSchemaVersions(SqliteConnection connection) =>
        [.. Rows(connection, "SELECT version FROM foreshard_schema ORDER BY version", reader => reader.GetInt64(0))];

    public static IReadOnlyList<OwnerRow> ReadOwners(SqliteConnection connection) => Rows(
        connection,
        "SELECT unit, epoch, state, operation, successor_partition, successor_epoch FROM foreshard_owner ORDER BY unit",
        reader =>
        {
            var unit = new UnitId(reader.GetInt32(0));
            return new OwnerRow(
                unit,
                reader.GetInt64(1),
                (OwnerState)reader.GetInt32(2),
                reader.GetInt64(3),
                reader.IsDBNull(4) ? null : new Placement(unit, new PartitionId(reader.GetInt32(4)), reader.GetInt64(5)));
        });

    public static void WriteOwner(SqliteConnection connection, SqliteTransaction transaction, OwnerRow row)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "INSERT OR REPLACE INTO foreshard_owner (unit, epoch, state, operation, successor_partition, successor_epoch) "
            + "VALUES ($unit, $epoch, $state, $operation, $partition, $successor)";
        command.Parameters.AddWithValue("$unit", row.Unit.Value);
        command.Parameters.AddWithValue("$epoch", row.Epoch);
        command.Parameters.AddWithValue("$state", (int)row.State);
        command.Parameters.AddWithValue("$operation", row.Operation);
        command.Parameters.AddWithValue("$partition", (object?)row.Successor?.Partition.Value ?? DBNull.Value);
        command.Parameters.AddWithValue("$successor", (object?)row.Successor?.Epoch ?? DBNull.Value);
        command.ExecuteNonQuery();
    }

    public static OwnerRow? ReadOwner(SqliteConnection connection, SqliteTransaction? transaction, UnitId unit, string schema = "main")
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = $"SELECT epoch, state, operation FROM {schema}.foreshard_owner WHERE unit = $unit";
        command.Parameters.AddWithValue("$unit", unit.Value);
        using var reader = command.ExecuteReader();
        return reader.Read() ? new OwnerRow(unit, reader.GetInt64(0), (OwnerState)reader.GetInt32(1), reader.GetInt64(2), null) : null;
    }

    /// <summary>Records the attempt if it is new, and throws if a higher one was announced.</summary>
    public static void CheckTicket(SqliteConnection connection, SqliteTransaction transaction, Ticket ticket)
    {
        var known = PartitionFiles.Scalar(
            connection,
            $"INSERT INTO foreshard_operation (id, attempt) VALUES ({Sql.Number(ticket.Operation)}, {ticket.Attempt}) "
            + "ON CONFLICT (id) DO UPDATE SET attempt = max(attempt, excluded.attempt) RETURNING attempt",
            transaction);
        var current = Convert.ToInt32(known, CultureInfo.InvariantCulture);
        if (current > ticket.Attempt) throw new SupersededException(ticket, current);
    }

    public static List<T> Rows<T>(SqliteConnection connection, string sql, Func<SqliteDataReader, T> read, SqliteTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }
}
