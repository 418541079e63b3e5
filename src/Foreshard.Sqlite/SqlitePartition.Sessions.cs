using System.Collections.Immutable;
using Foreshard.Partitions;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

internal sealed partial class SqlitePartition
{
    /// <summary>How often a reader beside the owner looks whether a unit that is about to move has moved.</summary>
    private static readonly TimeSpan FrozenPause = TimeSpan.FromMilliseconds(10);

    /// <summary>Switched off by the tests that prove that tests would notice.</summary>
    internal static bool IsGuarded { get; set; } = true;

    public ValueTask<Admission> AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (IsReadOnly) return AdmitByRowAsync(request, cancellationToken);

        UnitState? unit = null;
        if (request.Hold is null)
        {
            if (!units.TryGetValue(request.Unit.Unit.Value, out unit)) return ValueTask.FromResult(Admission.Refused(RefusalKind.Stale));
            if (!unit.Gate.TryEnter()) return AdmitWaitingAsync(unit, request, cancellationToken);
            if (Refusal(unit, request) is var refusal && refusal != RefusalKind.None)
            {
                unit.Gate.Leave();
                return ValueTask.FromResult(Admission.Refused(refusal));
            }
        }

        if (request.Scope != SessionScope.ReadOnly && !writer.TryEnter()) return QueueAsync(unit, request, cancellationToken);
        return ValueTask.FromResult(Begin(unit, request));
    }

    public async ValueTask<HoldResult> HoldAsync(
        ImmutableArray<Placement> units, bool exclusive, TimeSpan waitLimit, CancellationToken cancellationToken)
    {
        if (IsReadOnly) return await HoldByRowsAsync(units, cancellationToken).ConfigureAwait(false);
        var hold = new UnitHold(exclusive);
        var refusal = RefusalKind.Frozen;
        try
        {
            refusal = await TryHoldAsync(hold, units, waitLimit, cancellationToken).ConfigureAwait(false);
            return new HoldResult(refusal == RefusalKind.None ? hold : null, refusal);
        }
        finally
        {
            // Also when it was cancelled between two units: a gate left closed would never open again.
            if (refusal != RefusalKind.None) await hold.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The transaction is over: others may have the unit and the right to write.</summary>
    internal void Leave(SqliteSession session, UnitState? unit)
    {
        if (session.IsWriter) writer.Exit();
        unit?.Gate.Leave();
    }

    /// <summary>The session is disposed of: others may have its connection. Not before, since its commands may still be attached to it.</summary>
    internal void Return(SqliteSession session) => Return(session.Owner, session.IsWriter);

    internal Permit PermitOf(AdmissionRequest request) => layout.PermitFor(request.Layout.Type, request.Scope);

    private static RefusalKind Refusal(UnitState unit, AdmissionRequest request)
    {
        if (unit.Admits(request.Unit.Epoch) || !IsGuarded) return RefusalKind.None;
        return unit.Ownership is { State: OwnerState.Frozen } frozen && frozen.Epoch == request.Unit.Epoch ? RefusalKind.Frozen : RefusalKind.Stale;
    }

    private async ValueTask<RefusalKind> TryHoldAsync(
        UnitHold hold, ImmutableArray<Placement> placements, TimeSpan waitLimit, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        foreach (var placement in placements.OrderBy(placement => placement.Unit))
        {
            if (!units.TryGetValue(placement.Unit.Value, out var unit)) return RefusalKind.Stale;
            var limit = TimeSpan.FromTicks(Math.Max(0, (waitLimit - time.GetElapsedTime(started)).Ticks));
            var entered = hold.IsExclusive
                ? await unit.Gate.CloseAsync(limit, time, cancellationToken).ConfigureAwait(false)
                : await unit.Gate.EnterAsync(limit, time, cancellationToken).ConfigureAwait(false);
            if (!entered) return unit.Ownership.Epoch == placement.Epoch ? RefusalKind.Frozen : RefusalKind.Stale;
            hold.Add(unit);
            if (!unit.Admits(placement.Epoch)) return RefusalKind.Stale;
        }

        return RefusalKind.None;
    }

    private async ValueTask<Admission> AdmitWaitingAsync(UnitState unit, AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (!await unit.Gate.EnterAsync(request.WaitLimit, time, cancellationToken).ConfigureAwait(false)) return Admission.Refused(RefusalKind.Frozen);
        if (Refusal(unit, request) is var refusal && refusal != RefusalKind.None)
        {
            unit.Gate.Leave();
            return Admission.Refused(refusal);
        }

        return request.Scope != SessionScope.ReadOnly
            ? await QueueAsync(unit, request, cancellationToken).ConfigureAwait(false)
            : Begin(unit, request);
    }

    private async ValueTask<Admission> QueueAsync(UnitState? unit, AdmissionRequest request, CancellationToken cancellationToken)
    {
        try
        {
            if (!await writer.EnterAsync(request.WaitLimit, cancellationToken).ConfigureAwait(false))
                throw new WriterBusyException(Name, request.WaitLimit);
        }
        catch
        {
            unit?.Gate.Leave();
            throw;
        }

        return Begin(unit, request);
    }

    private Admission Begin(UnitState? unit, AdmissionRequest request) =>
        Admission.Of(Begin(unit, request, PermitOf(request)));

    private SqliteSession Begin(UnitState? unit, AdmissionRequest request, Permit permit)
    {
        var writes = request.Scope != SessionScope.ReadOnly;
        PartitionConnection? connection = null;
        try
        {
            connection = request.Union.IsEmpty ? Rent(writes) : UnionConnection.Open(this, request);
            connection.Session = request;
            var transaction = connection.Connection.BeginTransaction(deferred: !writes);
            connection.Authorizer.Enter(permit);
            return new SqliteSession(this, connection, transaction, unit, writes);
        }
        catch (Exception exception)
        {
            if (connection is not null) Return(connection, writes);
            if (writes) writer.Exit();
            unit?.Gate.Leave();
            if (exception is SqliteException failure) throw PartitionFileException.From(failure, Name, Files.Path, writes ? "written" : "read");
            throw;
        }
    }

    /// <summary>Nothing can be held in another process; what is read is checked again in its own snapshot.</summary>
    private async ValueTask<HoldResult> HoldByRowsAsync(ImmutableArray<Placement> placements, CancellationToken cancellationToken)
    {
        var refusal = await ReadAsync(
            connection => placements.Select(unit => SqliteSession.Refusal(PartitionTables.ReadOwner(connection, null, unit.Unit), unit)).Max(),
            cancellationToken).ConfigureAwait(false);
        return new HoldResult(refusal == RefusalKind.None ? new UnitHold(isExclusive: false) : null, refusal);
    }

    private async ValueTask<Admission> AdmitByRowAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Scope != SessionScope.ReadOnly) throw new StoreReadOnlyException();
        var started = time.GetTimestamp();
        while (true)
        {
            var admission = Begin(null, request);
            var session = (SqliteSession)admission.Session!;
            var refusal = session.RefusalByRows();
            if (refusal == RefusalKind.None) return admission;
            await session.DisposeAsync().ConfigureAwait(false);
            if (refusal == RefusalKind.Stale) return Admission.Refused(refusal);
            if (time.GetElapsedTime(started) >= request.WaitLimit) return Admission.Refused(RefusalKind.Frozen);
            await Task.Delay(FrozenPause, time, cancellationToken).ConfigureAwait(false);
        }
    }
}

/// <summary>Gates that a caller entered or closed.</summary>
internal sealed class UnitHold(bool isExclusive) : IUnitHold
{
    private readonly List<UnitState> units = [];

    public bool IsExclusive { get; } = isExclusive;

    public void Add(UnitState unit) => units.Add(unit);

    public ValueTask DisposeAsync()
    {
        foreach (var unit in units)
        {
            if (IsExclusive) unit.Gate.Open();
            else unit.Gate.Leave();
        }

        units.Clear();
        return ValueTask.CompletedTask;
    }
}
