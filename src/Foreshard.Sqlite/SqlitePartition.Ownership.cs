using System.Collections.Concurrent;
using System.Collections.Immutable;
using Foreshard.Partitions;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

internal sealed partial class SqlitePartition
{
    /// <summary>The highest attempt of each operation that was taken over while this process had the partition open.</summary>
    private readonly ConcurrentDictionary<long, int> announced = new();

    public ValueTask<IReadOnlyList<OwnerRow>> ReadOwnersAsync(CancellationToken cancellationToken) =>
        ReadAsync(PartitionTables.ReadOwners, cancellationToken);

    public async ValueTask AdoptAsync(IReadOnlyList<Placement> units, CancellationToken cancellationToken)
    {
        var rows = units.Select(unit => new OwnerRow(unit.Unit, unit.Epoch, OwnerState.Active, 0, null)).ToList();
        await AdministerAsync(
            (connection, transaction) =>
            {
                foreach (var row in rows) PartitionTables.WriteOwner(connection, transaction, row);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        foreach (var row in rows) this.units[row.Unit.Value] = new UnitState(row);
    }

    public async ValueTask AnnounceAsync(Ticket ticket, CancellationToken cancellationToken)
    {
        announced.AddOrUpdate(ticket.Operation, ticket.Attempt, (_, known) => Math.Max(known, ticket.Attempt));
        await AdministerAsync(
            (connection, transaction) =>
            {
                PartitionTables.CheckTicket(connection, transaction, ticket);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<bool> FreezeAsync(
        Ticket ticket, ImmutableArray<Placement> units, TimeSpan lockTimeout, CancellationToken cancellationToken)
    {
        var states = units.OrderBy(unit => unit.Unit).Select(unit => (Placement: unit, State: StateOf(unit))).ToList();
        if (states.All(unit => IsFrozenBy(unit.State, ticket))) return true;
        var closed = new List<UnitState>();
        try
        {
            foreach (var (_, state) in states)
            {
                if (!await state.Gate.CloseAsync(lockTimeout, time, cancellationToken).ConfigureAwait(false)) return false;
                closed.Add(state);
            }

            // Sessions on the unit wait already, so a long transaction of another unit must not be waited for.
            if (!await writer.EnterAsync(lockTimeout, cancellationToken).ConfigureAwait(false)) return false;
            try
            {
                AdministerLocked((connection, transaction) =>
                {
                    PartitionTables.CheckTicket(connection, transaction, ticket);
                    foreach (var (placement, _) in states)
                        ChangeState(connection, transaction, placement, OwnerState.Active, OwnerState.Frozen, ticket.Operation);
                    return true;
                });
            }
            finally
            {
                writer.Exit();
            }

            foreach (var (placement, state) in states) state.Ownership = new Ownership(placement.Epoch, OwnerState.Frozen, ticket.Operation);
            closed.Clear();
            return true;
        }
        finally
        {
            foreach (var state in closed) state.Gate.Open();
        }
    }

    public async ValueTask ThawAsync(Ticket ticket, ImmutableArray<Placement> units, CancellationToken cancellationToken)
    {
        RefuseSuperseded(ticket);
        var frozen = units.Where(unit => IsFrozenBy(StateOf(unit), ticket)).ToList();
        if (frozen.Count == 0) return;

        // Sessions first: that the operation is being undone is on record, so a crash before the owner row says so changes nothing.
        foreach (var placement in frozen) Publish(new OwnerRow(placement.Unit, placement.Epoch, OwnerState.Active, 0, null));
        await AdministerAsync(
            (connection, transaction) =>
            {
                PartitionTables.CheckTicket(connection, transaction, ticket);
                foreach (var placement in frozen) ChangeState(connection, transaction, placement, OwnerState.Frozen, OwnerState.Active, 0);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <remarks>A store in files has its mapping table beside them, so which shards units are stands there alone.</remarks>
    public ValueTask RetireAsync(
        Ticket ticket,
        ImmutableArray<Placement> retired,
        ImmutableArray<Placement> successors,
        IReadOnlyDictionary<UnitId, HeldShard> shards,
        CancellationToken cancellationToken) =>
        RetireAsync(ticket, retired, successors, clear: null, cancellationToken);

    /// <summary>Also runs <paramref name="clear"/>, which deletes the rows of the one unit that is retired, unless that was done before.</summary>
    internal async ValueTask RetireAsync(
        Ticket ticket,
        ImmutableArray<Placement> retired,
        ImmutableArray<Placement> successors,
        Action<SqliteConnection, SqliteTransaction>? clear,
        CancellationToken cancellationToken)
    {
        RefuseSuperseded(ticket);
        var rows = OwnerRow.AfterRetirement(
            Id, ticket, retired, successors, ImmutableDictionary<UnitId, HeldShard>.Empty, areCleared: clear is not null);

        // Sessions first: the mapping table has committed, so a crash before the owner rows say so is made up for by recovery.
        foreach (var row in rows.Where(row => row.Succeeds(KnownOf(row.Unit)))) Publish(row);
        await AdministerAsync(
            (connection, transaction) =>
            {
                PartitionTables.CheckTicket(connection, transaction, ticket);
                var news = rows.Where(row => row.Succeeds(PartitionTables.ReadOwner(connection, transaction, row.Unit))).ToList();
                foreach (var row in news) PartitionTables.WriteOwner(connection, transaction, row);
                if (news.Count > 0) clear?.Invoke(connection, transaction);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The rows of a unit that has moved away are gone.</summary>
    internal async ValueTask MarkClearedAsync(Ticket ticket, Placement left, CancellationToken cancellationToken) => await AdministerAsync(
        (connection, transaction) =>
        {
            PartitionTables.CheckTicket(connection, transaction, ticket);
            return PartitionFiles.Execute(
                connection,
                $"UPDATE foreshard_owner SET operation = {Sql.Number(OwnerRow.ClearedBy(ticket))} "
                + $"WHERE unit = {left.Unit.Value} AND epoch = {Sql.Number(left.Epoch)} AND state = {(int)OwnerState.Moved}",
                transaction);
        },
        cancellationToken).ConfigureAwait(false);

    /// <summary>Makes the owner row, which is on disk, what sessions are admitted by, and opens its gate.</summary>
    internal void Publish(OwnerRow row)
    {
        var fresh = new UnitState(row);
        var state = units.GetOrAdd(row.Unit.Value, fresh);
        if (ReferenceEquals(state, fresh) || state.Ownership.Epoch > row.Epoch) return;
        state.Ownership = new Ownership(row.Epoch, row.State, row.Operation);
        if (state.Gate.IsClosed && row.State != OwnerState.Frozen) state.Gate.Open();
    }

    /// <summary>For what is done in memory before the file, which knows the attempts as well, is asked.</summary>
    private void RefuseSuperseded(Ticket ticket)
    {
        if (announced.TryGetValue(ticket.Operation, out var attempt) && attempt > ticket.Attempt) throw new SupersededException(ticket, attempt);
    }

    private static bool IsFrozenBy(UnitState state, Ticket ticket) =>
        state.Ownership is { State: OwnerState.Frozen } now && now.Operation == ticket.Operation;

    private void ChangeState(
        SqliteConnection connection,
        SqliteTransaction transaction,
        Placement unit,
        OwnerState from,
        OwnerState to,
        long operation)
    {
        var changed = PartitionFiles.Execute(
            connection,
            $"UPDATE foreshard_owner SET state = {(int)to}, operation = {Sql.Number(operation)} "
            + $"WHERE unit = {unit.Unit.Value} AND epoch = {Sql.Number(unit.Epoch)} AND state = {(int)from}",
            transaction);
        if (changed != 1) throw new OwnershipException(Name, unit, from, PartitionTables.ReadOwner(connection, transaction, unit.Unit));
    }

    private OwnerRow? KnownOf(UnitId unit) =>
        units.TryGetValue(unit.Value, out var state) && state.Ownership is var now ? new OwnerRow(unit, now.Epoch, now.State, now.Operation, null) : null;

    private UnitState StateOf(Placement unit) =>
        units.TryGetValue(unit.Unit.Value, out var state) ? state : throw new OwnershipException(Name, unit, OwnerState.Active, null);
}
