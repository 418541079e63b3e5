using System.Collections.Immutable;
using Foreshard.Schema;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>Reads the tables of the schema that unqualified names lead to.</summary>
internal static class PostgresCatalogue
{
    private const string Here = "n.relnamespace = current_schema()::regnamespace";

    public static async ValueTask<Catalogue> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var obstacles = await TableObstacles.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        var columns = (await ReadColumnsAsync(connection, cancellationToken).ConfigureAwait(false))
            .ToLookup(column => column.Table, column => column.Column, StringComparer.Ordinal);
        var indexes = (await ReadIndexesAsync(connection, cancellationToken).ConfigureAwait(false)).ToLookup(index => index.Table, StringComparer.Ordinal);
        var foreignKeys = (await ReadForeignKeysAsync(connection, cancellationToken).ConfigureAwait(false))
            .ToLookup(key => key.Table, key => key.ForeignKey, StringComparer.Ordinal);
        var names = await connection.RowsAsync(
            $"SELECT n.relname FROM pg_class n WHERE {Here} AND n.relkind IN ('r', 'p', 'f') ORDER BY n.relname", row => row.GetString(0), cancellationToken)
            .ConfigureAwait(false);
        return new Catalogue(
        [
            .. names.Where(name => !SchemaNames.IsReserved(name)).Select(name => new CatalogueTable(name)
            {
                Columns = [.. columns[name]],
                PrimaryKey = indexes[name].Where(index => index.IsPrimary).SelectMany(index => index.Index.Columns).OfType<string>().ToImmutableArray(),
                Indexes = [.. indexes[name].Select(index => index.Index)],
                ForeignKeys = [.. foreignKeys[name]],
                Obstacles = [.. obstacles[name]],
            }),
        ]);
    }

    public static ValueTask<List<(string Table, CatalogueForeignKey ForeignKey)>> ReadForeignKeysAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken) => RowsAsync(
        connection,
        $"""
        SELECT n.relname, p.relname, c.confdeltype, c.confupdtype, {Columns("c.conkey", "c.conrelid")}, {Columns("c.confkey", "c.confrelid")}
        FROM pg_constraint c JOIN pg_class n ON n.oid = c.conrelid JOIN pg_class p ON p.oid = c.confrelid
        WHERE c.contype = 'f' AND {Here} AND c.conparentid = 0 ORDER BY n.relname, c.conname
        """,
        row => (row.GetString(0), new CatalogueForeignKey(
            [.. row.GetFieldValue<string[]>(4)], row.GetString(1), [.. row.GetFieldValue<string[]>(5)], Action(row.GetChar(2)), Action(row.GetChar(3)))),
        cancellationToken);

    private static ValueTask<List<(string Table, CatalogueColumn Column)>> ReadColumnsAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken) => RowsAsync(
        connection,
        $"""
        SELECT n.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated <> '',
            coalesce(l.collisdeterministic, true),
            CASE WHEN a.attidentity <> '' THEN 'IDENTITY' WHEN pg_get_expr(d.adbin, d.adrelid) LIKE '%nextval(%' THEN 'SEQUENCE' END,
            coalesce(nullif(t.typbasetype, 0), t.oid)::regtype::text
        FROM pg_attribute a JOIN pg_class n ON n.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
            LEFT JOIN pg_collation l ON l.oid = a.attcollation
            LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated = ''
        WHERE {Here} AND n.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY n.relname, a.attnum
        """,
        row => (row.GetString(0), new CatalogueColumn(
            row.GetString(1), row.GetString(2), row.GetBoolean(3), row.GetBoolean(4), row.GetBoolean(5), row.IsDBNull(6) ? null : row.GetString(6),
            Forms(row.GetString(7)))),
        cancellationToken);

    private static ValueTask<List<(string Table, bool IsPrimary, CatalogueIndex Index)>> ReadIndexesAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken) => RowsAsync(
        connection,
        $"""
        SELECT n.relname, i.indisprimary, x.relname, i.indisunique, i.indpred IS NOT NULL,
            ARRAY(SELECT CASE WHEN i.indcollation[k - 1] = 0 OR i.indcollation[k - 1] = a.attcollation THEN a.attname::text END
                FROM generate_series(1, i.indnkeyatts) k
                LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1] AND i.indkey[k - 1] > 0 ORDER BY k)
        FROM pg_index i JOIN pg_class n ON n.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
        WHERE {Here} AND i.indisvalid ORDER BY n.relname, x.relname
        """,
        row => (row.GetString(0), row.GetBoolean(1), new CatalogueIndex(
            row.GetString(2), [.. row.GetFieldValue<string?[]>(5)], row.GetBoolean(3), row.GetBoolean(4))),
        cancellationToken);

    private static ValueTask<List<T>> RowsAsync<T>(
        NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        connection.RowsAsync(sql, read, cancellationToken);

    private static string Columns(string numbers, string table) =>
        $"ARRAY(SELECT a.attname::text FROM unnest({numbers}) WITH ORDINALITY k(number, place) "
        + $"JOIN pg_attribute a ON a.attrelid = {table} AND a.attnum = k.number ORDER BY k.place)";

    private static ImmutableArray<ValueForm> Forms(string type) => type switch
    {
        "bigint" or "integer" or "smallint" => [ValueForm.Integer],
        "text" or "character varying" => [ValueForm.Text],
        "uuid" => [ValueForm.Uuid],
        "date" => [ValueForm.Date],
        "timestamp with time zone" => [ValueForm.Time],
        _ => [],
    };

    private static string Action(char action) => action switch
    {
        'r' => "RESTRICT",
        'c' => "CASCADE",
        'n' => "SET NULL",
        'd' => "SET DEFAULT",
        _ => "NO ACTION",
    };
}
