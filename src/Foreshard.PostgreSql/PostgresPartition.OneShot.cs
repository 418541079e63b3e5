using System.Buffers;
using System.Collections.Frozen;
using System.Data.Common;
using Foreshard.Partitions;
using Foreshard.Sessions;
using Npgsql;

namespace Foreshard.PostgreSql;

internal sealed partial class PostgresPartition : IOneShot
{
    /// <summary>
    /// How long ago the server must have admitted a session for statements to be sent together with the guard. A connection of the pool may lead to a server
    /// that was restarted since; what is sent alone can be sent again then, and of what is sent with a statement nobody would know whether it was done.
    /// </summary>
    private static readonly TimeSpan ReachedWithin = TimeSpan.FromSeconds(1);

    /// <summary>What the statements begin with that are sent so.</summary>
    private static readonly FrozenSet<string> Plain =
        FrozenSet.ToFrozenSet(["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "VALUES"], StringComparer.OrdinalIgnoreCase);

    private static readonly SearchValues<string> Lasting = SearchValues.Create(["set_config", "advisory", "temp"], StringComparison.OrdinalIgnoreCase);

    private readonly CountedQueries queries = new();
    private long reachedAt;

    public async ValueTask<OneShot<T>?> TryRunAsync<T>(
        AdmissionRequest request, IReadOnlyList<SqlStatement> statements, Func<DbDataReader, T>? read, CancellationToken cancellationToken)
    {
        var reached = Volatile.Read(ref reachedAt);
        if (reached == 0 || time.GetElapsedTime(reached) > ReachedWithin || layout.KnownFacts is not { } facts) return null;
        if (!statements.All(statement => LeavesNothing(statement.Sql))) return null;
        var query = request.Scope == SessionScope.ReadOnly && statements is [var only] ? only.Sql : null;
        var known = query is null ? null : queries.Ask(query);
        var guard = new Guard(request, facts, isCounting: known is null);
        using var batch = new NpgsqlBatch();
        batch.BatchCommands.Add(guard.AsFirst());
        foreach (var statement in statements) batch.BatchCommands.Add(CommandOf(statement));

        // Without BEGIN and COMMIT: what is sent at once is one transaction.
        if (known is null) batch.BatchCommands.Add(Guard.Finish(guard.Oids));
        NpgsqlConnection connection;
        try
        {
            connection = await server.Calls.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            return null;
        }

        await using (connection.ConfigureAwait(false))
        {
            batch.Connection = connection;
            var done = await SendAsync(batch, statements.Count, request.Scope == SessionScope.ReadOnly, read, cancellationToken).ConfigureAwait(false);
            if (done is null) return null;
            Volatile.Write(ref reachedAt, time.GetTimestamp());
            if (known is { } rows) return done with { Usage = SessionCost.Of(rows, 0) };
            if (query is not null) queries.Note(query, done.Usage.Reads);
            return done;
        }
    }

    /// <returns>Null, with nothing done, if the guard refused, or what only reads was not answered.</returns>
    private async ValueTask<OneShot<T>?> SendAsync<T>(
        NpgsqlBatch batch, int statements, bool isReading, Func<DbDataReader, T>? read, CancellationToken cancellationToken)
    {
        var isAdmitted = false;
        try
        {
            var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var before = await Touched.ReadAsync(reader, cancellationToken).ConfigureAwait(false);
                isAdmitted = true;
                var (rows, after) = await ReadAsync(reader, read, cancellationToken).ConfigureAwait(false);
                var changed = new int[statements];
                for (var i = 0; i < changed.Length; i++) changed[i] = batch.BatchCommands[i + 1].RecordsAffected;
                return new OneShot<T>(changed, rows, before.Until(after));
            }
        }
        catch (PostgresException) when (!isAdmitted)
        {
            return null;
        }
        catch (PostgresException exception) when (GuardErrors.ViolationOf(exception) is { } violation)
        {
            throw new SessionScopeException(violation, exception);
        }
        catch (NpgsqlException exception) when (exception is not PostgresException)
        {
            Volatile.Write(ref reachedAt, 0);
            if (isReading && !isAdmitted) return null;
            const string remedy = "What was sent was done as a whole or not at all. Look at what it would have changed before it is sent again";
            throw new PartitionServerException(Name, "did not answer", remedy, exception);
        }
    }

    private static async ValueTask<(List<T> Rows, Touched After)> ReadAsync<T>(
        NpgsqlDataReader reader, Func<DbDataReader, T>? read, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        var after = default(Touched);

        // Statements that yield no rows have no result here.
        while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false))
        {
            if (reader.FieldCount == 1 && reader.GetName(0) == Guard.FinishName)
                after = await Touched.ReadAsync(reader, cancellationToken).ConfigureAwait(false);
            else if (read is not null)
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) rows.Add(read(reader));
        }

        return (rows, after);
    }

    private static NpgsqlBatchCommand CommandOf(SqlStatement statement)
    {
        var command = new NpgsqlBatchCommand(statement.Sql);
        foreach (var (name, value) in statement.Arguments ?? Statement.NoArguments) command.Parameters.Add(new NpgsqlParameter(name, value ?? DBNull.Value));
        return command;
    }

    /// <summary>
    /// False if the text may be several statements, which the driver takes apart only when they are sent alone, or may leave something on the connection for
    /// whoever has it next: settings, locks, temporary tables.
    /// </summary>
    private static bool LeavesNothing(string sql)
    {
        var text = sql.AsSpan().Trim();
        var word = text[..(text.IndexOfAnyExceptInRange('A', 'z') is >= 0 and var end ? end : text.Length)];
        return text.TrimEnd(';').IndexOf(';') < 0 && !text.ContainsAny(Lasting) && Plain.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word);
    }
}
