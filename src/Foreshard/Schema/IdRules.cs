namespace Foreshard.Schema;

/// <summary>The rules for primary keys and unique constraints: ids must not meet another entity's after a move.</summary>
internal static class IdRules
{
    /// <summary>
    /// A generator that only fills in what the application leaves out, from the rows present, and so gives equal values where rows
    /// are equal.
    /// </summary>
    private const string FillsIn = "rowid";

    /// <summary>A generator that remembers ids beyond the rows present; nothing that the application writes makes it harmless.</summary>
    private const string Remembers = "AUTOINCREMENT";

    private const string Remedy =
        "Write time-ordered ids from Foreshard (UniqueIds) or UUIDv7 and declare the table UniqueIds, or put the key column into the primary key.";

    public static IEnumerable<SchemaProblem> Check(SortedTable table) =>
        PrimaryKey(table).Concat(Generated(table)).Concat(NotUnique(table)).Concat(Expressions(table));

    private static IEnumerable<SchemaProblem> PrimaryKey(SortedTable table)
    {
        if (table.Table.PrimaryKey.IsEmpty)
        {
            yield return table.Problem(
                RuleNames.PrimaryKeyMissing, "", "The table has no primary key, so a changed row can't be told from the others.",
                "Declare a primary key.");
        }

        // Key and group columns have rules of their own that say the same.
        var others = table.Table.PrimaryKey.Where(name => !SchemaNames.Same(name, table.Key?.Name) && !(table.IsSplittable && SchemaNames.Same(name, table.Group?.Name)));
        foreach (var column in others.Select(name => table.Table.Column(name)).OfType<CatalogueColumn>())
        {
            if (!column.IsNotNull)
            {
                yield return table.Problem(
                    RuleNames.PrimaryKeyNullable, column.Name, "A column of the primary key may be NULL, and rows with NULL there can't be told apart.",
                    "Declare the column NOT NULL.");
            }

            if (!column.HasBinaryCollation)
            {
                yield return table.Problem(
                    RuleNames.PrimaryKeyCollation, column.Name, "A column of the primary key is not compared by its bytes, but a move tells rows apart by them.",
                    "Declare the column with binary collation; a unique index beside it may compare otherwise.");
            }
        }
    }

    private static IEnumerable<SchemaProblem> Generated(SortedTable table) =>
        from column in table.Table.Columns
        where Collides(table, column)
        select table.Problem(
            RuleNames.IdsGenerated, column.Name,
            table.IsReference
                ? $"The database generates ids ({column.GeneratesIds}), and the partitions would not agree on them."
                : $"The database generates ids ({column.GeneratesIds}): two partitions give out the same id, and the rows collide after a move.",
            table.IsReference ? "Write the ids from the application." : column.GeneratesIds == Remembers ? "Take out AUTOINCREMENT. " + Remedy : Remedy);

    private static bool Collides(SortedTable table, CatalogueColumn column) => column.GeneratesIds switch
    {
        null => false,
        Remembers => true,
        FillsIn => table.Key is { } key && !table.HasUniqueIds && !SchemaNames.Same(column.Name, key.Name),
        _ => table.IsReference || !table.HasUniqueIds,
    };

    private static IEnumerable<SchemaProblem> NotUnique(SortedTable table)
    {
        if (table.HasUniqueIds || table.Key is not { } key) yield break;
        foreach (var list in table.UniqueLists(withPartial: true))
        {
            if (list.Has(key.Name) || list.Contains(null)) continue;
            if (list is [{ } only] && table.Table.Column(only) is { } column && Collides(table, column)) continue;
            yield return table.Problem(
                RuleNames.IdsNotUnique, list[0]!,
                $"({string.Join(", ", list)}) is unique on one partition only: rows of two entities may collide after a move.",
                $"Add {key.Name} to the unique key. Or, if the values are unique in the whole store (Foreshard's UniqueIds, UUIDv7), declare the table UniqueIds.");
        }
    }

    private static IEnumerable<SchemaProblem> Expressions(SortedTable table) =>
        from index in table.Table.Indexes
        where !table.IsReference && index.IsUnique && index.Columns.Any(name => name is null || table.Table.Column(name) is { IsGenerated: true })
        select table.Problem(
            RuleNames.UniqueExpression, index.Columns.FirstOrDefault(name => name is not null) ?? "",
            $"Unique index '{index.Name}' is on an expression, a generated column or a column under another collation: a move can't see which rows it holds apart.",
            "Write the value to an ordinary column and make that unique, together with the key column.");
}
