using Foreshard.Partitions;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

/// <summary>Core rows of a split entity applied to a copy, inside an open transaction with its foreign keys checked.</summary>
internal sealed class CoreCopy : ICoreCopy
{
    private readonly SqliteConnection connection;
    private readonly SqliteTransaction transaction;
    private readonly IDisposable turn;

    private CoreCopy(SqliteConnection connection, SqliteTransaction transaction, IDisposable turn)
    {
        this.connection = connection;
        this.transaction = transaction;
        this.turn = turn;
    }

    /// <param name="partition">Where the copy is.</param>
    /// <param name="turn">The right to write, which the copy gives back at its end.</param>
    /// <param name="changes">Rows as they are at the home.</param>
    /// <param name="captures">Moves under way that must hear of the rows: no trigger fires here, lest the application's run twice.</param>
    public static CoreCopy Begin(SqlitePartition partition, IDisposable turn, CoreChanges changes, IReadOnlyList<ChangeCapture> captures)
    {
        var connection = partition.Files.Open(SqliteOpenMode.ReadWrite, foreignKeys: true, triggers: false);
        try
        {
            PartitionFiles.Execute(connection, "PRAGMA synchronous = FULL");
            var transaction = connection.BeginTransaction();
            PartitionFiles.Execute(connection, "PRAGMA defer_foreign_keys = ON", transaction);
            foreach (var table in changes.Tables) Upsert(connection, transaction, table);
            foreach (var table in changes.Tables.Reverse()) Delete(connection, transaction, table);
            foreach (var capture in captures) capture.Note(connection, transaction, changes);
            if (Native.TakeStatus(connection.Handle!.DangerousGetHandle(), Native.StatusDeferredForeignKeys) != 0)
                throw new CoreRowsReferencedException(partition.Name);
            return new CoreCopy(connection, transaction, turn);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        transaction.Commit();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        transaction.Dispose();
        connection.Dispose();
        turn.Dispose();
        return ValueTask.CompletedTask;
    }

    private static void Upsert(SqliteConnection connection, SqliteTransaction transaction, CoreTableChanges changes)
    {
        if (changes.Rows.IsEmpty) return;
        var table = changes.Table;
        var others = table.Columns.Except(table.PrimaryKey, StringComparer.Ordinal).ToList();
        var action = others.Count == 0
            ? "NOTHING"
            : "UPDATE SET " + string.Join(", ", others.Select(column => $"{Sql.Name(column)} = excluded.{Sql.Name(column)}"));
        using var command = Prepare(
            connection,
            transaction,
            $"INSERT INTO {Sql.Name(table.Name)} ({Sql.Names(table.Columns)}) VALUES ({Parameters(table.Columns.Length)}) "
            + $"ON CONFLICT ({Sql.Names(table.PrimaryKey)}) DO {action}",
            table.Columns.Length);
        foreach (var row in changes.Rows) Run(command, row);
    }

    private static void Delete(SqliteConnection connection, SqliteTransaction transaction, CoreTableChanges changes)
    {
        var table = changes.Table;
        var positions = table.PrimaryKey.Select(column => table.Columns.IndexOf(column)).ToList();
        var present = changes.Rows.Select(row => string.Join('\0', positions.Select(position => KeyText(row[position])))).ToHashSet(StringComparer.Ordinal);
        using var command = Prepare(
            connection,
            transaction,
            $"DELETE FROM {Sql.Name(table.Name)} WHERE "
            + string.Join(" AND ", table.PrimaryKey.Select((column, position) => $"{Sql.Name(column)} = $p{position}")),
            table.PrimaryKey.Length);
        foreach (var key in changes.Keys.Where(key => !present.Contains(string.Join('\0', key.Select(KeyText))))) Run(command, key);
    }

    private static string KeyText(object? value) => value switch
    {
        byte[] bytes => "x" + Convert.ToHexString(bytes),
        null => "",
        _ => value.GetType().Name[0] + Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture),
    };

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
