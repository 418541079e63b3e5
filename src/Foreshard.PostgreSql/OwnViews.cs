using Foreshard.Schema;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>
/// The schema <c>foreshard_own</c>: for every member table a view of the rows that this partition answers for, and what it answers for. One snapshot
/// holds rows, owner rows and what units are, so they fit together at every moment.
/// </summary>
internal static class OwnViews
{
    public const string Schema = "foreshard_own";

    /// <summary>What lies behind the views. Names of Foreshard's own begin as no table of the application does.</summary>
    public static string Frame(string? mover) => $"""
        CREATE SCHEMA {Schema};
        CREATE TABLE {Schema}.foreshard_extent (
            unit integer, epoch bigint, core bigint NOT NULL, grouped bigint NOT NULL, PRIMARY KEY (unit, epoch));
        CREATE TABLE {Schema}.foreshard_part (
            unit integer NOT NULL, epoch bigint NOT NULL, kind text COLLATE "C" NOT NULL, entity_type text COLLATE "C", entity_key text COLLATE "C",
            segment text COLLATE "C", begins text COLLATE "C", ends text COLLATE "C");
        CREATE INDEX ON {Schema}.foreshard_part (unit, epoch);
        CREATE INDEX ON {Schema}.foreshard_part (entity_type, entity_key);
        CREATE VIEW {Schema}.foreshard_held AS
            SELECT p.* FROM {Schema}.foreshard_part p JOIN foreshard.owner o ON o.unit = p.unit AND o.epoch = p.epoch WHERE o.state IN (1, 2);
        CREATE VIEW {Schema}.foreshard_coverage AS
            SELECT coalesce(sum(e.core), 0)::numeric AS core, coalesce(sum(e.grouped), 0)::numeric AS grouped
            FROM {Schema}.foreshard_extent e JOIN foreshard.owner o ON o.unit = e.unit AND o.epoch = e.epoch
            WHERE o.state IN (1, 2) AND (SELECT p.timeline = foreshard.timeline() FROM foreshard.partition p);
        """ + (mover is null ? "" : $"""

        GRANT USAGE ON SCHEMA {Schema} TO {Sql.Name(mover)};
        GRANT SELECT, INSERT, DELETE ON {Schema}.foreshard_extent, {Schema}.foreshard_part TO {Sql.Name(mover)};
        GRANT SELECT ON {Schema}.foreshard_coverage TO {Sql.Name(mover)};
        """);

    /// <summary>The views of member tables.</summary>
    public static string Tables(StoreLayout layout, TableFacts facts, ILookup<string, ShownColumn> columns, int bucketCount) => string.Concat(
        from entity in layout.Entities
        from table in entity.Tables
        where facts.Has(table)
        select $"CREATE VIEW {Schema}.{Sql.Name(table.Name)} AS SELECT {Sql.Names(columns[table.Name].Select(column => column.Name), "t.")} "
            + $"FROM {facts.NameOf(table)} t WHERE {Where(entity, table, bucketCount)};\n");

    /// <summary>Who reads through other partitions' views, and on this one.</summary>
    public static string Grants(string? application) => application is null
        ? ""
        : $"GRANT USAGE ON SCHEMA {Schema} TO {Sql.Name(application)}; GRANT SELECT ON ALL TABLES IN SCHEMA {Schema} TO {Sql.Name(application)};\n";

    /// <summary>Takes the views of member tables away, and those that unite them, so that a script can change the tables.</summary>
    public static async ValueTask DropTablesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (!await ShownSchema.ExistsAsync(connection, Schema, cancellationToken).ConfigureAwait(false)) return;

        // A report on another partition may wait for these views while it keeps that one's, which come next: no server sees that as a deadlock.
        await connection.ExecuteAsync("SET LOCAL lock_timeout = '5s'", cancellationToken).ConfigureAwait(false);
        await ShownSchema.EmptyAsync(connection, AllViews.Schema, "true", cancellationToken).ConfigureAwait(false);
        await ShownSchema.EmptyAsync(connection, Schema, "NOT starts_with(relname, 'foreshard_')", cancellationToken).ConfigureAwait(false);
        await connection.ExecuteAsync("SET LOCAL lock_timeout = 0", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Which rows of a table this partition answers for.</summary>
    private static string Where(EntityLayout entity, TableLayout table, int bucketCount)
    {
        var type = Sql.Text(entity.Type.Name);
        var (key, cast) = table.KeyForm switch
        {
            ValueForm.Integer => ($"t.{Sql.Name(table.KeyColumn)}", "::bigint"),
            ValueForm.Uuid => ($"t.{Sql.Name(table.KeyColumn)}", "::uuid"),
            _ => ($"t.{Sql.Name(table.KeyColumn)}::text COLLATE \"C\"", ""),
        };
        var bucket = $"({Sql.Hash("t." + Sql.Name(table.KeyColumn), table.KeyForm)} & {bucketCount - 1})";
        var inBucket = $"({bucket} IN (SELECT h.unit FROM {Schema}.foreshard_held h WHERE h.kind = '{UnitParts.Bucket}') "
            + $"AND {key} NOT IN ({Keys(UnitParts.Isolated)}))";
        var arms = new List<string> { inBucket, $"{key} IN ({Keys(UnitParts.Whole)})" };
        if (entity.IsSplittable) arms.AddRange(table.Role == TableRole.Grouped ? OfGroups() : [$"{key} IN ({Keys(UnitParts.Home)})"]);
        return string.Join(" OR ", arms);

        string Keys(string kind, string more = "") =>
            $"SELECT h.entity_key{cast}{more} FROM {Schema}.foreshard_held h WHERE h.kind = '{kind}' AND h.entity_type = {type}";

        IEnumerable<string> OfGroups()
        {
            var group = $"t.{Sql.Name(table.GroupColumn!)}";
            if (entity.GroupKind == GroupKind.Segment)
            {
                var pair = $"({key}, {group}::text COLLATE \"C\")";
                yield return $"{pair} IN ({Keys(UnitParts.Segment, ", h.segment")})";
                yield return $"({key} IN ({Keys(UnitParts.Taker)}) AND {pair} NOT IN ({Keys(UnitParts.Other, ", h.segment")}))";
                yield break;
            }

            var form = table.GroupForm switch { ValueForm.Integer => "bigint", ValueForm.Date => "date", _ => "timestamptz" };

            // Text of other types' intervals must not be read as this one's.
            yield return $"({key} IN ({Keys(UnitParts.Interval)}) AND EXISTS (SELECT 1 FROM {Schema}.foreshard_held h "
                + $"WHERE h.entity_type = {type} AND h.entity_key = t.{Sql.Name(table.KeyColumn)}::text COLLATE \"C\" "
                + $"AND CASE WHEN h.kind = '{UnitParts.Interval}' AND h.entity_type = {type} "
                + $"THEN (h.begins IS NULL OR {group} >= h.begins::{form}) AND (h.ends IS NULL OR {group} < h.ends::{form}) ELSE false END))";
        }
    }
}
