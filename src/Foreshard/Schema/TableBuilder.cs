namespace Foreshard.Schema;

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
