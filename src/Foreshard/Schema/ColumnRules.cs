namespace Foreshard.Schema;

/// <summary>The rules for key and group columns.</summary>
internal static class ColumnRules
{
    public static IEnumerable<SchemaProblem> Check(SortedTable table)
    {
        if (table is not { Owner: { } owner, Key: { } key }) return [];

        var problems = Column(table, key, "key", KeyRules, ValueForms.Of(owner.Type.KeyKind), owner.Type.KeyKind.ToString());
        if (!LeadsAnIndex(table.Table, key.Name))
        {
            problems = problems.Append(table.Problem(
                RuleNames.KeyIndex, key.Name, "No index leads with the key column, so that finding an entity's rows would read the whole table.",
                $"Create an index on ({key.Name}), or put the column first in the primary key."));
        }

        if (table.Role == TableRole.Root && !table.UniqueLists(withPartial: false).Any(list => list.Count == 1 && list.Has(key.Name)))
        {
            problems = problems.Append(table.Problem(
                RuleNames.RootNotUnique, key.Name, "The root table may hold several rows of one entity.",
                "Make the key column its primary key, or declare it UNIQUE."));
        }

        return table is { IsSplittable: true, Group: { } group } ? problems.Concat(CheckGroup(table, key, group, owner.Group!.Kind)) : problems;
    }

    private static readonly (string Nullable, string Generated, string Collation, string Form) KeyRules =
        (RuleNames.KeyNullable, RuleNames.KeyGenerated, RuleNames.KeyCollation, RuleNames.KeyForm);

    private static readonly (string Nullable, string Generated, string Collation, string Form) GroupRules =
        (RuleNames.GroupNullable, RuleNames.GroupGenerated, RuleNames.GroupCollation, RuleNames.GroupForm);

    private static IEnumerable<SchemaProblem> CheckGroup(SortedTable table, CatalogueColumn key, CatalogueColumn group, GroupKind kind)
    {
        var problems = Column(table, group, "group", GroupRules, ValueForms.Of(kind), kind.ToString());
        return LeadsAnIndex(table.Table, key.Name, group.Name)
            ? problems
            : problems.Append(table.Problem(
                RuleNames.GroupIndex, group.Name, "No index begins with key column and group column, so that finding a shard's rows would read the whole entity.",
                $"Create an index on ({key.Name}, {group.Name}), or begin the primary key with them."));
    }

    private static IEnumerable<SchemaProblem> Column(
        SortedTable table, CatalogueColumn column, string what, (string Nullable, string Generated, string Collation, string Form) rules,
        IReadOnlyList<ValueForm> wanted, string kind)
    {
        if (!column.IsNotNull)
        {
            yield return table.Problem(
                rules.Nullable, column.Name, $"The {what} column may be NULL, and such a row would belong nowhere.", "Declare the column NOT NULL.");
        }

        if (column.IsGenerated)
        {
            yield return table.Problem(
                rules.Generated, column.Name, $"The database computes the {what} column, and its value could change behind Foreshard's back.",
                "Make it an ordinary column that the application writes.");
        }

        if (!column.HasBinaryCollation)
        {
            yield return table.Problem(
                rules.Collation, column.Name, $"The {what} column is not compared by its bytes: one {what} could be written in several ways.",
                "Declare the column with binary collation and write one spelling.");
        }

        if (!wanted.Any(form => column.Forms.Contains(form)))
        {
            yield return table.Problem(
                rules.Form, column.Name, $"A column of type '{column.Type}' can't hold {what}s of kind {kind} without changing them.",
                $"Declare the column with a type for {kind} values, or declare another kind.");
        }
    }

    private static bool LeadsAnIndex(CatalogueTable table, params ReadOnlySpan<string> columns)
    {
        if (Leads(table.PrimaryKey, columns)) return true;
        foreach (var index in table.Indexes)
        {
            if (!index.IsPartial && Leads(index.Columns, columns)) return true;
        }

        return false;
    }

    private static bool Leads(IReadOnlyList<string?> list, ReadOnlySpan<string> columns)
    {
        if (list.Count < columns.Length) return false;
        for (var i = 0; i < columns.Length; i++)
        {
            if (!SchemaNames.Same(list[i], columns[i])) return false;
        }

        return true;
    }
}
