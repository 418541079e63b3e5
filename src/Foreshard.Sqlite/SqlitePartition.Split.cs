using System.Collections.Frozen;
using System.Collections.Immutable;
using Foreshard.Partitions;
using Foreshard.Schema;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

internal sealed partial class SqlitePartition
{
    private const string CheckPrefix = "foreshard_check";
    private const string CorePrefix = "foreshard_core";

    private readonly List<ChangeCapture> captures = [];
    private volatile FrozenSet<EntityKey> splitEntities = FrozenSet<EntityKey>.Empty;

    public async ValueTask SetSplitEntitiesAsync(IReadOnlyCollection<EntityKey> entities, CancellationToken cancellationToken)
    {
        splitEntities = entities.ToFrozenSet();
        if (IsReadOnly) return;
        await AdministerAsync(SyncTriggers, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>One process has the store, and remembers which entities are behind; after a crash it replays the logs before anything else.</summary>
    public ValueTask MarkBehindAsync(ImmutableArray<Placement> copies, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public async ValueTask<IPreparedWrite> PrepareCoreCopyAsync(
        EntityKey entity, ImmutableArray<Placement> copies, CoreChanges changes, CancellationToken cancellationToken)
    {
        var turn = await EnterWriterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return CoreCopy.Begin(this, turn, entity, changes, captures.Where(capture => capture.Includes(entity)).ToList());
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode is not 19)
        {
            turn.Dispose();
            throw PartitionFileException.From(exception, Name, Files.Path, "written");
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    public ValueTask<IReadOnlyList<(EntityKey Entity, CoreChanges Changes)>> ReadCoreLogAsync(CancellationToken cancellationToken) => ReadAsync(
        connection =>
        {
            var found = new List<(EntityKey, CoreChanges)>();
            foreach (var entity in CoreTables(connection).SelectMany(table => LoggedEntities(connection, table)).Distinct().Order())
                found.Add((entity, ReadCoreChanges(connection, null, entity)));
            return (IReadOnlyList<(EntityKey, CoreChanges)>)found;
        },
        cancellationToken);

    public async ValueTask ClearCoreLogAsync(EntityKey entity, CancellationToken cancellationToken) => await AdministerAsync(
        (connection, transaction) =>
        {
            foreach (var table in CoreTables(connection, transaction).Where(table => ReferenceEquals(table.Owner, entity.Type)))
            {
                PartitionFiles.Execute(
                    connection, $"DELETE FROM {Sql.Name(CoreLog(table))} WHERE entity = {Sql.Key(entity, table.KeyForm)}", transaction);
            }

            return true;
        },
        cancellationToken).ConfigureAwait(false);

    /// <summary>The core rows of an entity that the log names, as they are now.</summary>
    internal CoreChanges ReadCoreChanges(SqliteConnection connection, SqliteTransaction? transaction, EntityKey entity) => new(
        [
            .. CoreTables(connection, transaction)
                .Where(table => ReferenceEquals(table.Owner, entity.Type))
                .Select(table => ReadCoreChanges(connection, transaction, table, entity)),
        ]);

    internal void AddCaptureLocked(ChangeCapture capture, SqliteConnection connection, SqliteTransaction transaction)
    {
        RemoveCaptureLocked(capture.Operation, connection, transaction);
        capture.Create(connection, transaction);
        captures.Add(capture);
        SyncTriggers(connection, transaction);
    }

    internal void RemoveCaptureLocked(long operation, SqliteConnection connection, SqliteTransaction transaction)
    {
        captures.RemoveAll(capture => capture.Operation == operation);
        ChangeCapture.Drop(operation, connection, transaction);
        SyncTriggers(connection, transaction);
    }

    private static string CoreLog(TableLayout table) => $"{CorePrefix}_{table.Name}";

    private static CoreTableChanges ReadCoreChanges(
        SqliteConnection connection, SqliteTransaction? transaction, TableLayout table, EntityKey entity)
    {
        var keys = $"(SELECT DISTINCT {string.Join(", ", ChangeLog.KeyColumns(table))} FROM {Sql.Name(CoreLog(table))} "
            + $"WHERE entity = {Sql.Key(entity, table.KeyForm)})";
        var matches = string.Join(" AND ", table.PrimaryKey.Select((column, position) => $"r.{Sql.Name(column)} = l.k{position}"));
        var rows = $"SELECT {Sql.Names(table.Columns, "r.")} FROM {keys} l JOIN main.{Sql.Name(table.Name)} r ON {matches}";
        return new CoreTableChanges(
            table,
            [.. PartitionTables.Rows(connection, $"SELECT * FROM {keys}", Values, transaction)],
            [.. PartitionTables.Rows(connection, rows, Values, transaction)]);
    }

    private static object?[] Values(SqliteDataReader reader)
    {
        var values = new object?[reader.FieldCount];
        for (var field = 0; field < values.Length; field++) values[field] = reader.IsDBNull(field) ? null : reader.GetValue(field);
        return values;
    }

    private static List<EntityKey> LoggedEntities(SqliteConnection connection, TableLayout table) => PartitionTables.Rows(
        connection,
        $"SELECT DISTINCT entity FROM {Sql.Name(CoreLog(table))}",
        reader => Sql.ReadKey(table.Owner!, table.KeyForm, reader.GetValue(0)));

    /// <summary>Core tables of splittable types whose log exists: parents first.</summary>
    private List<TableLayout> CoreTables(SqliteConnection connection, SqliteTransaction? transaction = null)
    {
        var logs = PartitionTables.Rows(
            connection,
            $"SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name LIKE '{CorePrefix}\\_%' ESCAPE '\\'",
            reader => reader.GetString(0),
            transaction);
        return logs.Count == 0 ? [] : [.. SplittableCoreTables().Where(table => logs.Contains(CoreLog(table)))];
    }

    private IEnumerable<TableLayout> SplittableCoreTables() => layout.Layout.Entities
        .Where(entity => entity.IsSplittable)
        .SelectMany(entity => entity.Tables)
        .Where(table => table.Role != TableRole.Grouped);

    /// <summary>Makes the triggers in the file those that are wanted now: none while nothing moves and nothing is split.</summary>
    private bool SyncTriggers(SqliteConnection connection, SqliteTransaction transaction)
    {
        var wanted = WantedTriggers().ToDictionary(trigger => trigger.Name, trigger => trigger.Sql, StringComparer.Ordinal);
        var present = PartitionTables.Rows(
            connection,
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' "
                + $"AND (name LIKE '{CheckPrefix}\\_%' ESCAPE '\\' OR name LIKE '{CorePrefix}\\_%' ESCAPE '\\')",
            reader => (Name: reader.GetString(0), Sql: reader.GetString(1)),
            transaction);
        foreach (var (name, sql) in present)
        {
            if (wanted.TryGetValue(name, out var same) && same == sql) wanted.Remove(name);
            else PartitionFiles.Execute(connection, $"DROP TRIGGER {Sql.Name(name)}", transaction);
        }

        if (splitEntities.Count > 0)
        {
            foreach (var table in SplittableCoreTables().Where(table => !Exists(connection, CoreLog(table), transaction)))
                PartitionFiles.Execute(connection, ChangeLog.Table(CoreLog(table), table), transaction);
        }

        foreach (var sql in wanted.Values) PartitionFiles.Execute(connection, sql, transaction);
        return true;
    }

    private static bool Exists(SqliteConnection connection, string table, SqliteTransaction transaction) =>
        PartitionFiles.Scalar(connection, $"SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = {Sql.Text(table)}", transaction) is not null;

    private IEnumerable<(string Name, string Sql)> WantedTriggers()
    {
        if (splitEntities.Count > 0)
        {
            foreach (var table in SplittableCoreTables())
            {
                var triggers = ChangeLog.Triggers(
                    CorePrefix, CoreLog(table), table, row => $"{Functions.Logs}({table.Ordinal}, {row}{Sql.Name(table.KeyColumn)})");
                foreach (var trigger in triggers) yield return trigger;
            }
        }

        if (splitEntities.Count == 0 && captures.Count == 0 && !Options.AlwaysCheckRows) yield break;
        foreach (var trigger in layout.Layout.Entities.SelectMany(entity => entity.Tables).SelectMany(Checks)) yield return trigger;
    }

    private static IEnumerable<(string Name, string Sql)> Checks(TableLayout table)
    {
        var group = table.GroupColumn is { } column ? Sql.Name(column) : null;
        var changed = $"OLD.{Sql.Name(table.KeyColumn)} IS NOT NEW.{Sql.Name(table.KeyColumn)}"
            + (group is null ? "" : $" OR OLD.{group} IS NOT NEW.{group}");
        // REPLACE deletes rows that meet the new one in a unique key, whosever they are, and fires no trigger for them.
        var replaced = string.Concat(table.UniqueKeys.Append(table.PrimaryKey).Where(key => !key.Contains(table.KeyColumn)).Select(key =>
            $" OR EXISTS (SELECT 1 FROM {Sql.Name(table.Name)} r WHERE "
            + $"{string.Join(" AND ", key.Select(part => $"r.{Sql.Name(part)} = NEW.{Sql.Name(part)}"))} AND {Refuses("r.")})"));
        yield return Check("insert", "INSERT", Refuses("NEW.") + replaced);
        yield return Check("update", "UPDATE", $"{Refuses("OLD.")} OR {Refuses("NEW.")} OR {changed}{replaced}");
        yield return Check("delete", "DELETE", Refuses("OLD."));

        string Refuses(string row) =>
            $"{Functions.Refuses}({table.Ordinal}, {row}{Sql.Name(table.KeyColumn)}, {(group is null ? "NULL" : row + group)})";

        (string Name, string Sql) Check(string suffix, string verb, string when)
        {
            var name = $"{CheckPrefix}_{table.Name}_{suffix}";
            var message = $"foreshard: the row of table {table.Name} is not of the entity or group "
                + "that this session was begun for, or its key or group was changed";
            return (name, $"CREATE TRIGGER {Sql.Name(name)} BEFORE {verb} ON {Sql.Name(table.Name)} WHEN {when} "
                + $"BEGIN SELECT RAISE(ABORT, {Sql.Text(message)}); END");
        }
    }
}
