namespace Foreshard.Schema;

/// <summary>What can be wrong with a declaration before any catalogue is looked at.</summary>
internal static class DeclarationRules
{
    public static IEnumerable<SchemaProblem> Check(IReadOnlyList<EntityDeclaration> entities, IReadOnlyList<string> references)
    {
        if (entities.Count == 0)
            yield return Problem("", "", "No entity type is declared.", "Declare at least one, with its root table and key column.");

        foreach (var problem in entities.SelectMany(Check)) yield return problem;
        foreach (var twice in Twice(entities.Select(entity => entity.Type.Name)))
            yield return Problem("", "", $"Entity type '{twice}' is declared twice.", "Declare each type once.");

        foreach (var twice in Twice(entities.SelectMany(Named).Concat(references.Distinct(SchemaNames.Comparer))))
        {
            yield return Problem(
                twice, "", "The table is declared for more than one type, or for a type and as a reference table.",
                "A table belongs to one entity type or is a reference table: keep one of the declarations.");
        }

        foreach (var twice in Twice(references))
            yield return Problem(twice, "", "The reference table is declared twice.", "Declare it once.");
    }

    private static IEnumerable<SchemaProblem> Check(EntityDeclaration entity)
    {
        var name = entity.Type.Name;
        if (entity.RootTable.Length == 0)
        {
            yield return Problem(
                "", "", $"Entity type '{name}' has no root table.", "Name the table with one row per entity (Root, in JSON \"root\").");
        }

        if (entity.KeyColumn.Length == 0)
        {
            yield return Problem(
                "", "", $"Entity type '{name}' has no key column.",
                "Name the column that holds the key in its tables (KeyColumn, in JSON \"keyColumn\").");
        }

        if (entity.IsSplittable && entity.Group is null)
        {
            yield return Problem(
                "", "", $"Entity type '{name}' is splittable but has no groups.",
                "Name the column to split along (GroupBySegment or GroupByInterval, in JSON \"group\"), or leave out Splittable.");
        }

        foreach (var twice in Twice(entity.Tables.Select(table => table.Name)))
            yield return Problem(twice, "", $"The table is declared twice in '{name}'.", "Say all there is to say of it in one place.");

        if (SchemaNames.Same(entity.Group?.Column, entity.KeyColumn)) yield return KeyIsGroup("", entity.KeyColumn);
        foreach (var problem in entity.Tables.SelectMany(table => Check(entity, table))) yield return problem;
    }

    private static IEnumerable<SchemaProblem> Check(EntityDeclaration entity, TableDeclaration table)
    {
        var isRoot = SchemaNames.Same(table.Name, entity.RootTable);
        if (isRoot && (table.KeyColumn ?? table.GroupColumn) is { } column)
        {
            yield return Problem(
                table.Name, column, "The root table has its key column where it is declared as the root, and never a group column.",
                "Say the root table's key column in Root (in JSON \"rootKey\").");
        }

        if (table.IsCore && table.GroupColumn is { } unused)
        {
            yield return Problem(
                table.Name, unused, "The table is declared to hold core rows and to have a group column.", "Keep one of the two.");
        }

        if (table.GroupColumn is { } group && entity.Group is null)
        {
            yield return Problem(
                table.Name, group, $"The table has a group column, but entity type '{entity.Type.Name}' has no groups.",
                "Declare the type's group column and its kind first.");
        }

        var saysMore = (table.KeyColumn ?? table.GroupColumn) is not null && !isRoot && !table.IsCore;
        var key = table.KeyColumn ?? entity.KeyColumn;
        if (saysMore && SchemaNames.Same(key, table.GroupColumn ?? entity.Group?.Column)) yield return KeyIsGroup(table.Name, key);
    }

    /// <summary>The tables that a type names, each once.</summary>
    private static IEnumerable<string> Named(EntityDeclaration entity) =>
        entity.Tables.Select(table => table.Name).Append(entity.RootTable).Where(name => name.Length > 0).Distinct(SchemaNames.Comparer);

    private static IEnumerable<string> Twice(IEnumerable<string> names) =>
        names.GroupBy(name => name, SchemaNames.Comparer).Where(group => group.Skip(1).Any()).Select(group => group.Key);

    private static SchemaProblem KeyIsGroup(string table, string column) => Problem(
        table, column, "One column is declared as both key and group.",
        "Name the column that tells the rows of one entity apart into groups.");

    private static SchemaProblem Problem(string table, string column, string message, string remedy) =>
        new(RuleNames.Declaration, table, column, message, remedy);
}
