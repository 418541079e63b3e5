using System.Globalization;
using Foreshard.Mapping;
using Foreshard.Partitions;

namespace Foreshard.Moving;

/// <summary>An operation's record together with the revision that its next write must name.</summary>
/// <param name="Record">The record.</param>
/// <param name="Revision">Of the record.</param>
/// <param name="LockRevision">Of the locks on its units; null where this process didn't write them.</param>
internal sealed record LoggedOperation(OperationRecord Record, long Revision, long? LockRevision = null);

/// <summary>The records of operations in the mapping store, and the locks on units that go with them.</summary>
internal sealed class OperationLog(IMappingStore store)
{
    public const string Prefix = "operation/";
    public const string LockPrefix = "lock/";

    /// <summary>Records of finished operations that are kept for people to look at.</summary>
    public const int KeptRecords = 200;

    public static string KeyOf(long operation) => Prefix + operation.ToString("D12", CultureInfo.InvariantCulture);

    public static string LockOf(UnitId unit) => LockPrefix + unit.Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Records the operation and locks its units, if its placements hold.</summary>
    /// <exception cref="MoveRefusedException">A unit is busy, or its placement has changed.</exception>
    /// <param name="record">The operation.</param>
    /// <param name="planned">The snapshot that it was planned by: every unit that it locks must still be as there, not only those that it changes.</param>
    /// <param name="cancellationToken">Gives up; nothing is recorded then.</param>
    public async ValueTask<LoggedOperation> BeginAsync(OperationRecord record, MappingSnapshot planned, CancellationToken cancellationToken)
    {
        var id = record.Id.ToString(CultureInfo.InvariantCulture);
        var result = await store.CommitAsync(
            new MappingChange
            {
                Expected = [.. record.Locks.Select(unit => planned.TryPlacementOf(unit, out var placement) ? placement : default)],
                Records = [new RecordWrite(KeyOf(record.Id), 0, record.ToJson()), .. record.Locks.Select(unit => new RecordWrite(LockOf(unit), 0, id))],
            },
            cancellationToken).ConfigureAwait(false);
        if (!result.IsCommitted)
        {
            throw new MoveRefusedException(
                MoveRefusal.UnitBusy, $"{record.Subject} is in another operation or has just changed its place ({result.Conflict}).");
        }

        return new LoggedOperation(record, result.Version, result.Version);
    }

    /// <summary>Writes a new state, together with a change of the map if there is one.</summary>
    /// <returns>Null if the map or the record is no longer as expected: somebody took over.</returns>
    public async ValueTask<LoggedOperation?> AdvanceAsync(
        LoggedOperation operation, OperationRecord next, MappingChange? change, CancellationToken cancellationToken)
    {
        var write = new RecordWrite(KeyOf(next.Id), operation.Revision, next.ToJson());
        var result = await CommitAsync((change ?? new MappingChange()) with { Records = [write] }, next, cancellationToken).ConfigureAwait(false);
        return result is { } revision ? operation with { Record = next, Revision = revision } : null;
    }

    /// <summary>Writes the last state and gives the units free.</summary>
    public async ValueTask EndAsync(LoggedOperation operation, OperationRecord last, CancellationToken cancellationToken)
    {
        var locks = operation.LockRevision is { } locked
            ? last.Locks.Select(unit => new RecordWrite(LockOf(unit), locked, null))
            : await FindLocksAsync(last.Id, cancellationToken).ConfigureAwait(false);
        var result = await store.CommitAsync(
            new MappingChange { Records = [new RecordWrite(KeyOf(last.Id), operation.Revision, last.ToJson()), .. locks] }, cancellationToken)
            .ConfigureAwait(false);
        if (!result.IsCommitted) throw new SupersededException(new Ticket(last.Id, last.Attempt), last.Attempt + 1);
    }

    /// <summary>Undoes an operation that failed, or finds that another process has taken it over and what that decides.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="cause">Why it doesn't go on.</param>
    /// <param name="undo">Undoes it.</param>
    /// <returns>Why it was undone, for its caller; null if it was committed: then the other process finishes it, and it came to what it was for.</returns>
    public async ValueTask<string?> UndoAsync(long operation, Exception cause, Func<ValueTask> undo)
    {
        try
        {
            if (cause is not SupersededException)
            {
                await undo().ConfigureAwait(false);
                return cause.Message;
            }
        }
        catch (SupersededException)
        {
            // While it was being undone; then whoever took it over goes on with that.
        }

        var last = await ReadAsync(operation, CancellationToken.None).ConfigureAwait(false);
        return last is { Record.IsDecided: true } ? null : "another process took it over, since this one had not gone on with it for too long";
    }

    /// <summary>The operation that has a unit; null if none does.</summary>
    public async ValueTask<LoggedOperation?> FindAsync(UnitId unit, CancellationToken cancellationToken)
    {
        var key = LockOf(unit);
        var locks = await store.ReadRecordsAsync(key, cancellationToken).ConfigureAwait(false);
        if (locks.FirstOrDefault(held => string.Equals(held.Key, key, StringComparison.Ordinal)) is not { } held) return null;
        return await ReadAsync(long.Parse(held.Value, CultureInfo.InvariantCulture), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>An operation's record; null: there is none, or none any more.</summary>
    public async ValueTask<LoggedOperation?> ReadAsync(long operation, CancellationToken cancellationToken)
    {
        var records = await store.ReadRecordsAsync(KeyOf(operation), cancellationToken).ConfigureAwait(false);
        return records.Select(record => new LoggedOperation(OperationRecord.Parse(record.Value), record.Revision)).FirstOrDefault();
    }

    /// <summary>All records, oldest first.</summary>
    public async ValueTask<IReadOnlyList<LoggedOperation>> ReadAsync(CancellationToken cancellationToken)
    {
        var records = await store.ReadRecordsAsync(Prefix, cancellationToken).ConfigureAwait(false);
        return [.. records.Select(record => new LoggedOperation(OperationRecord.Parse(record.Value), record.Revision))];
    }

    /// <summary>Forgets finished operations but the last ones.</summary>
    public async ValueTask PruneAsync(CancellationToken cancellationToken)
    {
        var finished = (await ReadAsync(cancellationToken).ConfigureAwait(false)).Where(operation => operation.Record.IsOver).ToList();
        foreach (var batch in finished.SkipLast(KeptRecords).Chunk(MappingChange.MaxUnits))
        {
            await store.CommitAsync(
                new MappingChange { Records = [.. batch.Select(old => new RecordWrite(KeyOf(old.Record.Id), old.Revision, null))] },
                cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<IEnumerable<RecordWrite>> FindLocksAsync(long operation, CancellationToken cancellationToken)
    {
        var id = operation.ToString(CultureInfo.InvariantCulture);
        var locks = await store.ReadRecordsAsync(LockPrefix, cancellationToken).ConfigureAwait(false);
        return locks.Where(held => held.Value == id).Select(held => new RecordWrite(held.Key, held.Revision, null));
    }

    private async ValueTask<long?> CommitAsync(MappingChange change, OperationRecord next, CancellationToken cancellationToken)
    {
        try
        {
            var result = await store.CommitAsync(change, cancellationToken).ConfigureAwait(false);
            return result.IsCommitted ? result.Version : null;
        }
        catch (MappingStoreException exception) when (exception.IsOutcomeUnknown)
        {
            // The record was written by the same commit, so it tells whether the map was.
            var found = await store.ReadRecordsAsync(KeyOf(next.Id), cancellationToken).ConfigureAwait(false);
            return found.SingleOrDefault() is { } record
                && OperationRecord.Parse(record.Value) is { } now && now.State == next.State && now.Attempt == next.Attempt
                ? record.Revision
                : null;
        }
    }
}
