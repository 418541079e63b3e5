using System.Collections.Immutable;
using System.Globalization;
using Foreshard.Mapping;
using Foreshard.Partitions;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>Foreshard's own tables in a partition's database: the schema <c>foreshard</c>.</summary>
internal static class PartitionTables
{
    /// <summary>Raised when <c>partition.sql</c> changes the shape of what it makes.</summary>
    public const int Format = 2;

    /// <summary>
    /// First of the two numbers of every advisory lock that Foreshard takes; the second is the unit's. Applications that use advisory locks
    /// of two numbers must leave this one alone.
    /// </summary>
    public const int LockNamespace = 0x46530001;

    private const string OwnerColumns = "unit, epoch, state, operation, successor_partition, successor_epoch, shard";

    /// <summary>The statements that make a partition.</summary>
    public static string Ddl(PartitionId id, string store) => Text()
        .Replace("{id}", Sql.Number(id.Value), StringComparison.Ordinal)
        .Replace("{store}", Sql.Text(store), StringComparison.Ordinal)
        .Replace("{format}", Sql.Number(Format), StringComparison.Ordinal);

    /// <summary>Of them, those that make the functions, also where there are older ones.</summary>
    public static string FunctionsDdl()
    {
        var text = Text();
        var from = text.IndexOf("-- functions", StringComparison.Ordinal);
        return text[from..text.IndexOf("-- end of functions", from, StringComparison.Ordinal)];
    }

    public static async ValueTask<ImmutableArray<long>> ReadSchemaVersionsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        [.. await connection.RowsAsync("SELECT version FROM foreshard.schema_version ORDER BY version", row => row.GetInt64(0), cancellationToken)
            .ConfigureAwait(false)];

    public static async ValueTask<IReadOnlyList<OwnerRow>> ReadOwnersAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.RowsAsync($"SELECT {OwnerColumns} FROM foreshard.owner ORDER BY unit", ReadOwner, cancellationToken).ConfigureAwait(false);

    /// <summary>The owner rows that there are of some units, in no order; locked until the transaction ends, if asked.</summary>
    public static async ValueTask<IReadOnlyList<OwnerRow>> ReadOwnersAsync(
        NpgsqlConnection connection, IEnumerable<UnitId> units, bool isLocking, CancellationToken cancellationToken) =>
        await connection.RowsAsync(OwnersSql(units, isLocking), ReadOwner, cancellationToken).ConfigureAwait(false);

    /// <summary>Has sessions with older snapshots begin again, and locks the owner rows that there are of some units, all in one round trip.</summary>
    public static async ValueTask<IReadOnlyList<OwnerRow>> RaiseGenerationAsync(
        NpgsqlConnection connection, IEnumerable<UnitId> units, CancellationToken cancellationToken) =>
        await connection.RowsAsync(
            "DO $$ BEGIN PERFORM foreshard.raise_generation(); END $$; " + OwnersSql(units, isLocking: true), ReadOwner, cancellationToken)
            .ConfigureAwait(false);

    public static async ValueTask<OwnerRow?> ReadOwnerAsync(
        NpgsqlConnection connection, UnitId unit, bool isLocking, CancellationToken cancellationToken) =>
        await ReadOwnersAsync(connection, [unit], isLocking, cancellationToken).ConfigureAwait(false) is [var row] ? row : null;

    public static async ValueTask WriteOwnersAsync(NpgsqlConnection connection, IReadOnlyCollection<OwnerRow> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0) return;
        var values = rows.Select(row => string.Create(
            CultureInfo.InvariantCulture,
            $"({row.Unit.Value}, {row.Epoch}, {(int)row.State}, {row.Operation}, {Number(row.Successor?.Partition.Value)}, "
            + $"{Number(row.Successor?.Epoch)}, {Shard(row)})"));
        await connection.ExecuteAsync(
            $"INSERT INTO foreshard.owner ({OwnerColumns}) VALUES {string.Join(", ", values)} ON CONFLICT (unit) DO UPDATE SET epoch = excluded.epoch, "
            + "state = excluded.state, operation = excluded.operation, successor_partition = excluded.successor_partition, "
            + "successor_epoch = excluded.successor_epoch, shard = coalesce(excluded.shard, owner.shard)",
            cancellationToken).ConfigureAwait(false);

        static string Shard(OwnerRow row) => row.Shard is { } shard ? ShardText(shard) : "NULL::jsonb";

        static string Number(long? number) => number is { } some ? Sql.Number(some) + "::bigint" : "NULL::bigint";
    }

    /// <summary>
    /// Records the attempt if it is new, and throws if a higher one was announced. Until the transaction ends no other attempt can be
    /// announced, but whoever announces one may end this connection, which it finds by its name.
    /// </summary>
    public static async ValueTask TakeTicketAsync(NpgsqlConnection connection, Ticket ticket, CancellationToken cancellationToken)
    {
        var current = (int)(await connection.ScalarAsync(
            $"SELECT foreshard.take_ticket({Sql.Number(ticket.Operation)}, {ticket.Attempt}) "
            + $"FROM (SELECT set_config('application_name', {Sql.Text(NameOf(ticket))}, true)) named",
            cancellationToken).ConfigureAwait(false))!;
        if (current > ticket.Attempt) throw new SupersededException(ticket, current);
    }

    /// <summary>How the connections of an attempt are named, so that they can be found and ended by who takes over.</summary>
    public static string NameOf(Ticket ticket) => string.Create(CultureInfo.InvariantCulture, $"foreshard op {ticket.Operation}/{ticket.Attempt}");

    /// <summary>Notes which shards units are where that isn't known yet.</summary>
    public static async ValueTask DescribeAsync(
        NpgsqlConnection connection, IReadOnlyCollection<(Placement Unit, HeldShard Shard)> shards, CancellationToken cancellationToken)
    {
        if (shards.Count == 0) return;
        var values = shards.Select(one => $"({Sql.Number(one.Unit.Unit.Value)}, {Sql.Number(one.Unit.Epoch)}, {ShardText(one.Shard)})");
        await connection.ExecuteAsync(
            $"UPDATE foreshard.owner o SET shard = told.shard FROM (VALUES {string.Join(", ", values)}) told (unit, epoch, shard) "
            + "WHERE o.unit = told.unit AND o.epoch = told.epoch AND o.shard IS NULL",
            cancellationToken).ConfigureAwait(false);
    }

    private static string OwnersSql(IEnumerable<UnitId> units, bool isLocking) =>
        $"SELECT {OwnerColumns} FROM foreshard.owner WHERE unit = ANY ('{{{string.Join(',', units.Select(unit => Sql.Number(unit.Value)))}}}') "
        + (isLocking ? "ORDER BY unit FOR UPDATE" : "");

    private static string ShardText(HeldShard shard) => Sql.Text(MappingJson.Write(shard)) + "::jsonb";

    private static string Text()
    {
        using var stream = typeof(PartitionTables).Assembly.GetManifestResourceStream("partition.sql")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Replace("{namespace}", Sql.Number(LockNamespace), StringComparison.Ordinal);
    }

    private static OwnerRow ReadOwner(NpgsqlDataReader row)
    {
        var unit = new UnitId(row.GetInt32(0));
        return new OwnerRow(
            unit,
            row.GetInt64(1),
            (OwnerState)row.GetInt16(2),
            row.GetInt64(3),
            row.IsDBNull(4) ? null : new Placement(unit, new PartitionId(row.GetInt32(4)), row.GetInt64(5)),
            row.IsDBNull(6) ? null : MappingJson.ReadHeldShard(row.GetString(6)));
    }
}
