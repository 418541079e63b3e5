using System.Collections.Concurrent;
using System.Collections.Immutable;
using Foreshard.Partitions;
using Npgsql;

namespace Foreshard.PostgreSql;

internal sealed partial class PostgresPartition
{
    /// <summary>How long an announcement waits for a step of an older attempt before that attempt's connections are ended.</summary>
    private static readonly TimeSpan AnnouncePause = TimeSpan.FromMilliseconds(50);

    /// <summary>The locks of what this process has frozen, by operation: sessions wait for them in the server.</summary>
    private readonly ConcurrentDictionary<long, UnitLocks> freezes = new();

    public ValueTask<IReadOnlyList<OwnerRow>> ReadOwnersAsync(CancellationToken cancellationToken) =>
        ReadAsync(PartitionTables.ReadOwnersAsync, cancellationToken);

    public async ValueTask AdoptAsync(IReadOnlyList<Placement> units, CancellationToken cancellationToken)
    {
        var rows = units.Select(unit => new OwnerRow(unit.Unit, unit.Epoch, OwnerState.Active, 0, null)).ToList();
        await AdministerAsync(
            async (connection, stop) =>
            {
                foreach (var some in rows.Chunk(1000)) await PartitionTables.WriteOwnersAsync(connection, some, stop).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask AnnounceAsync(Ticket ticket, CancellationToken cancellationToken)
    {
        while (true)
        {
            // A step of an older attempt that runs has the row of its operation, maybe for as long as a copy takes.
            await EndOlderAttemptsAsync(ticket, cancellationToken).ConfigureAwait(false);
            try
            {
                await AdministerAsync(
                    async (connection, stop) =>
                    {
                        await connection.ExecuteAsync(
                            $"SET LOCAL lock_timeout = {Sql.Number((long)AnnouncePause.TotalMilliseconds)}", stop).ConfigureAwait(false);
                        await PartitionTables.TakeTicketAsync(connection, ticket, stop).ConfigureAwait(false);
                        return true;
                    },
                    cancellationToken).ConfigureAwait(false);
                break;
            }
            catch (PartitionServerException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        // Whatever of them began in between has found a higher attempt; a lock that it holds on a unit would stand in everybody's way.
        await EndOlderAttemptsAsync(ticket, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<bool> FreezeAsync(
        Ticket ticket, ImmutableArray<Placement> units, TimeSpan lockTimeout, CancellationToken cancellationToken)
    {
        // Who begins an operation has frozen nothing of it yet, and whether somebody else has is seen with the lock.
        var mayBeFrozen = ticket.Attempt > 1 || freezes.ContainsKey(ticket.Operation);
        if (mayBeFrozen && await LooksFrozenAsync(ticket, units, cancellationToken).ConfigureAwait(false) is { } known) return known;
        UnitLocks? locks;
        try
        {
            locks = await UnitLocks.TryTakeAsync(server.Own, units, exclusive: true, lockTimeout, PartitionTables.NameOf(ticket), time, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (NpgsqlException exception)
        {
            await RefuseSupersededAsync(ticket).ConfigureAwait(false);
            throw PartitionServerException.From(exception, Name);
        }

        if (locks is null) return false;
        try
        {
            if (!await WriteFrozenAsync(ticket, units, cancellationToken).ConfigureAwait(false)) return false;
            if (freezes.TryRemove(ticket.Operation, out var older)) await older.DisposeAsync().ConfigureAwait(false);
            freezes[ticket.Operation] = locks;
            locks = null;
            return true;
        }
        finally
        {
            if (locks is not null) await locks.DisposeAsync().ConfigureAwait(false);
        }
    }

    public async ValueTask ThawAsync(Ticket ticket, ImmutableArray<Placement> units, CancellationToken cancellationToken)
    {
        await StepAsync(
            ticket,
            (connection, stop) => connection.ExecuteAsync(
                $"UPDATE foreshard.owner SET state = {(int)OwnerState.Active}, operation = 0 WHERE state = {(int)OwnerState.Frozen} "
                + $"AND operation = {Sql.Number(ticket.Operation)} AND (unit, epoch) IN ({Pairs(units)})",
                stop),
            cancellationToken).ConfigureAwait(false);
        await LetGoAsync(ticket).ConfigureAwait(false);
    }

    public ValueTask RetireAsync(
        Ticket ticket,
        ImmutableArray<Placement> retired,
        ImmutableArray<Placement> successors,
        IReadOnlyDictionary<UnitId, HeldShard> shards,
        CancellationToken cancellationToken) =>
        RetireAsync(ticket, retired, successors, shards, null, cancellationToken);

    public async ValueTask DescribeAsync(IReadOnlyList<(Placement Unit, HeldShard Shard)> shards, CancellationToken cancellationToken) =>
        await AdministerAsync(
            async (connection, stop) =>
            {
                foreach (var some in shards.Chunk(100)) await PartitionTables.DescribeAsync(connection, some, stop).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);

    /// <summary>Also runs <paramref name="clear"/>, which deletes the rows of the one unit that is retired, unless that was done before.</summary>
    internal async ValueTask RetireAsync(
        Ticket ticket,
        ImmutableArray<Placement> retired,
        ImmutableArray<Placement> successors,
        IReadOnlyDictionary<UnitId, HeldShard> shards,
        Func<NpgsqlConnection, CancellationToken, ValueTask>? clear,
        CancellationToken cancellationToken)
    {
        var rows = OwnerRow.AfterRetirement(Id, ticket, retired, successors, shards, areCleared: clear is not null);
        await StepAsync(
            ticket,
            async (connection, stop) =>
            {
                var known = await PartitionTables.RaiseGenerationAsync(connection, rows.Select(row => row.Unit), stop).ConfigureAwait(false);
                var news = rows.Where(row => row.Succeeds(known.FirstOrDefault(now => now.Unit == row.Unit))).ToList();
                await PartitionTables.WriteOwnersAsync(connection, news, stop).ConfigureAwait(false);
                if (clear is not null && news.Count > 0) await clear(connection, stop).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        await LetGoAsync(ticket).ConfigureAwait(false);
    }

    private static string Pairs(ImmutableArray<Placement> units) =>
        string.Join(", ", units.Select(unit => $"({Sql.Number(unit.Unit.Value)}, {Sql.Number(unit.Epoch)})"));

    private async ValueTask LetGoAsync(Ticket ticket)
    {
        if (freezes.TryRemove(ticket.Operation, out var locks)) await locks.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask EndOlderAttemptsAsync(Ticket ticket, CancellationToken cancellationToken) => await ReadAsync(
        (connection, stop) => connection.ExecuteAsync(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            + $"AND application_name LIKE 'foreshard op {Sql.Number(ticket.Operation)}/%' "
            + $"AND split_part(application_name, '/', 2)::int < {ticket.Attempt}",
            stop),
        cancellationToken).ConfigureAwait(false);

    /// <summary>True: frozen by this operation already. False: by another. Null: to be frozen.</summary>
    private async ValueTask<bool?> LooksFrozenAsync(Ticket ticket, ImmutableArray<Placement> units, CancellationToken cancellationToken)
    {
        var owners = await AskAsync(
            (connection, stop) => PartitionTables.ReadOwnersAsync(connection, units.Select(unit => unit.Unit), isLocking: false, stop), cancellationToken)
            .ConfigureAwait(false);
        if (units.All(unit => owners.Any(row => IsFrozen(row, unit) && row.Operation == ticket.Operation)))
        {
            await RefuseSupersededAsync(ticket).ConfigureAwait(false);
            return true;
        }

        if (units.Any(unit => owners.Any(row => IsFrozen(row, unit) && row.Operation != ticket.Operation))) return false;
        RefuseOthers(units, owners);
        return null;
    }

    private async ValueTask<bool> WriteFrozenAsync(Ticket ticket, ImmutableArray<Placement> units, CancellationToken cancellationToken) => await StepAsync(
        ticket,
        async (connection, stop) =>
        {
            var owners = await PartitionTables.RaiseGenerationAsync(connection, units.Select(unit => unit.Unit), stop).ConfigureAwait(false);
            if (units.Any(unit => owners.Any(row => IsFrozen(row, unit) && row.Operation != ticket.Operation))) return false;
            RefuseOthers(units, owners);
            await connection.ExecuteAsync(
                $"UPDATE foreshard.owner SET state = {(int)OwnerState.Frozen}, operation = {Sql.Number(ticket.Operation)} "
                + $"WHERE (unit, epoch) IN ({Pairs(units)}); SELECT pg_logical_emit_message(true, '{LogMessage.Frozen}', '')",
                stop).ConfigureAwait(false);
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    private static bool IsFrozen(OwnerRow row, Placement unit) => row.Unit == unit.Unit && row.Epoch == unit.Epoch && row.State == OwnerState.Frozen;

    private void RefuseOthers(ImmutableArray<Placement> units, IReadOnlyList<OwnerRow> owners)
    {
        foreach (var unit in units)
        {
            var row = owners.FirstOrDefault(row => row.Unit == unit.Unit);
            if (row is null || row.Epoch != unit.Epoch || row.State is not (OwnerState.Active or OwnerState.Frozen))
                throw new OwnershipException(Name, unit, OwnerState.Active, row);
        }
    }
}
