namespace Foreshard.Schema;

/// <summary>Tells from declaration and catalogue what each table is.</summary>
internal static class TableSorting
{
    private readonly record struct Claim(EntityDeclaration Owner, TableDeclaration? Declared);

    /// <summary>The tables whose place is known, by name; what is wrong with the others goes to <paramref name="problems"/>.</summary>
    public static Dictionary<string, SortedTable> Sort(StoreSchema schema, Catalogue catalogue, List<SchemaProblem> problems)
    {
        var claims = Claims(schema);
        var sorted = new Dictionary<string, SortedTable>(SchemaNames.Comparer);
        foreach (var table in catalogue.Tables)
        {
            CheckNames(table, problems);
            problems.AddRange(table.Obstacles.Select(obstacle => new SchemaProblem(
                RuleNames.TableObstacle, table.Name, "", obstacle.Message, obstacle.Remedy)));

            // An engine that can't read the columns of such a table lists none; there is then nothing more to say of it.
            if (table.Obstacles.IsEmpty || !table.Columns.IsEmpty)
            {
                if (Sort(table, schema, claims, problems) is { } found) sorted[table.Name] = found;
            }
        }

        CheckDeclaredExist(schema, catalogue, problems);
        CheckGroupsAreUsed(schema, sorted.Values, problems);
        return sorted;
    }

    private static Dictionary<string, Claim> Claims(StoreSchema schema)
    {
        var claims = new Dictionary<string, Claim>(SchemaNames.Comparer);
        foreach (var entity in schema.EntityTypes)
        {
            claims[entity.RootTable] = new(entity, null);
            foreach (var table in entity.Tables) claims[table.Name] = new(entity, table);
        }

        return claims;
    }

    private static SortedTable? Sort(
        CatalogueTable table, StoreSchema schema, Dictionary<string, Claim> claims, List<SchemaProblem> problems)
    {
        if (claims.TryGetValue(table.Name, out var claim)) return Member(table, claim, problems);

        var keyed = schema.EntityTypes.Where(entity => table.Column(entity.KeyColumn) is not null).ToList();
        if (schema.References.Contains(table.Name, SchemaNames.Comparer))
        {
            problems.AddRange(keyed.Select(entity => new SchemaProblem(
                RuleNames.ReferenceWithKey, table.Name, entity.KeyColumn,
                $"The table is declared as a reference table but has the key column of '{entity.Type}'.",
                "Take it out of the reference tables if its rows belong to entities; rename the column if they don't.")));
            return new SortedTable(table, null, default, null, null, HasUniqueIds: false);
        }

        if (keyed is [var owner]) return Member(table, new(owner, null), problems);
        if (SchemaNames.IsReserved(table.Name)) return null;
        problems.Add(keyed.Count == 0
            ? new(
                RuleNames.TableUndeclared, table.Name, "",
                "The table has no entity type's key column and is not declared, so Foreshard can't know where its rows belong.",
                "Add the key column of the entity type that the rows belong to, name the column if it is called otherwise here, "
                    + "or declare the table as a reference table.")
            : new(
                RuleNames.TableOfTwoTypes, table.Name, keyed[1].KeyColumn,
                $"The table has the key columns of several entity types: {string.Join(", ", keyed.Select(entity => $"'{entity.Type}'"))}.",
                "Declare the table under the entity type that its rows belong to; the other column is then an ordinary one."));
        return null;
    }

    private static SortedTable Member(CatalogueTable table, Claim claim, List<SchemaProblem> problems)
    {
        var (owner, declared) = claim;
        var isRoot = SchemaNames.Same(table.Name, owner.RootTable);
        var keyColumn = isRoot ? owner.RootKeyColumn : declared?.KeyColumn ?? owner.KeyColumn;
        var key = table.Column(keyColumn);
        if (key is null)
        {
            problems.Add(new(
                RuleNames.KeyMissing, table.Name, keyColumn, $"The table belongs to '{owner.Type}' but lacks its key column.",
                "Add the column, NOT NULL, and an index that leads with it; or name the column that holds the key in this table."));
        }

        CatalogueColumn? group = null;
        if (!isRoot && declared is not { IsCore: true } && (declared?.GroupColumn ?? owner.Group?.Column) is { } groupColumn)
        {
            group = table.Column(groupColumn);
            if (group is null && declared?.GroupColumn is not null)
            {
                problems.Add(new(
                    RuleNames.GroupMissing, table.Name, groupColumn, "The table is declared to have this group column but lacks it.",
                    "Add the column, or take it out of the declaration."));
            }
        }

        var role = isRoot ? TableRole.Root : group is null ? TableRole.Core : TableRole.Grouped;
        return new SortedTable(table, owner, role, key, group, declared is { HasUniqueIds: true });
    }

    private static void CheckNames(CatalogueTable table, List<SchemaProblem> problems)
    {
        var columns = table.Columns.Select(column => column.Name).Where(SchemaNames.IsReserved);
        foreach (var column in SchemaNames.IsReserved(table.Name) ? columns.Prepend("") : columns)
        {
            problems.Add(new(
                RuleNames.NameReserved, table.Name, column, $"Names that begin with '{SchemaNames.ReservedPrefix}' are Foreshard's own.",
                "Choose another name."));
        }
    }

    private static void CheckDeclaredExist(StoreSchema schema, Catalogue catalogue, List<SchemaProblem> problems)
    {
        var known = catalogue.Tables.Select(table => table.Name).ToHashSet(SchemaNames.Comparer);
        var declared = schema.EntityTypes
            .SelectMany(entity => entity.Tables.Select(table => (table.Name, What: $"as a table of '{entity.Type}'"))
                .Prepend((Name: entity.RootTable, What: $"as the root table of '{entity.Type}'")))
            .Concat(schema.References.Select(table => (Name: table, What: "as a reference table")));
        foreach (var (name, what) in declared.DistinctBy(table => table.Name, SchemaNames.Comparer).Where(table => !known.Contains(table.Name)))
        {
            problems.Add(new(
                RuleNames.TableMissing, name, "", $"The table is declared {what} but does not exist.",
                "Create it before the store is opened, or correct the name in the declaration."));
        }
    }

    private static void CheckGroupsAreUsed(StoreSchema schema, IReadOnlyCollection<SortedTable> tables, List<SchemaProblem> problems)
    {
        foreach (var entity in schema.EntityTypes)
        {
            if (entity.Group is not { } group || tables.Any(table => table.Owner == entity && table.Group is not null)) continue;
            problems.Add(new(
                RuleNames.GroupUnused, entity.RootTable, group.Column,
                $"No member table of '{entity.Type}' but the root has the group column.",
                "Correct the name, add the column to the tables whose rows may live apart, or take the group column out of the declaration."));
        }
    }
}
