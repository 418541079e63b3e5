using System.Collections.Immutable;
using Foreshard.Schema;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Foreshard.Sqlite;

/// <summary>Reads the tables of a SQLite database (its schema <c>main</c>).</summary>
internal static class SqliteCatalogue
{
    private const int HasAutoincrement = 1;

    private const string ObstacleRemedy = "Replace it by an ordinary table, or keep it in a database that Foreshard does not manage.";

    /// <summary>One line of <c>pragma table_list</c>.</summary>
    private readonly record struct Listed(string Name, string Type, bool IsStrict);

    /// <summary>All tables but SQLite's and, unless asked for, those that are named like Foreshard's own.</summary>
    /// <remarks>Read table by table: wrap it in a transaction where another connection may change tables.</remarks>
    public static Catalogue Read(SqliteConnection connection, bool withReservedNames = false)
    {
        var listed = Query(
            connection, "select name, type, strict from pragma_table_list where schema = 'main' and type <> 'view' order by name", null,
            row => new Listed(row.GetString(0), row.GetString(1), row.GetBoolean(2)));
        var tables = listed
            .Where(table => !table.Name.StartsWith("sqlite_", StringComparison.OrdinalIgnoreCase))
            .Where(table => withReservedNames || !SchemaNames.IsReserved(table.Name))
            .Select(table => ReadTable(connection, table)).ToList();
        return new(tables.Select(table => table with { ForeignKeys = ForeignKeys(connection, table.Name, tables) }).ToImmutableArray());
    }

    private static CatalogueTable ReadTable(SqliteConnection connection, Listed table)
    {
        var obstacles = Obstacles(table);
        if (obstacles.Length > 0) return new(table.Name) { Obstacles = obstacles };

        var indexes = Query(
            connection, "select name, \"unique\", partial, origin from pragma_index_list($table) order by seq", table.Name,
            row => (Name: row.GetString(0), IsUnique: row.GetBoolean(1), IsPartial: row.GetBoolean(2), Origin: row.GetString(3)));
        var raw = Query(
            connection, "select name, type, \"notnull\", pk, hidden from pragma_table_xinfo($table) order by cid", table.Name,
            row => (Name: row.GetString(0), Type: row.GetString(1), IsNotNull: row.GetBoolean(2), Place: row.GetInt32(3), Hidden: row.GetInt32(4)));

        var primaryKey = raw.Where(column => column.Place > 0).OrderBy(column => column.Place).Select(column => column.Name).ToImmutableArray();

        // Only a primary key that is the rowid itself is in no index; that of a table without rowid is listed as one.
        var isRowid = primaryKey.Length == 1 && !indexes.Any(index => index.Origin == "pk");
        var collations = new Dictionary<string, string>(SchemaNames.Comparer);
        var columns = ImmutableArray.CreateBuilder<CatalogueColumn>(raw.Count);
        foreach (var column in raw)
        {
            var (collation, isAutoincrement) = Metadata(connection, table.Name, column.Name);
            collations[column.Name] = collation;
            var isAlias = isRowid && column.Place > 0;
            columns.Add(new(
                column.Name, column.Type, column.IsNotNull || isAlias, column.Hidden is 2 or 3, IsBinary(collation),
                isAutoincrement ? "AUTOINCREMENT" : isAlias ? "rowid" : null, ColumnAffinity.Forms(column.Type, table.IsStrict)));
        }

        return new(table.Name)
        {
            Columns = columns.ToImmutable(),
            PrimaryKey = primaryKey,
            Indexes = indexes.Select(index => new CatalogueIndex(
                index.Name, IndexColumns(connection, index.Name, collations), index.IsUnique, index.IsPartial)).ToImmutableArray(),
        };
    }

    private static ImmutableArray<CatalogueObstacle> Obstacles(Listed table) => table.Type switch
    {
        "table" => [],
        "virtual" => [new("It is a virtual table: a module keeps its rows, and a move could not follow what becomes of them.", ObstacleRemedy)],
        _ => [new("It is a shadow table: it holds what a virtual table keeps, and only that table's module knows what its rows mean.", ObstacleRemedy)],
    };

    private static ImmutableArray<string?> IndexColumns(SqliteConnection connection, string index, Dictionary<string, string> collations) =>
        Query(
            connection, "select name, coll from pragma_index_xinfo($table) where key = 1 order by seqno", index,
            row => (Name: row.IsDBNull(0) ? null : row.GetString(0), Collation: row.GetString(1)))
        .Select(column => column.Name is { } name && SchemaNames.Same(collations[name], column.Collation) ? name : null)
        .ToImmutableArray();

    private static ImmutableArray<CatalogueForeignKey> ForeignKeys(SqliteConnection connection, string table, List<CatalogueTable> tables)
    {
        var parts = Query(
            connection,
            "select id, \"table\", \"from\", \"to\", on_update, on_delete from pragma_foreign_key_list($table) order by id, seq", table,
            row => (
                Id: row.GetInt32(0), Table: row.GetString(1), From: row.GetString(2), To: row.IsDBNull(3) ? null : row.GetString(3),
                OnUpdate: row.GetString(4), OnDelete: row.GetString(5)));
        return parts.GroupBy(part => part.Id).Select(foreignKey =>
        {
            var first = foreignKey.First();
            var target = tables.Find(other => SchemaNames.Same(other.Name, first.Table));
            return new CatalogueForeignKey(
                foreignKey.Select(part => part.From).ToImmutableArray(),
                target?.Name ?? first.Table,
                first.To is null ? target?.PrimaryKey ?? [] : foreignKey.Select(part => part.To!).ToImmutableArray(),
                first.OnDelete, first.OnUpdate);
        }).ToImmutableArray();
    }

    private static (string Collation, bool IsAutoincrement) Metadata(SqliteConnection connection, string table, string column)
    {
        var result = raw.sqlite3_table_column_metadata(
            connection.Handle, "main", table, column, out _, out var collation, out _, out _, out var autoincrement);
        SqliteException.ThrowExceptionForRC(result, connection.Handle);
        return (collation, autoincrement == HasAutoincrement);
    }

    private static bool IsBinary(string collation) => string.Equals(collation, "BINARY", StringComparison.OrdinalIgnoreCase);

    private static List<T> Query<T>(SqliteConnection connection, string sql, string? table, Func<SqliteDataReader, T> read)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        if (table is not null) command.Parameters.AddWithValue("$table", table);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }
}
