using System.Collections.Immutable;

namespace Foreshard.Schema;

/// <summary>Puts declaration and catalogue together: a layout to go by, or all that keeps the schema from being one.</summary>
/// <remarks>Pure. The same declaration and catalogue give the same answer, the order of tables in the catalogue notwithstanding.</remarks>
internal static class SchemaRules
{
    /// <summary>The layout and no problem, or no layout and every problem, in the order of table, column and rule.</summary>
    public static (StoreLayout? Layout, IReadOnlyList<SchemaProblem> Problems) Check(StoreSchema schema, Catalogue catalogue)
    {
        var problems = new List<SchemaProblem>();
        var tables = TableSorting.Sort(schema, catalogue, problems);
        foreach (var table in tables.Values)
        {
            problems.AddRange(ColumnRules.Check(table));
            problems.AddRange(IdRules.Check(table));
            problems.AddRange(ForeignKeyRules.Check(table, catalogue, tables));
        }

        if (problems.Count == 0) return (Layout(schema, tables), []);
        var ordered = problems.Distinct()
            .OrderBy(problem => problem.Table, StringComparer.Ordinal).ThenBy(problem => problem.Column, StringComparer.Ordinal)
            .ThenBy(problem => problem.Rule, StringComparer.Ordinal).ThenBy(problem => problem.Message, StringComparer.Ordinal);
        return (null, ordered.ToList());
    }

    private static StoreLayout Layout(StoreSchema schema, Dictionary<string, SortedTable> tables)
    {
        var ordinals = tables.Keys.Order(StringComparer.Ordinal).Index().ToDictionary(pair => pair.Item, pair => pair.Index, StringComparer.Ordinal);
        var entities = schema.EntityTypes.Select(entity => new EntityLayout(
            entity.Type, entity.IsSplittable, entity.Group?.Kind, InOrder(tables.Values.Where(table => table.Owner == entity))));
        return new(entities.ToImmutableArray(), InOrder(tables.Values.Where(table => table.IsReference)));

        ImmutableArray<TableLayout> InOrder(IEnumerable<SortedTable> some) =>
            ParentsFirst(some).Select(table => Layout(table, ordinals[table.Name])).ToImmutableArray();
    }

    private static TableLayout Layout(SortedTable table, int ordinal)
    {
        var catalogued = table.Table;
        return new(
            ordinal,
            table.Name,
            table.Owner?.Type,
            table.Role,
            table.Key?.Name ?? "",
            table is { Key: { } key, Owner: { } owner } ? key.Choose(ValueForms.Of(owner.Type.KeyKind)) : default,
            table.Group?.Name,
            table is { Group: { } group, Owner.Group: { } declared } ? group.Choose(ValueForms.Of(declared.Kind)) : default,
            catalogued.Columns.Where(column => !column.IsGenerated).Select(column => column.Name).ToImmutableArray(),
            catalogued.PrimaryKey,
            table.UniqueLists(withPartial: true).Skip(1).Select(list => list.OfType<string>().ToImmutableArray()).ToImmutableArray());
    }

    /// <summary>
    /// Each table after those that its foreign keys point at, otherwise by role and name. Where tables point at each other in a ring,
    /// the one that comes first by role and name comes last of the ring.
    /// </summary>
    private static List<SortedTable> ParentsFirst(IEnumerable<SortedTable> tables)
    {
        var byName = tables.ToDictionary(table => table.Name, SchemaNames.Comparer);
        var seen = new HashSet<string>(SchemaNames.Comparer);
        var ordered = new List<SortedTable>(byName.Count);
        foreach (var table in byName.Values.OrderBy(table => table.Role).ThenBy(table => table.Name, StringComparer.Ordinal)) Visit(table);
        return ordered;

        void Visit(SortedTable table)
        {
            if (!seen.Add(table.Name)) return;
            foreach (var parent in table.Table.ForeignKeys.Select(foreignKey => foreignKey.ReferencedTable).Order(StringComparer.Ordinal))
            {
                if (byName.TryGetValue(parent, out var known)) Visit(known);
            }

            ordered.Add(table);
        }
    }
}
