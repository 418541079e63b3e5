using System.Collections.Immutable;

namespace Foreshard.Schema;

/// <summary>Collects the declaration of an entity type.</summary>
public sealed class EntityTypeBuilder
{
    private readonly EntityType type;
    private readonly ImmutableArray<TableDeclaration>.Builder tables = ImmutableArray.CreateBuilder<TableDeclaration>();
    private string rootTable = "";
    private string? rootKeyColumn;
    private string keyColumn = "";
    private GroupDeclaration? group;
    private bool isSplittable;

    internal EntityTypeBuilder(EntityType type) => this.type = type;

    /// <summary>The table with one row per entity. Required.</summary>
    /// <param name="table">The table.</param>
    /// <param name="keyColumn">Its column that holds the key; null: named like the key column of the other tables.</param>
    public EntityTypeBuilder Root(string table, string? keyColumn = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(table);
        rootTable = table;
        rootKeyColumn = keyColumn ?? rootKeyColumn;
        return this;
    }

    /// <summary>The column that holds the key: every table that has it is a member of this type. Required.</summary>
    public EntityTypeBuilder KeyColumn(string column)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(column);
        keyColumn = column;
        return this;
    }

    /// <summary>Each value of this text column is a group.</summary>
    public EntityTypeBuilder GroupBySegment(string column) => GroupBy(column, GroupKind.Segment);

    /// <summary>The groups are positions of this column on a line, which may be cut anywhere.</summary>
    /// <exception cref="ArgumentException"><paramref name="kind"/> is <see cref="GroupKind.Segment"/>, which is no line.</exception>
    public EntityTypeBuilder GroupByInterval(string column, GroupKind kind) => kind == GroupKind.Segment
        ? throw new ArgumentException("Segments are no line that has intervals; use GroupBySegment.", nameof(kind))
        : GroupBy(column, kind);

    /// <summary>Entities may be split along their groups. The rules for that hold from now on, split or not.</summary>
    public EntityTypeBuilder Splittable()
    {
        isSplittable = true;
        return this;
    }

    /// <summary>Declares that a table is a member, and what can't be seen from the catalogue.</summary>
    public EntityTypeBuilder Table(string name, Action<TableBuilder>? define = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var builder = new TableBuilder(name);
        define?.Invoke(builder);
        tables.Add(builder.Declaration);
        return this;
    }

    internal EntityTypeBuilder GroupBy(string column, GroupKind kind)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(column);
        group = new(column, kind);
        return this;
    }

    internal void RootKey(string column) => rootKeyColumn = column;

    internal EntityDeclaration Build() =>
        new(type, rootTable, rootKeyColumn ?? keyColumn, keyColumn, group, isSplittable, tables.ToImmutable());
}
