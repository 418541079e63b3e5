using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.PostgreSql;

/// <summary>Which rows of a table belong to a unit, as SQL without parameters, so that views and publications can carry it.</summary>
internal static class RowPredicate
{
    /// <summary>Null if no row of the table can belong to the unit.</summary>
    /// <param name="rows">The unit's rows.</param>
    /// <param name="table">A member table.</param>
    /// <param name="row">What stands before the columns: <c>s.</c> or nothing.</param>
    public static string? For(UnitRows rows, TableLayout table, string row = "")
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

    private static string OfBucket(BucketRows bucket, TableLayout table, string key)
    {
        var isolated = bucket.Isolated.Where(entity => ReferenceEquals(entity.Type, table.Owner)).ToList();
        return $"({Sql.Hash(key, table.KeyForm)} & {bucket.BucketCount - 1}) = {bucket.Bucket}"
            + (isolated.Count == 0 ? "" : $" AND {key} NOT IN ({string.Join(", ", isolated.Select(entity => Sql.Key(entity, table.KeyForm)))})");
    }

    private static string InScope(ShardRows shard, TableLayout table, string group)
    {
        var scope = shard.Scope;
        if (scope.Kind != GroupKind.Segment)
        {
            var from = scope.From is { } f ? $"{group} >= {Sql.Position(f, table.GroupForm)}" : null;
            var to = scope.To is { } t ? $"{group} < {Sql.Position(t, table.GroupForm)}" : null;
            return from is null && to is null ? "true" : string.Join(" AND ", new[] { from, to }.Where(part => part is not null));
        }

        if (!scope.TakesNew) return $"{group} IN ({string.Join(", ", scope.Segments.Select(Sql.Text))})";
        return shard.OtherSegments.IsEmpty ? "true" : $"{group} NOT IN ({string.Join(", ", shard.OtherSegments.Select(Sql.Text))})";
    }
}
