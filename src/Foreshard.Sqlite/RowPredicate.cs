using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.Sqlite;

/// <summary>Which rows belong to a unit, as SQLite reads it; buckets by our own function.</summary>
internal sealed class RowPredicate : UnitPredicate
{
    private RowPredicate()
    {
    }

    public static RowPredicate Instance { get; } = new();

    protected override string Name(string column) => Sql.Name(column);

    protected override string Text(string text) => Sql.Text(text);

    protected override string Key(in EntityKey key, ValueForm form) => Sql.Key(key, form);

    protected override string Position(long position, ValueForm form) => Sql.Position(position, form);

    protected override string BucketOf(string key, ValueForm form, int bucketCount) => $"{Functions.Bucket}({(int)form}, {bucketCount}, {key})";
}
