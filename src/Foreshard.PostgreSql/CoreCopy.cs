using Foreshard.Partitions;
using Foreshard.Schema;
using Npgsql;
using NpgsqlTypes;

namespace Foreshard.PostgreSql;

/// <summary>Applies core rows of a split entity to a copy, inside an open transaction in which foreign keys and triggers don't act.</summary>
internal static class CoreCopy
{
    /// <summary>False, if rows of the entity here refer to core rows that are no more.</summary>
    public static async ValueTask<bool> ApplyAsync(
        NpgsqlConnection connection, TableFacts facts, StoreLayout layout, EntityKey entity, CoreChanges changes, CancellationToken cancellationToken)
    {
        // Deleted and inserted again: with no cascade to act, that also lets two rows swap a unique value.
        foreach (var table in changes.Tables)
        {
            var where = string.Join(" AND ", table.Table.PrimaryKey.Select((column, position) => $"{Sql.Name(column)} = ${position + 1}"));
            foreach (var key in table.Keys)
                await RunAsync(connection, $"DELETE FROM {facts.NameOf(table.Table)} WHERE {where}", key, cancellationToken).ConfigureAwait(false);
        }

        foreach (var table in changes.Tables)
        {
            var values = string.Join(", ", Enumerable.Range(1, table.Table.Columns.Length).Select(position => $"${position}"));
            var sql = $"INSERT INTO {facts.NameOf(table.Table)} ({Sql.Names(table.Table.Columns)}) OVERRIDING SYSTEM VALUE VALUES ({values})";
            foreach (var row in table.Rows) await RunAsync(connection, sql, row, cancellationToken).ConfigureAwait(false);
        }

        foreach (var table in layout.Of(entity.Type)!.Tables)
        {
            var ofEntity = $"c.{Sql.Name(table.KeyColumn)} = {Sql.Key(entity, table.KeyForm)}";
            if (await ForeignKeyCheck.FindAsync(connection, facts, table, ofEntity, cancellationToken).ConfigureAwait(false) is not null) return false;
        }

        return true;
    }

    private static async ValueTask RunAsync(NpgsqlConnection connection, string sql, object?[] values, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Unknown, Value = value ?? DBNull.Value });
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>Looks for rows whose foreign keys point at nothing, where the database itself was told not to.</summary>
internal static class ForeignKeyCheck
{
    /// <summary>Null, or the parent that is missing and the columns that point at it.</summary>
    /// <param name="connection">Where.</param>
    /// <param name="facts">The tables.</param>
    /// <param name="table">The table whose foreign keys are looked at.</param>
    /// <param name="where">Which of its rows; they are called <c>c</c>.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public static async ValueTask<string?> FindAsync(
        NpgsqlConnection connection, TableFacts facts, TableLayout table, string where, CancellationToken cancellationToken)
    {
        foreach (var foreignKey in facts.ForeignKeysOf(table.Name))
        {
            var pairs = foreignKey.Columns
                .Zip(foreignKey.ParentColumns, (child, parent) => (Child: "c." + Sql.Name(child), Parent: "p." + Sql.Name(parent))).ToList();
            var dangling = await connection.ScalarAsync(
                $"SELECT 1 FROM {facts.NameOf(table)} c WHERE ({where}) AND {string.Join(" AND ", pairs.Select(pair => $"{pair.Child} IS NOT NULL"))} "
                + $"AND NOT EXISTS (SELECT 1 FROM {facts.NameOf(foreignKey.Parent)} p "
                + $"WHERE {string.Join(" AND ", pairs.Select(pair => $"{pair.Parent} = {pair.Child}"))}) LIMIT 1",
                cancellationToken).ConfigureAwait(false);
            if (dangling is not null) return $"({string.Join(", ", foreignKey.Columns)}) → {foreignKey.Parent}";
        }

        return null;
    }
}
