using System.Data.Common;
using Foreshard.Partitions;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

/// <summary>One transaction on one connection of a partition.</summary>
internal sealed class SqliteSession : IPartitionSession
{
    private readonly SqlitePartition partition;
    private readonly SqliteTransaction transaction;
    private readonly UnitState? unit;
    private readonly long changesBefore;
    private SessionUsage usage;
    private string? violation;
    private bool isFinished;
    private bool isReturned;

    public SqliteSession(
        SqlitePartition partition, PartitionConnection owner, SqliteTransaction transaction, UnitState? unit, bool isWriter)
    {
        this.partition = partition;
        this.transaction = transaction;
        this.unit = unit;
        Owner = owner;
        IsWriter = isWriter;
        changesBefore = isWriter ? Native.TotalChanges(owner.Handle) : 0;
    }

    public PartitionConnection Owner { get; }

    public bool IsWriter { get; }

    public DbConnection Connection => Owner.Connection;

    public DbTransaction Transaction => transaction;

    public SessionUsage Usage => isFinished ? usage : default;

    public string? ScopeViolation => isFinished ? violation : Owner.Authorizer.Violation;

    public ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Owner.Authorizer.AllowEnd();
        try
        {
            transaction.Commit();
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode is not 19)
        {
            throw PartitionFileException.From(exception, partition.Name, partition.Files.Path, "written");
        }

        Finish();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        if (isReturned) return ValueTask.CompletedTask;
        isReturned = true;
        Owner.Authorizer.AllowEnd();
        try
        {
            if (!isFinished) transaction.Dispose();
        }
        finally
        {
            if (!isFinished) Finish();
            partition.Return(this);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<CoreChanges> ReadCoreChangesAsync(CancellationToken cancellationToken)
    {
        var entity = Owner.Session!.Entity;
        Owner.Session = null;
        Owner.Authorizer.Enter(Permit.Everything);
        return ValueTask.FromResult(partition.ReadCoreChanges(Owner.Connection, transaction, entity));
    }

    /// <summary>Beside the process that owns the store: whether the owner rows admit the session, in the snapshots that it will read.</summary>
    internal RefusalKind RefusalByRows()
    {
        var request = Owner.Session!;
        var units = request.Union.IsEmpty
            ? [("main", request.Unit)]
            : request.Union.Select(arm => (UnionConnection.SchemaOf((SqlitePartition)arm.Partition, partition), arm.Unit));
        Owner.Authorizer.Enter(Permit.Everything);
        var refusals = units.Select(unit => Refusal(PartitionTables.ReadOwner(Owner.Connection, transaction, unit.Unit.Unit, unit.Item1), unit.Unit)).ToList();
        Owner.Authorizer.Enter(partition.PermitOf(request));
        return refusals.Max();
    }

    internal static RefusalKind Refusal(OwnerRow? owner, Placement unit) => owner switch
    {
        { State: OwnerState.Active } when owner.Epoch == unit.Epoch => RefusalKind.None,
        { State: OwnerState.Frozen } => RefusalKind.Frozen,
        _ => RefusalKind.Stale,
    };

    private void Finish()
    {
        isFinished = true;
        if (Owner.IsIntact) usage = Measure();
        violation = Owner.Authorizer.Violation;
        transaction.Dispose();
        Owner.Authorizer.Close();
        partition.Leave(this, unit);
    }

    private SessionUsage Measure()
    {
        var pages = (long)Native.TakeStatus(Owner.Handle, Native.StatusCacheHit);
        var misses = (long)Native.TakeStatus(Owner.Handle, Native.StatusCacheMiss);
        var changes = IsWriter ? Native.TotalChanges(Owner.Handle) - changesBefore : 0;
        return SessionCost.Of(pages, misses, changes);
    }
}

/// <summary>What a session cost, from what SQLite counts.</summary>
internal static class SessionCost
{
    /// <summary>Pages that a point read by primary key looks at, in a table of a million rows. Measured: <c>bench/results/session-sqlite.txt</c>.</summary>
    public const double PagesPerPointRead = 4;

    /// <summary>How many point reads a page costs that has to be read from disk.</summary>
    public const double ReadsPerMiss = 4;

    /// <summary>How many point reads a changed row costs, its share of the commit included.</summary>
    public const double ReadsPerChange = 4;

    public static SessionUsage Of(long hits, long misses, long changes) => new(
        hits + misses, changes, ((hits + misses) / PagesPerPointRead) + (misses * ReadsPerMiss) + (changes * ReadsPerChange));
}
