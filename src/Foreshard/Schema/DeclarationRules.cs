namespace Foreshard.Schema;

/// <summary>What can be wrong with a declaration before any catalogue is looked at.</summary>
internal static class DeclarationRules
{
    public static IReadOnlyList<SchemaProblem> Check(IReadOnlyList<EntityDeclaration> entities, IReadOnlyList<string> references)
    {
        var problems = new List<SchemaProblem>();
        if (entities.Count == 0) problems.Add(Problem("", "", "No entity type is declared.", "Declare at least one, with its root table and key column."));

        foreach (var entity in entities) Check(entity, problems);
        foreach (var twice in Twice(entities.Select(entity => entity.Type.Name)))
            problems.Add(Problem("", "", $"Entity type '{twice}' is declared twice.", "Declare each type once."));
        foreach (var twice in Twice(entities.SelectMany(MemberNames).Concat(references.Distinct(SchemaNames.Comparer))))
            problems.Add(Problem(twice, "", "The table is declared for more than one type, or for a type and as a reference table.", "A table belongs to one entity type or is a reference table: keep one of the declarations."));
        foreach (var twice in Twice(references))
            problems.Add(Problem(twice, "", "The reference table is declared twice.", "Declare it once."));
        return problems;
    }

    private static void Check(EntityDeclaration entity, List<SchemaProblem> problems)
    {
        var name = entity.Type.Name;
        if (entity.RootTable.Length == 0)
            problems.Add(Problem("", "", $"Entity type '{name}' has no root table.", "Name the table with one row per entity (Root, in JSON \"root\")."));
        if (entity.KeyColumn.Length == 0)
            problems.Add(Problem("", "", $"Entity type '{name}' has no key column.", "Name the column that holds the key in its tables (KeyColumn, in JSON \"keyColumn\")."));
        if (entity.IsSplittable && entity.Group is null)
            problems.Add(Problem("", "", $"Entity type '{name}' is splittable but has no groups.", "Name the column to split along (GroupBySegment or GroupByInterval, in JSON \"group\"), or leave out Splittable."));
        foreach (var twice in Twice(entity.Tables.Select(table => table.Name)))
            problems.Add(Problem(twice, "", $"The table is declared twice in entity type '{name}'.", "Say all there is to say of it in one place."));

        foreach (var table in entity.Tables) Check(entity, table, problems);
        if (SchemaNames.Same(entity.Group?.Column, entity.KeyColumn)) problems.Add(KeyIsGroup("", entity.KeyColumn));
    }

    private static void Check(EntityDeclaration entity, TableDeclaration table, List<SchemaProblem> problems)
    {
        var isRoot = SchemaNames.Same(table.Name, entity.RootTable);
        if (isRoot && (table.KeyColumn ?? table.GroupColumn) is { } column)
            problems.Add(Problem(table.Name, column, "The root table has its key column where it is declared as the root, and never a group column.", "Say the root table's key column in Root (in JSON \"rootKey\")."));
        if (table.IsCore && table.GroupColumn is { } grouped)
            problems.Add(Problem(table.Name, grouped, "The table is declared to hold core rows and to have a group column.", "Keep one of the two."));
        if (!isRoot && !table.IsCore && (table.KeyColumn ?? table.GroupColumn) is not null
            && SchemaNames.Same(table.KeyColumn ?? entity.KeyColumn, table.GroupColumn ?? entity.Group?.Column))
            problems.Add(KeyIsGroup(table.Name, table.KeyColumn ?? entity.KeyColumn));
        if (table.GroupColumn is { } groupColumn && entity.Group is null)
            problems.Add(Problem(table.Name, groupColumn, $"The table has a group column, but entity type '{entity.Type.Name}' has no groups.", "Declare the type's group column and its kind first."));
    }

    /// <summary>The tables that a type names, the root only once.</summary>
    private static IEnumerable<string> MemberNames(EntityDeclaration entity) =>
        entity.Tables.Select(table => table.Name).Append(entity.RootTable).Where(name => name.Length > 0).Distinct(SchemaNames.Comparer);

    private static IEnumerable<string> Twice(IEnumerable<string> names) =>
        names.GroupBy(name => name, SchemaNames.Comparer).Where(group => group.Skip(1).Any()).Select(group => group.Key);

    private static SchemaProblem KeyIsGroup(string table, string column) =>
        Problem(table, column, "One column is declared as both key and group.", "Name the column that tells the rows of one entity apart into groups.");

    private static SchemaProblem Problem(string table, string column, string message, string remedy) =>
        new(RuleNames.Declaration, table, column, message, remedy);
}
