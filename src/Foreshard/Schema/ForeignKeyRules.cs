namespace Foreshard.Schema;

/// <summary>The rules for foreign keys: none may point where a row can't go along, or write what no session was opened for.</summary>
internal static class ForeignKeyRules
{
    public static IEnumerable<SchemaProblem> Check(SortedTable table, Catalogue catalogue, Dictionary<string, SortedTable> tables)
    {
        foreach (var foreignKey in table.Table.ForeignKeys)
        {
            if (Target(table, foreignKey, catalogue) is { } problem) yield return problem;
            else if (tables.TryGetValue(foreignKey.ReferencedTable, out var parent))
            {
                foreach (var found in Check(table, foreignKey, parent)) yield return found;
            }
        }
    }

    private static SchemaProblem? Target(SortedTable table, CatalogueForeignKey foreignKey, Catalogue catalogue)
    {
        var target = catalogue.Tables.FirstOrDefault(other => SchemaNames.Same(other.Name, foreignKey.ReferencedTable));
        if (target is null)
        {
            return Problem(
                table, foreignKey, RuleNames.ForeignKeyTarget, "The foreign key points at a table that does not exist.",
                "Create the table, or drop the foreign key.");
        }

        var columns = foreignKey.ReferencedColumns.ToHashSet(SchemaNames.Comparer);
        var isUnique = columns.SetEquals(target.PrimaryKey)
            || target.Indexes.Any(index => index.IsUnique && !index.IsPartial && !index.Columns.Contains(null) && columns.SetEquals(index.Columns!));
        return isUnique && columns.Count == foreignKey.Columns.Length
            ? null
            : Problem(
                table, foreignKey, RuleNames.ForeignKeyTarget,
                $"The foreign key points at ({string.Join(", ", foreignKey.ReferencedColumns)}) of '{target.Name}', which is no primary key or unique constraint there.",
                $"Declare these columns of '{target.Name}' UNIQUE, or correct the foreign key.");
    }

    private static IEnumerable<SchemaProblem> Check(SortedTable table, CatalogueForeignKey foreignKey, SortedTable parent)
    {
        if (table.IsReference)
        {
            return parent.IsReference
                ? []
                : [Problem(
                    table, foreignKey, RuleNames.ForeignKeyFromReference, "A reference table, which is on every partition, points at rows of an entity, which is on one.",
                    "Drop the foreign key, or give the table the key column so that it belongs to the entity.")];
        }

        if (parent.IsReference)
        {
            return Writes(foreignKey.OnDelete) || Writes(foreignKey.OnUpdate)
                ? [Problem(
                    table, foreignKey, RuleNames.ForeignKeyAction, "A write to the reference table would write rows of every entity, outside their sessions.",
                    "Use NO ACTION or RESTRICT, and change the entities' rows in their own sessions first.")]
                : [];
        }

        if (!ReferenceEquals(parent.Owner, table.Owner))
        {
            return [Problem(
                table, foreignKey, RuleNames.ForeignKeyBetweenTypes,
                $"The foreign key leads from '{table.Owner!.Type}' to '{parent.Owner!.Type}', whose rows may live on another partition.",
                "Drop the foreign key and keep the column: refer to the other entity by its key.")];
        }

        return SameEntity(table, foreignKey, parent).Concat(SameGroup(table, foreignKey, parent)).Concat(Actions(table, foreignKey, parent));
    }

    private static IEnumerable<SchemaProblem> SameEntity(SortedTable table, CatalogueForeignKey foreignKey, SortedTable parent)
    {
        if (table.Key is not { } key || parent.Key is not { } parentKey || Pairs(foreignKey, key, parentKey)) yield break;
        yield return Problem(
            table, foreignKey, RuleNames.ForeignKeyWithoutKey, "The foreign key may point at a row of another entity, which may live on another partition.",
            parent.Role == TableRole.Root
                ? $"Only {key.Name} may point at the root table. To refer to another entity, keep the column and drop the foreign key."
                : $"Make the key part of it: FOREIGN KEY ({key.Name}, {string.Join(", ", foreignKey.Columns)}) REFERENCES {parent.Name} "
                    + $"({parentKey.Name}, {string.Join(", ", foreignKey.ReferencedColumns)}), with these columns UNIQUE in {parent.Name}.");
    }

    private static IEnumerable<SchemaProblem> SameGroup(SortedTable table, CatalogueForeignKey foreignKey, SortedTable parent)
    {
        if (!table.IsSplittable || parent.Group is not { } parentGroup) yield break;
        if (table.Group is not { } group)
        {
            yield return Problem(
                table, foreignKey, RuleNames.ForeignKeyCoreToGrouped, "A row of the entity as a whole points at a row of one group, which may live on another partition.",
                "Drop the foreign key, or give the table the group column.");
        }
        else if (!Pairs(foreignKey, group, parentGroup))
        {
            yield return Problem(
                table, foreignKey, RuleNames.ForeignKeyWithoutGroup, "The foreign key may point at a row of another group, which may live on another partition.",
                $"Make the group part of it: {group.Name} points at {parentGroup.Name}, together with the other columns.");
        }
    }

    private static IEnumerable<SchemaProblem> Actions(SortedTable table, CatalogueForeignKey foreignKey, SortedTable parent)
    {
        if (table is { IsSplittable: true, Group: not null } && parent.Group is null)
        {
            if (Writes(foreignKey.OnDelete) || Writes(foreignKey.OnUpdate))
            {
                yield return Problem(
                    table, foreignKey, RuleNames.ForeignKeyAction, "A write to a row of the entity as a whole would write rows of its groups, on other partitions too.",
                    "Use NO ACTION or RESTRICT, and delete a group's rows in sessions on the group.");
            }

            yield break;
        }

        var touchesKey = foreignKey.Columns.Any(name => SchemaNames.Same(name, table.Key?.Name) || SchemaNames.Same(name, table.Group?.Name));
        if (touchesKey && (Writes(foreignKey.OnUpdate) || (Writes(foreignKey.OnDelete) && foreignKey.OnDelete != "CASCADE")))
        {
            yield return Problem(
                table, foreignKey, RuleNames.ForeignKeyChangesKey,
                $"ON UPDATE {foreignKey.OnUpdate} ON DELETE {foreignKey.OnDelete} would change the key or group column, which never changes once written.",
                "Use NO ACTION or RESTRICT on update, and NO ACTION, RESTRICT or CASCADE on delete.");
        }
    }

    private static bool Writes(string action) => action is "CASCADE" or "SET NULL" or "SET DEFAULT";

    /// <summary>Whether the foreign key makes both columns hold the same value.</summary>
    private static bool Pairs(CatalogueForeignKey foreignKey, CatalogueColumn column, CatalogueColumn referenced) =>
        foreignKey.Columns.Zip(foreignKey.ReferencedColumns)
            .Any(pair => SchemaNames.Same(pair.First, column.Name) && SchemaNames.Same(pair.Second, referenced.Name));

    private static SchemaProblem Problem(SortedTable table, CatalogueForeignKey foreignKey, string rule, string message, string remedy) =>
        table.Problem(
            rule, foreignKey.Columns.FirstOrDefault(name => !SchemaNames.Same(name, table.Key?.Name)) ?? foreignKey.Columns[0],
            $"{message} (Foreign key ({string.Join(", ", foreignKey.Columns)}) to '{foreignKey.ReferencedTable}'.)", remedy);
}
