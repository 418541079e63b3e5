using Foreshard.Partitions;
using Foreshard.Schema;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

/// <summary>Applies core rows of a split entity to a copy, inside an open transaction, foreign keys looked at.</summary>
internal static class CoreCopy
{
    /// <param name="partition">Where the copy is.</param>
    /// <param name="turn">The right to write, which the copy gives back at its end.</param>
    /// <param name="entity">Whose they are.</param>
    /// <param name="changes">Rows as they are at the home.</param>
    /// <param name="captures">Moves under way that must hear of the rows: no trigger fires here, lest the application's run twice.</param>
    public static PreparedWrite Begin(SqlitePartition partition, IDisposable turn, EntityKey entity, CoreChanges changes, IReadOnlyList<ChangeCapture> captures)
    {
        // Foreign keys off: what they did at the home is among the changes. So no delete cascades here, and rows may be deleted and
        // inserted again, which lets two of them swap a unique value.
        var connection = partition.Files.Open(SqliteOpenMode.ReadWrite, foreignKeys: false, triggers: false);
        try
        {
            PartitionFiles.Execute(connection, "PRAGMA synchronous = FULL");
            var transaction = connection.BeginTransaction();
            foreach (var table in changes.Tables) Delete(connection, transaction, table);
            foreach (var table in changes.Tables) Insert(connection, transaction, table);
            foreach (var capture in captures) capture.Note(connection, transaction, changes);
            if (LeavesDangling(connection, transaction, partition.CurrentLayout, entity, changes)) throw new CoreRowsReferencedException(partition.Name);
            return new PreparedWrite(partition, transaction, connection, turn);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Insert(SqliteConnection connection, SqliteTransaction transaction, CoreTableChanges changes)
    {
        if (changes.Rows.IsEmpty) return;
        var table = changes.Table;
        using var command = Prepare(
            connection,
            transaction,
            $"INSERT INTO {Sql.Name(table.Name)} ({Sql.Names(table.Columns)}) VALUES ({Parameters(table.Columns.Length)})",
            table.Columns.Length);
        foreach (var row in changes.Rows) Run(command, row);
    }

    private static void Delete(SqliteConnection connection, SqliteTransaction transaction, CoreTableChanges changes)
    {
        var table = changes.Table;
        using var command = Prepare(
            connection,
            transaction,
            $"DELETE FROM {Sql.Name(table.Name)} WHERE "
            + string.Join(" AND ", table.PrimaryKey.Select((column, position) => $"{Sql.Name(column)} = $p{position}")),
            table.PrimaryKey.Length);
        foreach (var key in changes.Keys) Run(command, key);
    }

    /// <summary>
    /// Whether rows of the entity here refer to core rows that are no longer: only what was deleted can be missed, or what changed in
    /// columns other than the primary key if these are referred to.
    /// </summary>
    private static bool LeavesDangling(
        SqliteConnection connection, SqliteTransaction transaction, StoreLayout layout, EntityKey entity, CoreChanges changes)
    {
        foreach (var child in layout.Of(entity.Type)!.Tables)
        {
            foreach (var foreignKey in ForeignKeys(connection, transaction, child).GroupBy(column => column.Id))
            {
                var name = foreignKey.First().Parent;
                var parent = changes.Tables.FirstOrDefault(table => string.Equals(table.Table.Name, name, StringComparison.OrdinalIgnoreCase));
                if (parent is null or { Keys.IsEmpty: true }) continue;
                var pairs = foreignKey
                    .Select((column, position) => (Child: "c." + Sql.Name(column.From), Parent: column.To ?? parent.Table.PrimaryKey[position])).ToList();
                var isByKey = pairs.All(pair => parent.Table.PrimaryKey.Contains(pair.Parent, StringComparer.OrdinalIgnoreCase));
                if (isByKey && parent.Keys.Length == parent.Rows.Length) continue;
                var dangling = PartitionFiles.Scalar(
                    connection,
                    $"SELECT 1 FROM {Sql.Name(child.Name)} c WHERE c.{Sql.Name(child.KeyColumn)} = {Sql.Key(entity, child.KeyForm)} "
                    + $"AND {string.Join(" AND ", pairs.Select(pair => pair.Child + " IS NOT NULL"))} "
                    + $"AND NOT EXISTS (SELECT 1 FROM {Sql.Name(parent.Table.Name)} p "
                    + $"WHERE {string.Join(" AND ", pairs.Select(pair => $"p.{Sql.Name(pair.Parent)} = {pair.Child}"))}) LIMIT 1",
                    transaction);
                if (dangling is not null) return true;
            }
        }

        return false;
    }

    private static List<(long Id, string Parent, string From, string? To)> ForeignKeys(
        SqliteConnection connection, SqliteTransaction transaction, TableLayout table) =>
        PartitionTables.Rows(
            connection,
            $"SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list({Sql.Text(table.Name)}) ORDER BY id, seq",
            reader => (reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3)),
            transaction);

    private static string Parameters(int count) => string.Join(", ", Enumerable.Range(0, count).Select(position => $"$p{position}"));

    private static SqliteCommand Prepare(SqliteConnection connection, SqliteTransaction transaction, string sql, int parameters)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        for (var position = 0; position < parameters; position++) command.Parameters.Add(new SqliteParameter($"$p{position}", null));
        return command;
    }

    private static void Run(SqliteCommand command, object?[] values)
    {
        for (var position = 0; position < values.Length; position++) command.Parameters[position].Value = values[position] ?? DBNull.Value;
        command.ExecuteNonQuery();
    }
}
