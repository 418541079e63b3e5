using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.Sqlite;

/// <summary>Which rows of a table belong to a unit, as SQL without parameters, so that triggers can carry it.</summary>
internal static class RowPredicate
{
    /// <summary>Null if no row of the table can belong to the unit.</summary>
    /// <param name="rows">The unit's rows.</param>
    /// <param name="table">A member table.</param>
    /// <param name="row">What stands before the columns: <c>NEW.</c>, <c>s.</c> or nothing.</param>
    public static string? For(UnitRows rows, TableLayout table, string row)
    {
        var key = row + Sql.Name(table.KeyColumn);
        switch (rows)
        {
            case BucketRows bucket:
                return OfBucket(bucket, table, key);

            case ShardRows shard when ReferenceEquals(shard.Entity.Type, table.Owner):
                var ofEntity = $"{key} = {Sql.Key(shard.Entity, table.KeyForm)}";
                if (table.Role != TableRole.Grouped) return shard.WithCore ? ofEntity : null;
                return shard.Scope.IsWhole ? ofEntity : $"{ofEntity} AND {InScope(shard, table, row + Sql.Name(table.GroupColumn!))}";

            default:
                return null;
        }
    }

    /// <summary>Whether an expression, which yields a key of the table, is one of the bucket's entities.</summary>
    public static string OfBucket(BucketRows bucket, TableLayout table, string key)
    {
        var isolated = bucket.Isolated.Where(entity => ReferenceEquals(entity.Type, table.Owner)).ToList();
        return $"{Functions.Bucket}({(int)table.KeyForm}, {bucket.BucketCount}, {key}) = {bucket.Bucket}"
            + (isolated.Count == 0 ? "" : $" AND {key} NOT IN ({string.Join(", ", isolated.Select(entity => Sql.Key(entity, table.KeyForm)))})");
    }

    private static string InScope(ShardRows shard, TableLayout table, string group)
    {
        var scope = shard.Scope;
        if (scope.Kind != GroupKind.Segment)
        {
            var from = scope.From is { } f ? $"{group} >= {Sql.Position(f, table.GroupForm)}" : null;
            var to = scope.To is { } t ? $"{group} < {Sql.Position(t, table.GroupForm)}" : null;
            return string.Join(" AND ", new[] { from, to }.Where(part => part is not null));
        }

        return scope.TakesNew
            ? $"{group} NOT IN ({string.Join(", ", shard.OtherSegments.Select(Sql.Text))})"
            : $"{group} IN ({string.Join(", ", scope.Segments.Select(Sql.Text))})";
    }
}
