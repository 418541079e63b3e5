using System.Collections.Immutable;

namespace Foreshard.Schema;

/// <summary>Collects the declarations of a store; see <see cref="StoreSchema.Define"/>.</summary>
public sealed class StoreSchemaBuilder
{
    private readonly ImmutableArray<EntityDeclaration>.Builder entities = ImmutableArray.CreateBuilder<EntityDeclaration>();
    private readonly ImmutableArray<string>.Builder references = ImmutableArray.CreateBuilder<string>();

    internal StoreSchemaBuilder()
    {
    }

    /// <summary>Declares an entity type.</summary>
    /// <exception cref="ArgumentException">The name can't name an entity type.</exception>
    public StoreSchemaBuilder Entity(string name, KeyKind keyKind, Action<EntityTypeBuilder> define)
    {
        ArgumentNullException.ThrowIfNull(define);
        var builder = new EntityTypeBuilder(EntityType.Of(name, keyKind));
        define(builder);
        entities.Add(builder.Build());
        return this;
    }

    /// <summary>Declares tables without a key column whose rows are the same on every partition.</summary>
    public StoreSchemaBuilder Reference(params ReadOnlySpan<string> tables)
    {
        foreach (var table in tables)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(table, nameof(tables));
            references.Add(table);
        }

        return this;
    }

    internal StoreSchema Build()
    {
        var problems = DeclarationRules.Check(entities, references);
        return problems.Count == 0 ? new(entities.ToImmutable(), references.ToImmutable()) : throw new SchemaException(problems);
    }
}

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

/// <summary>Collects what must be said of one member table.</summary>
public sealed class TableBuilder
{
    internal TableBuilder(string name) => Declaration = new(name, null, null, IsCore: false, HasUniqueIds: false);

    internal TableDeclaration Declaration { get; private set; }

    /// <summary>The key column has another name here.</summary>
    public TableBuilder KeyColumn(string column)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(column);
        Declaration = Declaration with { KeyColumn = column };
        return this;
    }

    /// <summary>The group column has another name here.</summary>
    public TableBuilder GroupColumn(string column)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(column);
        Declaration = Declaration with { GroupColumn = column };
        return this;
    }

    /// <summary>The rows belong to the entity as a whole, although the table has a column named like the group column.</summary>
    public TableBuilder Core()
    {
        Declaration = Declaration with { IsCore = true };
        return this;
    }

    /// <summary>
    /// Promises that values of the primary key and of unique constraints are unique in the whole store, though they don't hold the
    /// key. Broken, the promise shows as a failed move at the latest: two rows can't live under one id on one partition.
    /// </summary>
    public TableBuilder UniqueIds()
    {
        Declaration = Declaration with { HasUniqueIds = true };
        return this;
    }
}
