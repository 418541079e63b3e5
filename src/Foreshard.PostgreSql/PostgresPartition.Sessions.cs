using System.Collections.Immutable;
using System.Data;
using Foreshard.Partitions;
using Npgsql;

namespace Foreshard.PostgreSql;

internal sealed partial class PostgresPartition
{
    /// <summary>How long a session waits before it looks again at a unit whose freeze nobody's connection holds any more.</summary>
    private static readonly TimeSpan FrozenPause = TimeSpan.FromMilliseconds(10);

    /// <summary>Freezes of other units make snapshots too old; so many in a row only under a storm of moves.</summary>
    private const int OldSnapshotsAtLeast = 20;

    public async ValueTask<Admission> AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        for (var (oldSnapshots, deadConnections) = (0, 0); ;)
        {
            var left = request.WaitLimit - time.GetElapsedTime(started);
            try
            {
                return Admission.Of(await BeginAsync(request, left, cancellationToken).ConfigureAwait(false));
            }
            catch (PostgresException exception) when (RefusalOf(exception) is { } refusal)
            {
                if (refusal is RefusalKind.Stale or RefusalKind.Behind || left <= TimeSpan.Zero || exception.SqlState == PostgresErrorCodes.LockNotAvailable)
                    return Admission.Refused(refusal);
                await Task.Delay(left < FrozenPause ? left : FrozenPause, time, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.SerializationFailure)
            {
                // Nothing of the session's own has run, so a younger snapshot does no harm.
                if (++oldSnapshots > OldSnapshotsAtLeast && left <= TimeSpan.Zero) return Admission.Refused(RefusalKind.Frozen);
                if (oldSnapshots > 1) await SettleGenerationAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (NpgsqlException exception) when (IsDead(exception) && request.Hold is null && deadConnections++ == 0)
            {
                // The server was restarted while the connection lay in the pool, and so has every other of that age. Or somebody had it forget what was
                // prepared, in a session of his own.
                server.ClearSessions();
            }
            catch (PostgresException exception) when (exception.SqlState == GuardErrors.Promoted)
            {
                throw server.Promoted();
            }
            catch (NpgsqlException exception)
            {
                throw PartitionServerException.From(exception, Name);
            }
        }
    }

    public async ValueTask<HoldResult> HoldAsync(
        ImmutableArray<Placement> units, bool exclusive, TimeSpan waitLimit, CancellationToken cancellationToken)
    {
        try
        {
            var locks = await UnitLocks.TryTakeAsync(server.Holds, units, exclusive, waitLimit, null, time, cancellationToken).ConfigureAwait(false);
            if (locks is null) return new HoldResult(null, await RefusalOfAsync(units, cancellationToken).ConfigureAwait(false));
            var refusal = RefusalKind.Frozen;
            try
            {
                refusal = Refusal(await PartitionTables.ReadOwnersAsync(
                    locks.Connection, units.Select(unit => unit.Unit), isLocking: false, cancellationToken).ConfigureAwait(false), units);
                return new HoldResult(refusal == RefusalKind.None ? new PostgresHold(this, locks, exclusive) : null, refusal);
            }
            finally
            {
                if (refusal != RefusalKind.None) await locks.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (NpgsqlException exception)
        {
            throw PartitionServerException.From(exception, Name);
        }
    }

    private static bool IsDead(NpgsqlException exception) => exception is not PostgresException failure
        ? exception.IsTransient
        : failure.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.InvalidSqlStatementName;

    private static RefusalKind? RefusalOf(PostgresException exception) => exception.SqlState switch
    {
        GuardErrors.Moved => RefusalKind.Stale,
        GuardErrors.Frozen => RefusalKind.Abandoned, // its lock was free
        GuardErrors.Behind => RefusalKind.Behind,
        PostgresErrorCodes.LockNotAvailable => RefusalKind.Frozen,
        _ => null,
    };

    private static RefusalKind Refusal(IReadOnlyList<OwnerRow> owners, ImmutableArray<Placement> units) => units.Max(unit =>
        owners.FirstOrDefault(row => row.Unit == unit.Unit && row.Epoch == unit.Epoch) switch
        {
            { State: OwnerState.Active } => RefusalKind.None,
            { State: OwnerState.Frozen } => RefusalKind.Abandoned,
            _ => RefusalKind.Stale,
        }) switch
    {
        RefusalKind.Abandoned when units.Any(unit => !owners.Any(row => row.Unit == unit.Unit && row.Epoch == unit.Epoch)) => RefusalKind.Stale,
        var worst => worst,
    };

    private async ValueTask<RefusalKind> RefusalOfAsync(ImmutableArray<Placement> units, CancellationToken cancellationToken)
    {
        var owners = await ReadAsync(
            (connection, stop) => PartitionTables.ReadOwnersAsync(connection, units.Select(unit => unit.Unit), isLocking: false, stop), cancellationToken)
            .ConfigureAwait(false);
        return Refusal(owners, units) == RefusalKind.Stale ? RefusalKind.Stale : RefusalKind.Frozen;
    }

    /// <summary>A freeze that was rolled back left the sequence ahead of its row: nobody with a snapshot of his own would be admitted again.</summary>
    private async ValueTask SettleGenerationAsync(CancellationToken cancellationToken) => await OnAsync(
        server.Sessions, static (connection, stop) => connection.ExecuteAsync("SELECT foreshard.settle_generation()", stop), cancellationToken)
        .ConfigureAwait(false);

    private async ValueTask<PostgresSession> BeginAsync(AdmissionRequest request, TimeSpan left, CancellationToken cancellationToken)
    {
        // What runs under a hold runs on the hold's own connection: if that breaks, the session ends with what protected it.
        var hold = request.Hold as PostgresHold;
        var connection = hold is not null && ReferenceEquals(hold.Partition, this) ? hold.TryRent() : null;
        var isHolds = connection is not null;
        connection ??= await server.Sessions.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        NpgsqlTransaction? transaction = null;
        try
        {
            var facts = layout.KnownFacts ?? await ReadAsync(layout.FactsAsync, cancellationToken).ConfigureAwait(false);

            // Sent with the guard, in one round trip.
            transaction = await connection.BeginTransactionAsync(IsolationOf(request), cancellationToken).ConfigureAwait(false);
            var guard = new Guard(request, facts);
            var before = await guard.RunAsync(connection, left, isLogging: !request.Union.IsEmpty, cancellationToken).ConfigureAwait(false);
            var views = UnionViews.For(this, request, facts);
            if (views.Count > 0) await connection.ExecuteAsync(string.Join("; ", views.Select(view => view.Create)), cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref reachedAt, time.GetTimestamp());
            return new PostgresSession(this, connection, transaction, request, guard.Oids, before, views, isHolds ? hold : null);
        }
        catch
        {
            try
            {
                if (transaction is not null) await transaction.DisposeAsync().ConfigureAwait(false);
            }
            finally
            {
                if (isHolds) hold!.Return();
                else await connection.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>A read-only session sees one moment; a writing one sees what others commit while it runs, as PostgreSQL's sessions do.</summary>
    private static IsolationLevel IsolationOf(AdmissionRequest request) => request.Isolation != IsolationLevel.Unspecified
        ? request.Isolation
        : request.Scope == SessionScope.ReadOnly ? IsolationLevel.RepeatableRead : IsolationLevel.ReadCommitted;
}
