using Foreshard.Partitions;
using Foreshard.Schema;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

/// <summary>Notes which rows of a unit change while it is copied: a log per table, filled by triggers.</summary>
internal sealed class ChangeCapture(long operation, UnitRows rows, StoreLayout layout)
{
    private const string Prefix = "foreshard_log";

    public long Operation { get; } = operation;

    /// <summary>The tables that the unit can have rows in, parents first.</summary>
    public IReadOnlyList<TableLayout> Tables { get; } =
        [.. layout.Entities.SelectMany(entity => entity.Tables).Where(table => RowPredicate.Instance.For(rows, table) is not null)];

    /// <summary>The log's name, as unit's rows of that table are noted in it.</summary>
    public string Log(TableLayout table) => $"{Prefix}_{Operation}_{table.Name}";

    /// <summary>Whether core rows of that entity are among the unit's rows.</summary>
    public bool Includes(in EntityKey entity) => rows is ShardRows { WithCore: true } shard && shard.Entity == entity;

    public void Create(SqliteConnection connection, SqliteTransaction transaction)
    {
        foreach (var table in Tables)
        {
            PartitionFiles.Execute(connection, ChangeLog.Table(Log(table), table), transaction);
            foreach (var (_, sql) in ChangeLog.Triggers($"{Prefix}_{Operation}", Log(table), table, row => RowPredicate.Instance.For(rows, table, row)!))
                PartitionFiles.Execute(connection, sql, transaction);
        }
    }

    /// <summary>Notes rows that were written where no trigger fires.</summary>
    public void Note(SqliteConnection connection, SqliteTransaction transaction, CoreChanges changes)
    {
        foreach (var table in changes.Tables.Where(table => Tables.Contains(table.Table)))
        {
            using var command = connection.CreateCommand();
            command.Transaction = transaction;
            var columns = ChangeLog.KeyColumns(table.Table).ToList();
            command.CommandText = $"INSERT INTO {Sql.Name(Log(table.Table))} ({string.Join(", ", columns)}) "
                + $"VALUES ({string.Join(", ", columns.Select(column => "$" + column))})";
            foreach (var key in table.Keys)
            {
                command.Parameters.Clear();
                for (var position = 0; position < key.Length; position++)
                    command.Parameters.AddWithValue("$" + columns[position], key[position] ?? DBNull.Value);
                command.ExecuteNonQuery();
            }
        }
    }

    /// <summary>Drops what an operation left, whichever tables there are now.</summary>
    public static void Drop(long operation, SqliteConnection connection, SqliteTransaction transaction)
    {
        var left = PartitionTables.Rows(
            connection,
            "SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'trigger') "
                + $"AND name LIKE '{Prefix}\\_{Sql.Number(operation)}\\_%' ESCAPE '\\' ORDER BY type DESC",
            reader => (Type: reader.GetString(0), Name: reader.GetString(1)),
            transaction);
        foreach (var (type, name) in left) PartitionFiles.Execute(connection, $"DROP {type} {Sql.Name(name)}", transaction);
    }
}
