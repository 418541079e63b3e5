using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.PostgreSql;

/// <summary>Which rows belong to a unit, as PostgreSQL reads it; buckets by its own hash functions, since publications filter by nothing else.</summary>
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

    protected override string BucketOf(string key, ValueForm form, int bucketCount) => $"({Sql.Hash(key, form)} & {bucketCount - 1})";
}
