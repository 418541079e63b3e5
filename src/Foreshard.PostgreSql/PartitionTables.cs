using System.Collections.Immutable;
using System.Globalization;
using Foreshard.Partitions;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>Foreshard's own tables in a partition's database: the schema <c>foreshard</c>.</summary>
internal static class PartitionTables
{
    /// <summary>Raised when <c>partition.sql</c> changes the shape of what it makes.</summary>
    public const int Format = 1;

    /// <summary>
    /// First of the two numbers of every advisory lock that Foreshard takes; the second is the unit's. Applications that use advisory locks
    /// of two numbers must leave this one alone.
    /// </summary>
    public const int LockNamespace = 0x46530001;

    private const string OwnerColumns = "unit, epoch, state, operation, successor_partition, successor_epoch";

    /// <summary>The statements that make a partition.</summary>
    public static string Ddl(PartitionId id, string store)
    {
        using var stream = typeof(PartitionTables).Assembly.GetManifestResourceStream("partition.sql")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd()
            .Replace("{namespace}", Sql.Number(LockNamespace), StringComparison.Ordinal)
            .Replace("{id}", Sql.Number(id.Value), StringComparison.Ordinal)
            .Replace("{store}", Sql.Text(store), StringComparison.Ordinal)
            .Replace("{format}", Sql.Number(Format), StringComparison.Ordinal);
    }

    public static async ValueTask<ImmutableArray<long>> ReadSchemaVersionsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        [.. await connection.RowsAsync("SELECT version FROM foreshard.schema_version ORDER BY version", row => row.GetInt64(0), cancellationToken)
            .ConfigureAwait(false)];

    public static async ValueTask<IReadOnlyList<OwnerRow>> ReadOwnersAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.RowsAsync($"SELECT {OwnerColumns} FROM foreshard.owner ORDER BY unit", ReadOwner, cancellationToken).ConfigureAwait(false);

    /// <summary>The owner rows that there are of some units, in no order; locked until the transaction ends, if asked.</summary>
    public static async ValueTask<IReadOnlyList<OwnerRow>> ReadOwnersAsync(
        NpgsqlConnection connection, IEnumerable<UnitId> units, bool isLocking, CancellationToken cancellationToken) =>
        await connection.RowsAsync(
            $"SELECT {OwnerColumns} FROM foreshard.owner WHERE unit IN ({string.Join(", ", units.Select(unit => Sql.Number(unit.Value)))}) "
            + (isLocking ? "ORDER BY unit FOR UPDATE" : ""),
            ReadOwner,
            cancellationToken).ConfigureAwait(false);

    public static async ValueTask<OwnerRow?> ReadOwnerAsync(
        NpgsqlConnection connection, UnitId unit, bool isLocking, CancellationToken cancellationToken) =>
        await ReadOwnersAsync(connection, [unit], isLocking, cancellationToken).ConfigureAwait(false) is [var row] ? row : null;

    public static async ValueTask WriteOwnersAsync(NpgsqlConnection connection, IReadOnlyCollection<OwnerRow> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0) return;
        var values = rows.Select(row => string.Create(
            CultureInfo.InvariantCulture,
            $"({row.Unit.Value}, {row.Epoch}, {(int)row.State}, {row.Operation}, {Number(row.Successor?.Partition.Value)}, {Number(row.Successor?.Epoch)})"));
        await connection.ExecuteAsync(
            $"INSERT INTO foreshard.owner ({OwnerColumns}) VALUES {string.Join(", ", values)} ON CONFLICT (unit) DO UPDATE SET epoch = excluded.epoch, "
            + "state = excluded.state, operation = excluded.operation, successor_partition = excluded.successor_partition, "
            + "successor_epoch = excluded.successor_epoch",
            cancellationToken).ConfigureAwait(false);

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

    private static OwnerRow ReadOwner(NpgsqlDataReader row)
    {
        var unit = new UnitId(row.GetInt32(0));
        return new OwnerRow(
            unit,
            row.GetInt64(1),
            (OwnerState)row.GetInt16(2),
            row.GetInt64(3),
            row.IsDBNull(4) ? null : new Placement(unit, new PartitionId(row.GetInt32(4)), row.GetInt64(5)));
    }
}
