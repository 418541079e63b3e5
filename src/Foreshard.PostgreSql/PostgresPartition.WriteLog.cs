using System.Globalization;
using Foreshard.Partitions;
using Npgsql;
using NpgsqlTypes;

namespace Foreshard.PostgreSql;

/// <remarks>A slot keeps what nobody has read; its publication says of which tables. How far it was read stands in a table, since a slot may forget.</remarks>
internal sealed partial class PostgresPartition : IWriteLog
{
    /// <summary>How long the log waits for transactions that were open when it begins; the next reading tries again.</summary>
    private static readonly TimeSpan LogPatience = TimeSpan.FromSeconds(5);

    /// <summary>Clocks of two machines, and how long a reading takes to begin.</summary>
    private static readonly TimeSpan ClockSlack = TimeSpan.FromSeconds(10);

    /// <summary>Up to where this process has taken what it read, also if that could not be written down.</summary>
    private NpgsqlLogSequenceNumber taken;

    public ValueTask CheckWriteLogAsync(CancellationToken cancellationToken) => new(ReadAsync(RefuseLogAsync, cancellationToken).AsTask());

    public async ValueTask<LoggedWrites> ReadWritesAsync(TimeSpan window, CancellationToken cancellationToken)
    {
        var state = layout;
        var slot = await ReadAsync(WriteSlot.ReadAsync, cancellationToken).ConfigureAwait(false);
        if (!slot.Exists) return await BeginLogAsync(slot, slot.WasRead ? "its slot is gone" : null, cancellationToken).ConfigureAwait(false);
        if (slot.IsLost)
        {
            return await BeginLogAsync(
                slot, "the server removed log that was not read yet (max_slot_wal_keep_size)", cancellationToken).ConfigureAwait(false);
        }

        if (slot.LagBytes > options.WriteLogBytes)
        {
            return await BeginLogAsync(
                slot,
                string.Create(CultureInfo.InvariantCulture, $"the server had kept {slot.LagBytes} bytes of log for it, more than {options.WriteLogBytes}"),
                cancellationToken).ConfigureAwait(false);
        }

        await AdministerAsync(
            async (connection, stop) =>
            {
                await connection.ExecuteAsync("SET LOCAL lock_timeout = '5s'", stop).ConfigureAwait(false);
                return await WritePublication.SyncAsync(connection, state.Layout, stop).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        var count = new WriteCount(state.Layout, slot.NowUtc - window - ClockSlack);
        var from = taken > slot.ReadTo ? taken : slot.ReadTo;
        try
        {
            var end = await WriteStream.ReadAsync(this, slot.Name, from, count, cancellationToken).ConfigureAwait(false);
            return new LoggedWrites
            {
                Writes = count.Writes,
                EarlierRows = count.EarlierRows,
                UnknownRows = count.UnknownRows,
                Emptied = [.. count.Emptied],
                LagBytes = slot.LagBytes,
                Position = end.ToString(),
            };
        }
        catch (PartitionServerException exception) when (exception.SqlState == PostgresErrorCodes.UndefinedObject)
        {
            return await BeginLogAsync(slot, "its publication was dropped", cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask ConfirmWritesAsync(LoggedWrites read, CancellationToken cancellationToken)
    {
        taken = NpgsqlLogSequenceNumber.Parse(read.Position);
        await AdministerAsync(
            (connection, stop) => connection.ExecuteAsync(
                $"UPDATE foreshard.write_log SET read_to = greatest(read_to, {Sql.Text(read.Position)}::pg_lsn)", stop),
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DropWriteLogAsync(CancellationToken cancellationToken)
    {
        var slot = await ReadAsync(WriteSlot.ReadAsync, cancellationToken).ConfigureAwait(false);
        if (slot.Exists) await WriteSlot.DropAsync(this, slot.Name, cancellationToken).ConfigureAwait(false);
        if (!slot.IsMarked && !slot.WasRead) return;
        await AdministerAsync(
            async (connection, stop) =>
            {
                await connection.ExecuteAsync(
                    "UPDATE foreshard.partition SET marks_writes = false WHERE marks_writes; DELETE FROM foreshard.write_log", stop).ConfigureAwait(false);
                return await Publications.EmptyAsync(connection, WritePublication.IsUnread, stop).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        await Publications.DropAsync(this, WritePublication.IsUnread, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DropLeftoversAsync(CancellationToken cancellationToken)
    {
        const string areLeft = $"({LogReader.IsDead} OR {WritePublication.IsUnread})";
        if (await AdministerAsync((connection, stop) => Publications.EmptyAsync(connection, areLeft, stop), cancellationToken).ConfigureAwait(false))
            await Publications.DropAsync(this, areLeft, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<LoggedWrites> BeginLogAsync(WriteSlot old, string? lost, CancellationToken cancellationToken)
    {
        await ReadAsync(RefuseLogAsync, cancellationToken).ConfigureAwait(false);
        if (old.Exists) await WriteSlot.DropAsync(this, old.Name, cancellationToken).ConfigureAwait(false);
        var state = layout;

        // Sessions say who they are before the log begins, and what is published is known before the first change that is read.
        await AdministerAsync(
            async (connection, stop) =>
            {
                await connection.ExecuteAsync(
                    "SET LOCAL lock_timeout = '5s'; UPDATE foreshard.partition SET marks_writes = true WHERE NOT marks_writes", stop).ConfigureAwait(false);
                if (!await WritePublication.SyncAsync(connection, state.Layout, stop).ConfigureAwait(false)) return false;
                await WritePublication.GiveAsync(connection, options.Installer, stop).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        var begin = await WriteSlot.CreateAsync(this, old.Name, LogPatience, cancellationToken).ConfigureAwait(false);
        await AdministerAsync(
            (connection, stop) => connection.ExecuteAsync(
                $"INSERT INTO foreshard.write_log (read_to) VALUES ({Sql.Text(begin)}::pg_lsn) ON CONFLICT (is_only) DO UPDATE SET read_to = excluded.read_to",
                stop),
            cancellationToken).ConfigureAwait(false);
        taken = default;
        return new LoggedWrites
        {
            Notice = lost is null
                ? null
                : $"the write log of partition '{Name}' began anew, since {lost}; what was written beside sessions between is not known",
            LagBytes = old.LagBytes,
            Position = begin,
        };
    }

    private async ValueTask<bool> RefuseLogAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await connection.ScalarAsync("SELECT current_setting('wal_level')", cancellationToken).ConfigureAwait(false) is not "logical")
        {
            throw new PartitionServerException(
                Name, "can keep no write log: its server has another wal_level than 'logical'",
                "Nothing was changed. Set wal_level = logical and restart the server, or do without the write log");
        }

        if (await connection.ScalarAsync("SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user", cancellationToken)
            .ConfigureAwait(false) is not true)
        {
            throw new PartitionServerException(
                Name, "can keep no write log: the role of Foreshard's own connections may not read the server's log",
                "Nothing was changed. ALTER ROLE … REPLICATION for the mover (docs/postgresql.md), or do without the write log");
        }

        return true;
    }
}
