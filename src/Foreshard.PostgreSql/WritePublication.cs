using Foreshard.Schema;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>The publication behind a partition's write log: of every member table the columns that tell whose a row is.</summary>
internal static class WritePublication
{
    public const string Name = "foreshard_writes";

    /// <summary>It is left from a write log that was switched off, as a condition on <c>pg_publication p</c>.</summary>
    public const string IsUnread = $"(p.pubname = '{Name}' AND NOT EXISTS (SELECT FROM foreshard.partition WHERE marks_writes))";

    /// <summary>Makes it, or makes it what the layout asks for; says whether anything was to be done.</summary>
    public static async ValueTask<bool> SyncAsync(NpgsqlConnection connection, StoreLayout layout, CancellationToken cancellationToken)
    {
        var tables = await TablesAsync(connection, layout, cancellationToken).ConfigureAwait(false);
        var present = await ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        if (present is not null && present.SetEquals(tables.Select(table => table.Mark))) return false;
        var list = tables.Count == 0 ? "" : "TABLE " + string.Join(", ", tables.Select(table => table.Sql));
        if (present is null) await connection.ExecuteAsync($"CREATE PUBLICATION {Name}{(list.Length == 0 ? "" : " FOR " + list)}", cancellationToken)
            .ConfigureAwait(false);
        else if (list.Length > 0) await connection.ExecuteAsync($"ALTER PUBLICATION {Name} SET {list}", cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>
    /// Publishes what a script has made of primary keys, in the script's own transaction: rows whose primary key isn't published whole could not be
    /// changed any more, by nobody.
    /// </summary>
    public static async ValueTask FollowAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var behind = await connection.RowsAsync(
            "SELECT format('%I.%I', t.schemaname, t.tablename), (SELECT string_agg(quote_ident(c), ', ') FROM (SELECT unnest(t.attnames)::text AS c "
            + "UNION SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)) columns) "
            + "FROM pg_publication_tables t JOIN pg_namespace n ON n.nspname = t.schemaname "
            + "JOIN pg_class k ON k.relnamespace = n.oid AND k.relname = t.tablename JOIN pg_index i ON i.indrelid = k.oid AND i.indisprimary "
            + $"WHERE t.pubname = '{Name}' AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) "
            + "AND a.attname <> ALL (t.attnames))",
            row => (Table: row.GetString(0), Columns: row.GetString(1)),
            cancellationToken).ConfigureAwait(false);
        foreach (var (table, columns) in behind)
        {
            await connection.ExecuteAsync(
                $"ALTER PUBLICATION {Name} DROP TABLE {table}; ALTER PUBLICATION {Name} ADD TABLE {table} ({columns})", cancellationToken)
                .ConfigureAwait(false);
        }
    }

    /// <summary>Gives it to whoever owns the tables, so that scripts can change it with them.</summary>
    public static async ValueTask GiveAsync(NpgsqlConnection connection, string? installer, CancellationToken cancellationToken)
    {
        if (installer is not null)
            await connection.ExecuteAsync($"ALTER PUBLICATION {Name} OWNER TO {Sql.Name(installer)}", cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<List<(string Mark, string Sql)>> TablesAsync(
        NpgsqlConnection connection, StoreLayout layout, CancellationToken cancellationToken)
    {
        var facts = await TableFacts.ReadAsync(connection, layout, cancellationToken).ConfigureAwait(false);
        return
        [
            .. layout.Entities.SelectMany(entity => entity.Tables.Where(facts.Has).Select(table => new CountedTable(entity, table)))
                .Select(table => ($"{table.Name}({string.Join(",", table.Columns)})", $"{facts.NameOf(table.Name)} ({Sql.Names(table.Columns)})")),
        ];
    }

    /// <summary>Null if there is none; else its tables with their columns.</summary>
    private static async ValueTask<HashSet<string>?> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await connection.ScalarAsync($"SELECT 1 FROM pg_publication WHERE pubname = '{Name}'", cancellationToken).ConfigureAwait(false) is null)
            return null;
        var tables = await connection.RowsAsync(
            "SELECT tablename || '(' || (SELECT string_agg(name::text, ',' ORDER BY name::text COLLATE \"C\") FROM unnest(attnames) name) || ')' "
            + $"FROM pg_publication_tables WHERE pubname = '{Name}'",
            row => row.GetString(0),
            cancellationToken).ConfigureAwait(false);
        return tables.ToHashSet(StringComparer.Ordinal);
    }
}
