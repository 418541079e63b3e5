using Foreshard.Schema;

namespace Foreshard.Partitions;

/// <summary>Rows that a schema script brings: it runs on every partition, so what it adds would be on all of them, and belong to one.</summary>
internal static class ScriptRows
{
    /// <summary>Refuses a script after which there are more entities.</summary>
    /// <param name="version">The script's version.</param>
    /// <param name="before">Rows of each root table before it.</param>
    /// <param name="after">And after it; tables that are new are judged by <see cref="NewTables"/>.</param>
    /// <exception cref="SchemaScriptException">It adds rows.</exception>
    public static void RefuseEntities(long version, IReadOnlyDictionary<string, long> before, IReadOnlyDictionary<string, long> after)
    {
        foreach (var (root, entities) in after)
        {
            if (before.TryGetValue(root, out var known) && entities > known) throw Refusal(version, root);
        }
    }

    /// <summary>The tables that a script made. They may be filled from rows that are here: from those of the root, unless that is new as well.</summary>
    public static IEnumerable<(TableLayout Table, TableLayout Root, bool IsRootNew)> NewTables(StoreLayout before, StoreLayout after)
    {
        var known = before.Entities.SelectMany(entity => entity.Tables).Select(table => table.Name).ToHashSet(StringComparer.Ordinal);
        return after.Entities
            .SelectMany(entity => entity.Tables.Select(table => (table, entity.Root, !known.Contains(entity.Root.Name))))
            .Where(one => !known.Contains(one.table.Name));
    }

    public static SchemaScriptException Refusal(long version, string table) =>
        new(version, $"it adds rows to '{table}', which would be on every partition; write them in sessions");
}
