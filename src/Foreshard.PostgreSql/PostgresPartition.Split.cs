using System.Collections.Immutable;
using Foreshard.Partitions;
using Foreshard.Schema;
using Npgsql;

namespace Foreshard.PostgreSql;

internal sealed partial class PostgresPartition
{
    /// <summary>
    /// Rows are checked always, and a session on the whole of a split entity says by itself that it logs; so what remains is to have the
    /// triggers in place.
    /// </summary>
    public async ValueTask SetSplitEntitiesAsync(IReadOnlyCollection<EntityKey> entities, CancellationToken cancellationToken)
    {
        var state = layout;
        var facts = await ReadAsync(state.FactsAsync, cancellationToken).ConfigureAwait(false);
        await TableTriggers.SyncAsync(this, state.Layout, facts, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask MarkBehindAsync(ImmutableArray<Placement> copies, CancellationToken cancellationToken) => await AdministerAsync(
        (connection, stop) => connection.ExecuteAsync(
            $"UPDATE foreshard.owner SET is_behind = true WHERE (unit, epoch) IN ({Pairs(copies)})", stop), cancellationToken).ConfigureAwait(false);

    public ValueTask<IPreparedWrite> PrepareCoreCopyAsync(
        EntityKey entity, ImmutableArray<Placement> copies, CoreChanges changes, CancellationToken cancellationToken) => PrepareAsync(
        server.Own,
        async (connection, stop) =>
        {
            var facts = await layout.FactsAsync(connection, stop).ConfigureAwait(false);
            await MoverRights.EnterAsync(connection, stop).ConfigureAwait(false);
            if (!copies.IsEmpty)
            {
                await connection.ExecuteAsync(
                    $"UPDATE foreshard.owner SET is_behind = false WHERE (unit, epoch) IN ({Pairs(copies)})", stop).ConfigureAwait(false);
            }

            if (!await CoreCopy.ApplyAsync(connection, facts, layout.Layout, entity, changes, stop).ConfigureAwait(false))
                throw new CoreRowsReferencedException(Name);
        },
        cancellationToken,

        // Whoever waits for the units with an older snapshot must not be let in with it.
        last: copies.IsEmpty ? null : "SELECT foreshard.raise_generation()");

    public ValueTask<IReadOnlyList<(EntityKey Entity, CoreChanges Changes)>> ReadCoreLogAsync(CancellationToken cancellationToken) => ReadAsync(
        async (connection, stop) =>
        {
            var logged = await connection.RowsAsync(
                "SELECT DISTINCT table_name, entity_key FROM foreshard.core_log", row => (Table: row.GetString(0), Key: row.GetString(1)), stop)
                .ConfigureAwait(false);
            var entities = logged
                .Select(one => (Type: CoreTables().FirstOrDefault(table => table.Name == one.Table)?.Owner, one.Key))
                .Where(one => one.Type is not null).Select(one => one.Type!.Parse(one.Key)).Distinct().Order();
            var found = new List<(EntityKey, CoreChanges)>();
            foreach (var entity in entities) found.Add((entity, await ReadCoreChangesAsync(connection, entity, stop).ConfigureAwait(false)));
            return (IReadOnlyList<(EntityKey, CoreChanges)>)found;
        },
        cancellationToken);

    public async ValueTask ClearCoreLogAsync(EntityKey entity, CancellationToken cancellationToken) => await AdministerAsync(
        (connection, stop) => connection.ExecuteAsync(
            $"DELETE FROM foreshard.core_log WHERE entity_key = {Sql.Text(entity.KeyText())} "
            + $"AND table_name IN ({string.Join(", ", CoreTables(entity.Type).Select(table => Sql.Text(table.Name)).DefaultIfEmpty("NULL"))})",
            stop),
        cancellationToken).ConfigureAwait(false);

    /// <summary>The core rows of an entity that the log names, as they are now; their values as text.</summary>
    internal async ValueTask<CoreChanges> ReadCoreChangesAsync(NpgsqlConnection connection, EntityKey entity, CancellationToken cancellationToken)
    {
        var facts = await layout.FactsAsync(connection, cancellationToken).ConfigureAwait(false);
        var tables = new List<CoreTableChanges>();
        foreach (var table in CoreTables(entity.Type))
        {
            var name = facts.NameOf(table);
            var keys = $"SELECT DISTINCT {string.Join(", ", table.PrimaryKey.Select(column => $"(r.k).{Sql.Name(column)}"))} "
                + $"FROM (SELECT jsonb_populate_record(NULL::{name}, row_key) AS k FROM foreshard.core_log "
                + $"WHERE table_name = {Sql.Text(table.Name)} AND entity_key = {Sql.Text(entity.KeyText())}) r";
            tables.Add(new CoreTableChanges(
                table,
                [.. await connection.RowsAsync(keys, Values, cancellationToken, asText: true).ConfigureAwait(false)],
                [.. await connection.RowsAsync(
                    $"SELECT {Sql.Names(table.Columns, "s.")} FROM {name} s JOIN ({keys}) l USING ({Sql.Names(table.PrimaryKey)})",
                    Values,
                    cancellationToken,
                    asText: true).ConfigureAwait(false)]));
        }

        return new CoreChanges([.. tables]);

        static object?[] Values(NpgsqlDataReader row) =>
            [.. Enumerable.Range(0, row.FieldCount).Select(field => row.IsDBNull(field) ? null : row.GetString(field))];
    }

    /// <summary>Core tables of splittable types: parents first.</summary>
    private IEnumerable<TableLayout> CoreTables(EntityType? type = null) => layout.Layout.Entities
        .Where(entity => entity.IsSplittable && (type is null || ReferenceEquals(entity.Type, type)))
        .SelectMany(entity => entity.Tables)
        .Where(table => table.Role != TableRole.Grouped);
}
