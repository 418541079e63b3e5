namespace Foreshard.Schema;

/// <summary>How names of tables and columns are compared: without regard to case, as SQLite does.</summary>
internal static class SchemaNames
{
    /// <summary>What the names of Foreshard's own tables, columns and triggers begin with.</summary>
    public const string ReservedPrefix = "foreshard_";

    public static StringComparer Comparer => StringComparer.OrdinalIgnoreCase;

    public static bool Same(string? left, string? right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);

    public static bool IsReserved(string name) => name.StartsWith(ReservedPrefix, StringComparison.OrdinalIgnoreCase);

    public static CatalogueColumn? Column(this CatalogueTable table, string name) =>
        table.Columns.FirstOrDefault(column => Same(column.Name, name));

    public static bool Has(this IEnumerable<string?> columns, string name) => columns.Contains(name, Comparer);
}
