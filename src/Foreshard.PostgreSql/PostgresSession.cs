using System.Data.Common;
using Foreshard.Partitions;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>One transaction on one connection of a partition.</summary>
internal sealed class PostgresSession : IPartitionSession
{
    private readonly PostgresPartition partition;
    private readonly NpgsqlConnection connection;
    private readonly NpgsqlTransaction transaction;
    private readonly AdmissionRequest request;
    private readonly CountedOids oids;
    private readonly Touched before;
    private readonly IReadOnlyList<UnionView> views;
    private readonly PostgresHold? hold;
    private bool writesCore;
    private bool isDisposed;

    /// <param name="partition">Where.</param>
    /// <param name="connection">The session's, given back at its end.</param>
    /// <param name="transaction">The session's, with the guard behind it.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="oids">Whose rows are counted.</param>
    /// <param name="before">What they count before the session.</param>
    /// <param name="views">Views that end with the session.</param>
    /// <param name="hold">The hold whose connection it is; null: the session's own.</param>
    public PostgresSession(
        PostgresPartition partition,
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        AdmissionRequest request,
        CountedOids oids,
        Touched before,
        IReadOnlyList<UnionView> views,
        PostgresHold? hold)
    {
        this.partition = partition;
        this.connection = connection;
        this.transaction = transaction;
        this.request = request;
        this.oids = oids;
        this.before = before;
        this.views = views;
        this.hold = hold;
        connection.Notice += Hear;
    }

    public DbConnection Connection => connection;

    public DbTransaction Transaction => transaction;

    public SessionUsage Usage { get; private set; }

    public string? ScopeViolation { get; private set; }

    public async ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        // Without the driver's transaction: it refuses to work once a statement has ended it, and the server says better what happened.
        using var batch = new NpgsqlBatch(connection);

        // Whoever waits for the unit with an older snapshot must not be let in with it. Raised last: whoever has raised keeps every freeze on the
        // partition waiting, and two that raise on two partitions while they wait for each other would do so for good.
        if (writesCore) batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT foreshard.raise_generation()"));
        batch.BatchCommands.Add(Guard.Finish(oids));
        if (views.Count > 0)
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"DROP VIEW {string.Join(", ", views.Select(view => "pg_temp." + Sql.Name(view.Name)))}"));
        batch.BatchCommands.Add(Guard.Commit());
        using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        if (writesCore) await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var after = await Touched.ReadAsync(reader, cancellationToken).ConfigureAwait(false);
        while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false))
        {
            // What failed is reported where its result would stand, the commit's own failure last.
        }

        Usage = before.Until(after);
    }

    public async ValueTask DisposeAsync()
    {
        if (isDisposed) return;
        isDisposed = true;
        connection.Notice -= Hear;
        try
        {
            await transaction.DisposeAsync().ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            // The connection broke, so the server has rolled back.
        }
        finally
        {
            if (hold is null) await connection.DisposeAsync().ConfigureAwait(false);
            else hold.Return();
        }
    }

    public async ValueTask<CoreChanges> ReadCoreChangesAsync(CancellationToken cancellationToken)
    {
        // The session may have changed how it reads values; the copies read them in one way.
        await connection.ExecuteAsync(
            "SET LOCAL DateStyle = ISO; SET LOCAL IntervalStyle = postgres; SET LOCAL TimeZone = UTC; SET LOCAL extra_float_digits = 1; "
            + "SET LOCAL bytea_output = hex",
            cancellationToken).ConfigureAwait(false);
        var changes = await partition.ReadCoreChangesAsync(connection, request.Entity, cancellationToken).ConfigureAwait(false);
        writesCore = !changes.IsEmpty;
        return changes;
    }

    private void Hear(object sender, NpgsqlNoticeEventArgs told)
    {
        if (told.Notice.SqlState == GuardErrors.Scope) ScopeViolation = told.Notice.MessageText;
    }
}

/// <summary>What a session cost, from the rows that PostgreSQL counts.</summary>
internal static class SessionCost
{
    /// <summary>How many rows, read one after another, cost as much as one point read with its round trip.</summary>
    private const double RowsPerPointRead = 200;

    /// <summary>How many point reads a changed row costs, its share of the commit included.</summary>
    private const double ReadsPerChange = 2;

    public static SessionUsage Of(long read, long written) => new(read, written, 1 + (read / RowsPerPointRead) + (written * ReadsPerChange));
}
