using System.Text;
using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.Sqlite;

/// <summary>
/// A connection on which the grouped tables of a split entity look whole: the other shards' files are attached for reading, and
/// temporary views that bear the tables' own names unite the shards, each filtered by key and scope.
/// </summary>
internal static class UnionConnection
{
    /// <summary>SQLite attaches ten files to a connection at most (a limit set when its library was built).</summary>
    public const int MaxPartitions = 11;

    public static PartitionConnection Open(SqlitePartition home, AdmissionRequest request)
    {
        var others = request.Union.Select(arm => (SqlitePartition)arm.Partition).Where(partition => partition != home).Distinct().ToList();
        if (others.Count + 1 > MaxPartitions) throw new TooManyShardsException(request.Entity, others.Count + 1, MaxPartitions);
        var connection = new PartitionConnection(home);
        try
        {
            var sql = new StringBuilder();
            foreach (var other in others) sql.Append($"ATTACH DATABASE {Sql.Text(other.Files.Uri + "?mode=ro")} AS {SchemaOf(other)};\n");
            foreach (var table in request.Layout.Tables.Where(table => table.Role == TableRole.Grouped)) sql.Append(View(home, request, table));
            PartitionFiles.Execute(connection.Connection, sql.ToString());
            connection.Authorizer.Soil();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The schema name under which a partition's file is attached to the home's connection.</summary>
    public static string SchemaOf(SqlitePartition partition, SqlitePartition home) => partition == home ? "main" : SchemaOf(partition);

    private static string SchemaOf(SqlitePartition partition) => $"foreshard_{partition.Id}";

    private static string View(SqlitePartition home, AdmissionRequest request, TableLayout table)
    {
        var arms = request.Union.Select(arm =>
        {
            var schema = SchemaOf((SqlitePartition)arm.Partition, home);
            return $"SELECT * FROM {schema}.{Sql.Name(table.Name)} WHERE {RowPredicate.Instance.For(arm.Rows, table)}";
        });
        return $"CREATE TEMP VIEW {Sql.Name(table.Name)} AS {string.Join(" UNION ALL ", arms)};\n" + Refuse(table, "DELETE") + Refuse(table, "UPDATE");
    }

    /// <summary>
    /// SQLite asks the authorizer about a write to a view only where a trigger makes one possible; and the authorizer's
    /// refusal tells the reason.
    /// </summary>
    private static string Refuse(TableLayout table, string verb) =>
        $"CREATE TEMP TRIGGER {Sql.Name($"foreshard_view_{table.Name}_{verb}")} INSTEAD OF {verb} ON {Sql.Name(table.Name)} "
        + "BEGIN SELECT RAISE(ABORT, 'foreshard'); END;\n";
}
