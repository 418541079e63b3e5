using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>A column as a view and a foreign table show it.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type as PostgreSQL writes it, with its collation if that isn't the type's own.</param>
internal sealed record ShownColumn(string Table, string Name, string Type)
{
    /// <summary>All columns of the partition's tables, generated ones too, in their order.</summary>
    public static async ValueTask<ILookup<string, ShownColumn>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.RowsAsync(
            "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attcollation <> t.typcollation "
            + "THEN ' COLLATE ' || quote_ident(n.nspname) || '.' || quote_ident(o.collname) ELSE '' END "
            + "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type t ON t.oid = a.atttypid "
            + "LEFT JOIN pg_collation o ON o.oid = a.attcollation LEFT JOIN pg_namespace n ON n.oid = o.collnamespace "
            + "WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' ORDER BY c.relname, a.attnum",
            row => new ShownColumn(row.GetString(0), row.GetString(1), row.GetString(2)),
            cancellationToken).ConfigureAwait(false)).ToLookup(column => column.Table, StringComparer.Ordinal);
}

/// <summary>A schema that is made from a text; its comment says from which, so that it is made anew only where that has changed.</summary>
internal static class ShownSchema
{
    public static string Fingerprint(string text) => "made by foreshard: " + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    public static async ValueTask<bool> ExistsAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken) =>
        await connection.ScalarAsync($"SELECT 1 FROM pg_namespace WHERE nspname = {Sql.Text(schema)}", cancellationToken).ConfigureAwait(false) is not null;

    public static async ValueTask<bool> IsMadeFromAsync(NpgsqlConnection connection, string schema, string text, CancellationToken cancellationToken) =>
        await connection.ScalarAsync(
            $"SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = {Sql.Text(schema)}", cancellationToken)
            .ConfigureAwait(false) is string comment && comment == Fingerprint(text);

    public static async ValueTask NoteAsync(NpgsqlConnection connection, string schema, string? text, CancellationToken cancellationToken) =>
        await connection.ExecuteAsync(
            $"COMMENT ON SCHEMA {schema} IS {(text is null ? "NULL" : Sql.Text(Fingerprint(text)))}", cancellationToken).ConfigureAwait(false);

    /// <summary>Drops views of a schema, all in one statement, but none that somebody has built upon.</summary>
    public static async ValueTask EmptyAsync(NpgsqlConnection connection, string schema, string which, CancellationToken cancellationToken)
    {
        if (!await ExistsAsync(connection, schema, cancellationToken).ConfigureAwait(false)) return;
        var views = await connection.RowsAsync(
            $"SELECT relname FROM pg_class WHERE relnamespace = {Sql.Text(schema)}::regnamespace AND relkind = 'v' AND {which}",
            row => $"{schema}.{Sql.Name(row.GetString(0))}",
            cancellationToken).ConfigureAwait(false);
        if (views.Count > 0) await connection.ExecuteAsync($"DROP VIEW {string.Join(", ", views)}", cancellationToken).ConfigureAwait(false);
        await NoteAsync(connection, schema, null, cancellationToken).ConfigureAwait(false);
    }
}
