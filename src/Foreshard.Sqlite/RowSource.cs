using Foreshard.Partitions;
using Foreshard.Schema;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

/// <summary>Finds the rows of a unit once and hands them out in pieces, so that nobody waits long behind a copy or a clean-up.</summary>
internal sealed class RowSource
{
    private static readonly string[] RowIdNames = ["_rowid_", "rowid", "oid"];

    private readonly SqliteConnection connection;
    private readonly UnitRows rows;
    private readonly string schema;
    private readonly List<Piece> pieces = [];

    /// <param name="connection">Where the lists of rows are kept, as temporary tables.</param>
    /// <param name="rows">The unit.</param>
    /// <param name="schema">The schema name of the partition's file on that connection.</param>
    public RowSource(SqliteConnection connection, UnitRows rows, string schema)
    {
        this.connection = connection;
        this.rows = rows;
        this.schema = schema;
    }

    public long TotalRows => pieces.Sum(piece => piece.Rows);

    public IReadOnlyList<Piece> Pieces => pieces;

    /// <summary>
    /// The unit's rows in a table as a condition that uses the index that leads with the key: for a bucket, the keys are found first by
    /// hopping from key to key.
    /// </summary>
    public static string? Where(UnitRows rows, TableLayout table, string schema)
    {
        if (rows is not BucketRows bucket) return RowPredicate.Instance.For(rows, table);
        var key = Sql.Name(table.KeyColumn);
        var name = $"{schema}.{Sql.Name(table.Name)}";
        return $"{key} IN (WITH RECURSIVE hop(k) AS (SELECT min({key}) FROM {name} UNION ALL "
            + $"SELECT (SELECT min({key}) FROM {name} WHERE {key} > hop.k) FROM hop WHERE hop.k IS NOT NULL) "
            + $"SELECT k FROM hop WHERE k IS NOT NULL AND {RowPredicate.Instance.OfBucket(bucket, table, "k")})";
    }

    /// <summary>Lists the rows of every table that the unit has rows in.</summary>
    public void List(IEnumerable<TableLayout> tables)
    {
        foreach (var table in tables)
        {
            if (Where(rows, table, schema) is not { } where) continue;
            var ids = $"foreshard_ids_{table.Ordinal}";
            var address = Address(table);
            var names = string.Join(", ", address.Select((column, position) => $"{column} AS a{position}"));
            PartitionFiles.Execute(
                connection, $"DROP TABLE IF EXISTS temp.{ids}; CREATE TEMP TABLE {ids} AS SELECT {names} FROM {schema}.{Sql.Name(table.Name)} WHERE {where}");
            var count = (long)PartitionFiles.Scalar(connection, $"SELECT coalesce(max(rowid), 0) FROM temp.{ids}")!;
            var match = string.Join(" AND ", address.Select((column, position) => $"s.{column} = i.a{position}"));
            pieces.Add(new Piece(table, ids, count, count == 0 ? 0 : SqlitePartition.MeanBytes(connection, schema, table, where), match));
        }
    }

    public void Forget()
    {
        foreach (var piece in pieces) PartitionFiles.Execute(connection, $"DROP TABLE IF EXISTS temp.{piece.Ids}");
        pieces.Clear();
    }

    /// <summary>The unit's rows numbered from (exclusive) to (inclusive), still the unit's: <c>FROM … WHERE …</c> with the rows as <c>s</c>.</summary>
    public string From(Piece piece, long after, long upTo) =>
        $"FROM temp.{piece.Ids} i CROSS JOIN {schema}.{Sql.Name(piece.Table.Name)} s ON {piece.Match} "
        + $"WHERE i.rowid > {Sql.Number(after)} AND i.rowid <= {Sql.Number(upTo)} AND {RowPredicate.Instance.For(rows, piece.Table, "s.")}";

    /// <summary>What names a row: the row id, or the primary key where there is none.</summary>
    public IReadOnlyList<string> Address(TableLayout table)
    {
        var isWithoutRowId = PartitionFiles.Scalar(
            connection, $"SELECT wr FROM pragma_table_list WHERE schema = {Sql.Text(schema)} AND name = {Sql.Text(table.Name)}") is 1L;
        var rowId = RowIdNames.FirstOrDefault(name => !table.Columns.Contains(name, StringComparer.OrdinalIgnoreCase));
        return isWithoutRowId || rowId is null ? [.. table.PrimaryKey.Select(Sql.Name)] : [rowId];
    }

    /// <summary>One table's rows.</summary>
    internal sealed record Piece(TableLayout Table, string Ids, long Rows, double MeanBytes, string Match);
}
