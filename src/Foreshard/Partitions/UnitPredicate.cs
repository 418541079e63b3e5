using Foreshard.Schema;

namespace Foreshard.Partitions;

/// <summary>
/// Which rows of a table belong to a unit, as SQL without parameters, so that triggers, views and publications can carry it. Engines say how
/// their database writes values and finds the bucket of a key.
/// </summary>
internal abstract class UnitPredicate
{
    /// <summary>Null if no row of the table can belong to the unit.</summary>
    /// <param name="rows">The unit's rows.</param>
    /// <param name="table">A member table.</param>
    /// <param name="row">What stands before the columns: <c>NEW.</c>, <c>s.</c> or nothing.</param>
    public string? For(UnitRows rows, TableLayout table, string row = "")
    {
        var key = row + Name(table.KeyColumn);
        switch (rows)
        {
            case BucketRows bucket:
                return OfBucket(bucket, table, key);

            case ShardRows shard when ReferenceEquals(shard.Entity.Type, table.Owner):
                var ofEntity = $"{key} = {Key(shard.Entity, table.KeyForm)}";
                if (table.Role != TableRole.Grouped) return shard.WithCore ? ofEntity : null;
                return shard.Scope.IsWhole ? ofEntity : $"{ofEntity} AND {InScope(shard, table, row + Name(table.GroupColumn!))}";

            default:
                return null;
        }
    }

    /// <summary>Whether an expression, which yields a key of the table, is one of the bucket's entities.</summary>
    public string OfBucket(BucketRows bucket, TableLayout table, string key)
    {
        var isolated = bucket.Isolated.Where(entity => ReferenceEquals(entity.Type, table.Owner)).ToList();
        return $"{BucketOf(key, table.KeyForm, bucket.BucketCount)} = {bucket.Bucket}"
            + (isolated.Count == 0 ? "" : $" AND {key} NOT IN ({string.Join(", ", isolated.Select(entity => Key(entity, table.KeyForm)))})");
    }

    protected abstract string Name(string column);

    protected abstract string Text(string text);

    protected abstract string Key(in EntityKey key, ValueForm form);

    protected abstract string Position(long position, ValueForm form);

    /// <summary>The bucket of an expression that yields a key.</summary>
    protected abstract string BucketOf(string key, ValueForm form, int bucketCount);

    private string InScope(ShardRows shard, TableLayout table, string group)
    {
        var scope = shard.Scope;
        if (scope.Kind != GroupKind.Segment)
        {
            var from = scope.From is { } f ? $"{group} >= {Position(f, table.GroupForm)}" : null;
            var to = scope.To is { } t ? $"{group} < {Position(t, table.GroupForm)}" : null;
            return from is null && to is null ? "true" : string.Join(" AND ", new[] { from, to }.Where(part => part is not null));
        }

        if (!scope.TakesNew) return $"{group} IN ({string.Join(", ", scope.Segments.Select(Text))})";
        return shard.OtherSegments.IsEmpty ? "true" : $"{group} NOT IN ({string.Join(", ", shard.OtherSegments.Select(Text))})";
    }
}
