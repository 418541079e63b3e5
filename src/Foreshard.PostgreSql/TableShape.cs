using Foreshard.Schema;

namespace Foreshard.PostgreSql;

/// <summary>The columns of some tables, to see whether two partitions, or two moments, agree.</summary>
internal static class TableShape
{
    public static string Query(IEnumerable<TableLayout> tables) =>
        "SELECT coalesce(string_agg(line, E'\\n' ORDER BY line COLLATE \"C\"), '') FROM ("
        + "SELECT concat_ws(' ', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attgenerated) AS line "
        + "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
        + "WHERE c.relnamespace = current_schema()::regnamespace "
        + $"AND c.relname IN ({string.Join(", ", tables.Select(table => Sql.Text(table.Name)).DefaultIfEmpty("NULL"))})) columns";
}
