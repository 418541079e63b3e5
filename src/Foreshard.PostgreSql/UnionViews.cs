using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.PostgreSql;

/// <summary>A temporary view in the place of a grouped table, as long as one session.</summary>
internal readonly record struct UnionView(string Name, string Create);

/// <summary>
/// What a session on a split entity sees by the names of its grouped tables: the rows of the shards that are here and nothing that lies
/// beside them, such as rows of a shard that has left. If shards are elsewhere, reading is refused: rows would be missing.
/// </summary>
internal static class UnionViews
{
    public static IReadOnlyList<UnionView> For(PostgresPartition partition, AdmissionRequest request, TableFacts facts)
    {
        if (request.Union.IsEmpty) return [];
        var isElsewhere = request.Union.Any(arm => !ReferenceEquals(arm.Partition, partition));
        return
        [
            .. request.Layout.Tables.Where(table => table.Role == TableRole.Grouped).Select(table =>
            {
                var where = isElsewhere
                    ? $"foreshard.refuse_union({Sql.Text(table.Name)})"
                    : string.Join(" OR ", request.Union.Select(arm => $"({RowPredicate.Instance.For(arm.Rows, table)})"));
                return new UnionView(table.Name, $"CREATE TEMP VIEW {Sql.Name(table.Name)} AS SELECT * FROM {facts.NameOf(table)} WHERE {where}");
            }),
        ];
    }
}
