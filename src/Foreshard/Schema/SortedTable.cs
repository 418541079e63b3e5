namespace Foreshard.Schema;

/// <summary>A table of the catalogue together with what it was found to be.</summary>
/// <param name="Table">The table.</param>
/// <param name="Owner">The entity type that it belongs to; null for reference tables.</param>
/// <param name="Role">What it is to its entity; meaningless for reference tables.</param>
/// <param name="Key">The key column; null for reference tables, and where it is missing.</param>
/// <param name="Group">The group column of a table with grouped rows; otherwise null.</param>
/// <param name="HasUniqueIds">Whether the application promises ids that are unique in the whole store.</param>
internal sealed record SortedTable(
    CatalogueTable Table, EntityDeclaration? Owner, TableRole Role, CatalogueColumn? Key, CatalogueColumn? Group, bool HasUniqueIds)
{
    public string Name => Table.Name;

    public bool IsReference => Owner is null;

    /// <summary>Whether the rules for groups hold.</summary>
    public bool IsSplittable => Owner is { IsSplittable: true };

    /// <summary>Column lists that the database keeps unique in all rows, the primary key first, each once.</summary>
    public IEnumerable<IReadOnlyList<string?>> UniqueLists(bool withPartial)
    {
        var lists = new List<IReadOnlyList<string?>>();
        if (Table.PrimaryKey.Length > 0) lists.Add(Table.PrimaryKey);
        foreach (var index in Table.Indexes)
        {
            if (index.IsUnique && (withPartial || !index.IsPartial) && !lists.Exists(list => list.SequenceEqual(index.Columns, SchemaNames.Comparer)))
                lists.Add(index.Columns);
        }

        return lists;
    }

    public SchemaProblem Problem(string rule, string column, string message, string remedy) => new(rule, Name, column, message, remedy);
}
