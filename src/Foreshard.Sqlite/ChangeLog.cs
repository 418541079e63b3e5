using Foreshard.Schema;

namespace Foreshard.Sqlite;

/// <summary>Tables and triggers that note the primary keys of changed rows, whoever changes them.</summary>
/// <remarks>
/// Keys only: whoever reads the log reads the rows as they are then, so the order of changes does not matter. A row that
/// <c>REPLACE</c> deletes fires no trigger of its own; so before an insert or update, rows that meet the new one in a unique key are
/// noted as well.
/// </remarks>
internal static class ChangeLog
{
    public static string Table(string log, TableLayout table) =>
        $"CREATE TABLE {Sql.Name(log)} (seq INTEGER PRIMARY KEY, entity, {string.Join(", ", KeyColumns(table))})";

    /// <summary>Column names of the log that hold the primary key, in its order.</summary>
    public static IEnumerable<string> KeyColumns(TableLayout table) => table.PrimaryKey.Select((_, position) => $"k{position}");

    /// <summary>The triggers, by name.</summary>
    /// <param name="prefix">Begins the names; unique for the purpose.</param>
    /// <param name="log">The table that takes the keys.</param>
    /// <param name="table">The table that is watched.</param>
    /// <param name="condition">Whether a row is watched, given what stands before its columns.</param>
    public static IEnumerable<(string Name, string Sql)> Triggers(string prefix, string log, TableLayout table, Func<string, string> condition)
    {
        var name = Sql.Name(table.Name);
        yield return Trigger("insert", "AFTER INSERT", condition("NEW."), Note(log, table, "NEW."));
        yield return Trigger("delete", "AFTER DELETE", condition("OLD."), Note(log, table, "OLD."));
        yield return Trigger("update", "AFTER UPDATE", $"({condition("NEW.")}) OR ({condition("OLD.")})", Note(log, table, "OLD.") + Note(log, table, "NEW."));
        if (table.UniqueKeys.IsEmpty) yield break;

        var conflicts = string.Concat(table.UniqueKeys.Select(key =>
            $"INSERT INTO {Sql.Name(log)} (entity, {string.Join(", ", KeyColumns(table))}) "
            + $"SELECT r.{Sql.Name(table.KeyColumn)}, {Sql.Names(table.PrimaryKey, "r.")} FROM {name} r "
            + $"WHERE {string.Join(" AND ", key.Select(column => $"r.{Sql.Name(column)} = NEW.{Sql.Name(column)}"))} AND ({condition("r.")}); "));
        yield return Trigger("replace_insert", "BEFORE INSERT", null, conflicts);
        yield return Trigger("replace_update", "BEFORE UPDATE", null, conflicts);

        (string Name, string Sql) Trigger(string suffix, string when, string? test, string body)
        {
            var trigger = $"{prefix}_{table.Name}_{suffix}";
            return (trigger, $"CREATE TRIGGER {Sql.Name(trigger)} {when} ON {name}{(test is null ? "" : $" WHEN {test}")} BEGIN {body}END");
        }
    }

    private static string Note(string log, TableLayout table, string row) =>
        $"INSERT INTO {Sql.Name(log)} (entity, {string.Join(", ", KeyColumns(table))}) "
        + $"VALUES ({row}{Sql.Name(table.KeyColumn)}, {Sql.Names(table.PrimaryKey, row)}); ";
}
