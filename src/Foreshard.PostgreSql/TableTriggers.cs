using System.Security.Cryptography;
using System.Text;
using Foreshard.Schema;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>One trigger on one of the application's tables, by the hash of what made it.</summary>
internal sealed record TableTrigger(string Table, string Name, string Sql)
{
    public string Mark { get; } = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)), 0, 8);
}

/// <summary>
/// The triggers that keep sessions to their scope, check the key and group of each row that is written, and note changed core rows. They
/// stand on the tables all the time: to add one waits for every transaction on the table, and makes others wait.
/// </summary>
internal static class TableTriggers
{
    private const string Prefix = "foreshard_";

    /// <summary>The first number is the advisory locks' own; the second is no unit's.</summary>
    private const int DdlLock = -1;

    /// <summary>Makes the triggers on the tables those that the layout asks for.</summary>
    public static async ValueTask SyncAsync(
        PostgresPartition partition, StoreLayout layout, TableFacts facts, CancellationToken cancellationToken)
    {
        var wanted = Wanted(layout, facts).ToDictionary(trigger => (trigger.Table, trigger.Name));
        var present = await partition.ReadAsync(ReadAsync, cancellationToken).ConfigureAwait(false);
        if (!Differs(present, wanted)) return;
        await partition.AdministerAsync((connection, stop) => ChangeAsync(connection, wanted, facts, stop), cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<bool> ChangeAsync(
        NpgsqlConnection connection, Dictionary<(string Table, string Name), TableTrigger> wanted, TableFacts facts, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync(
            $"SET LOCAL lock_timeout = '5s'; SELECT pg_advisory_xact_lock({PartitionTables.LockNamespace}, {DdlLock})", cancellationToken)
            .ConfigureAwait(false);
        var present = await ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        foreach (var (key, mark) in present.Where(trigger => !wanted.TryGetValue(trigger.Key, out var same) || same.Mark != trigger.Value))
            await connection.ExecuteAsync($"DROP TRIGGER {Sql.Name(key.Name)} ON {facts.NameOf(key.Table)}", cancellationToken).ConfigureAwait(false);
        foreach (var (key, trigger) in wanted.Where(trigger => !present.TryGetValue(trigger.Key, out var mark) || mark != trigger.Value.Mark))
        {
            await connection.ExecuteAsync(
                $"{trigger.Sql}; COMMENT ON TRIGGER {Sql.Name(key.Name)} ON {facts.NameOf(key.Table)} IS '{trigger.Mark}'", cancellationToken)
                .ConfigureAwait(false);
        }

        return true;
    }

    private static bool Differs(
        Dictionary<(string Table, string Name), string?> present, Dictionary<(string Table, string Name), TableTrigger> wanted) =>
        present.Count != wanted.Count || present.Any(trigger => !wanted.TryGetValue(trigger.Key, out var same) || same.Mark != trigger.Value);

    private static async ValueTask<Dictionary<(string Table, string Name), string?>> ReadAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var triggers = await connection.RowsAsync(
            "SELECT c.relname, t.tgname, obj_description(t.oid, 'pg_trigger') FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            + $"WHERE c.relnamespace = current_schema()::regnamespace AND t.tgname LIKE '{Prefix.Replace("_", "\\_", StringComparison.Ordinal)}%'",
            row => (Key: (row.GetString(0), row.GetString(1)), Mark: row.IsDBNull(2) ? null : row.GetString(2)),
            cancellationToken).ConfigureAwait(false);
        return triggers.ToDictionary(trigger => trigger.Key, trigger => trigger.Mark);
    }

    private static IEnumerable<TableTrigger> Wanted(StoreLayout layout, TableFacts facts)
    {
        foreach (var table in layout.References.Where(facts.Has)) yield return Scope(table, "", "reference", facts);
        foreach (var entity in layout.Entities)
        {
            foreach (var table in entity.Tables.Where(facts.Has))
            {
                var scope = !entity.IsSplittable ? "any" : table.Role == TableRole.Grouped ? "group" : "whole";
                yield return Scope(table, entity.Type.Name, scope, facts);
                foreach (var trigger in Rows(table, entity.IsSplittable, facts)) yield return trigger;
                if (!entity.IsSplittable || table.Role == TableRole.Grouped) continue;
                yield return Trigger(
                    table, "core", "AFTER INSERT OR UPDATE OR DELETE", "ROW WHEN (current_setting('foreshard.logs', true) = 'yes')",
                    $"log_core({string.Join(", ", table.PrimaryKey.Select(Sql.Text))})", facts);
            }
        }
    }

    private static TableTrigger Scope(TableLayout table, string type, string scope, TableFacts facts) =>
        Trigger(table, "scope", "BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE", "STATEMENT", $"check_scope({Sql.Text(type)}, '{scope}')", facts);

    /// <summary>After the fact, so that what the application's own triggers made of the row is what counts.</summary>
    private static IEnumerable<TableTrigger> Rows(TableLayout table, bool isSplittable, TableFacts facts)
    {
        var group = isSplittable && table.GroupColumn is { } column ? Sql.Name(column) : null;
        var changed = string.Concat(new[] { Sql.Name(table.KeyColumn), group }.Where(name => name is not null)
            .Select(name => $" OR OLD.{name} IS DISTINCT FROM NEW.{name}"));
        yield return Row("insert", "INSERT", Outside("NEW."));
        yield return Row("update", "UPDATE", $"{Outside("OLD.")} OR {Outside("NEW.")}{changed}");
        yield return Row("delete", "DELETE", Outside("OLD."), string.Join(", ", Untold(table).Select(Sql.Text)));

        TableTrigger Row(string suffix, string verb, string when, string arguments = "") =>
            Trigger(table, "row_" + suffix, $"AFTER {verb}", $"ROW WHEN ({when})", $"refuse_row({arguments})", facts);

        string Outside(string row) =>
            $"{row}{Sql.Name(table.KeyColumn)}::text IS DISTINCT FROM current_setting('foreshard.key', true)"
            + (group is null ? "" : $" OR {OutsideOfGroup(row + group, table.GroupForm)}");
    }

    /// <summary>Key and group, if the server's log, which names a deleted row by its primary key, doesn't tell one of them.</summary>
    private static string[] Untold(TableLayout table)
    {
        string[] columns = table.GroupColumn is { } group ? [table.KeyColumn, group] : [table.KeyColumn];
        return columns.All(table.PrimaryKey.Contains) ? [] : columns;
    }

    /// <summary>A segment is a group of its own, in whichever shard; positions on a line are told apart by the cuts alone.</summary>
    private static string OutsideOfGroup(string column, ValueForm form)
    {
        if (form == ValueForm.Text) return $"{column}::text IS DISTINCT FROM current_setting('foreshard.group', true)";
        var type = form switch { ValueForm.Integer => "bigint", ValueForm.Date => "date", _ => "timestamptz" };
        return $"{column} < nullif(current_setting('foreshard.from', true), '')::{type} "
            + $"OR {column} >= nullif(current_setting('foreshard.to', true), '')::{type}"
            + (form == ValueForm.Integer ? "" : $" OR NOT isfinite({column})");
    }

    private static TableTrigger Trigger(TableLayout table, string name, string when, string each, string function, TableFacts facts) => new(
        table.Name,
        Prefix + name,
        $"CREATE TRIGGER {Prefix}{name} {when} ON {facts.NameOf(table)} FOR EACH {each} EXECUTE FUNCTION foreshard.{function}");
}
