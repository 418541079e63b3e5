using System.Collections.Frozen;
using System.Data.Common;
using Foreshard.Partitions;

namespace Foreshard.Sessions;

public sealed partial class EntityStore
{
    /// <summary>
    /// Times that <see cref="RunAsync(EntityKey, GroupKey, Func{EntitySession, Task}, SessionOptions?, CancellationToken)"/> begins a session
    /// anew.
    /// </summary>
    private const int MaxTries = 3;

    /// <summary>
    /// Runs work in a session and commits it. Begins again, three times at most, when the session could not begin because its unit moved or
    /// its partition's writer was busy: nothing was done then. The work itself is never run twice.
    /// </summary>
    /// <exception cref="SessionScopeException">A statement of the work was outside of what the session is for.</exception>
    public async Task<T> RunAsync<T>(
        EntityKey entity,
        GroupKey group,
        Func<EntitySession, Task<T>> work,
        SessionOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        var session = await BeginPatientlyAsync(entity, group, options, cancellationToken).ConfigureAwait(false);

        // What the beginning noted in its own flow is not seen here; the work must see it.
        if (!session.Options.ReadOnly) writing.Value = session;
        await using (session.ConfigureAwait(false))
        {
            try
            {
                var result = await work(session).ConfigureAwait(false);
                await session.CommitAsync(cancellationToken).ConfigureAwait(false);
                return result;
            }
            catch (DbException exception) when (session.ScopeViolation is { } violation)
            {
                throw new SessionScopeException(violation, exception);
            }
        }
    }

    /// <inheritdoc cref="RunAsync{T}(EntityKey, GroupKey, Func{EntitySession, Task{T}}, SessionOptions?, CancellationToken)"/>
    public Task RunAsync(
        EntityKey entity, GroupKey group, Func<EntitySession, Task> work, SessionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        return RunAsync(
            entity,
            group,
            async session =>
            {
                await work(session).ConfigureAwait(false);
                return true;
            },
            options,
            cancellationToken);
    }

    /// <summary>
    /// Runs one statement in a session of its own and commits it; where partitions are servers, usually in one round trip (<c>docs/sessions.md</c>).
    /// </summary>
    /// <param name="entity">The entity.</param>
    /// <param name="group">The group written to; none: the whole entity.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="arguments">Its parameters by name, without or with the driver's prefix.</param>
    /// <param name="cancellationToken">Gives up waiting, and the statement if the driver can.</param>
    /// <returns>Rows changed, as the driver counts them.</returns>
    public async Task<int> ExecuteAsync(
        EntityKey entity, GroupKey group, string sql, IReadOnlyDictionary<string, object?>? arguments = null, CancellationToken cancellationToken = default) =>
        (await ExecuteAsync(entity, group, [new SqlStatement(sql, arguments)], cancellationToken).ConfigureAwait(false))[0];

    /// <summary>
    /// Runs statements, one after the other, in a session of their own and commits it; where partitions are servers, usually in one round trip.
    /// </summary>
    /// <param name="entity">The entity.</param>
    /// <param name="group">The group written to; none: the whole entity.</param>
    /// <param name="statements">At least one. If one fails, none has happened.</param>
    /// <param name="cancellationToken">Gives up waiting, and the statements if the driver can.</param>
    /// <returns>Rows that each of them changed, as the driver counts them.</returns>
    public async Task<IReadOnlyList<int>> ExecuteAsync(
        EntityKey entity, GroupKey group, IReadOnlyList<SqlStatement> statements, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(statements);
        ArgumentOutOfRangeException.ThrowIfZero(statements.Count, nameof(statements));
        var done = await TrySendAsync<int>(entity, group, WritingSession, statements, read: null, cancellationToken).ConfigureAwait(false);
        return done?.Changed ?? await RunAsync(
            entity,
            group,
            async session =>
            {
                var changed = new int[statements.Count];
                for (var i = 0; i < changed.Length; i++)
                {
                    var command = Statement.On(session.Connection, session.Transaction, statements[i]);
                    await using (command.ConfigureAwait(false)) changed[i] = await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                }

                return changed;
            },
            cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs one query in a read-only session of its own; where partitions are servers, usually in one round trip.</summary>
    /// <param name="entity">The entity.</param>
    /// <param name="sql">The query.</param>
    /// <param name="read">Makes a result of the row that the reader stands on.</param>
    /// <param name="arguments">Its parameters by name, without or with the driver's prefix.</param>
    /// <param name="group">The group read from; none: the whole entity.</param>
    /// <param name="cancellationToken">Gives up waiting, and the query if the driver can.</param>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(
        EntityKey entity,
        string sql,
        Func<DbDataReader, T> read,
        IReadOnlyDictionary<string, object?>? arguments = null,
        GroupKey group = default,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(read);
        var query = new SqlStatement(sql, arguments);
        var done = await TrySendAsync(entity, group, SessionOptions.Read, [query], read, cancellationToken).ConfigureAwait(false);
        return done?.Rows ?? await RunAsync(
            entity,
            group,
            session => Statement.ReadAsync(session.Connection, session.Transaction, query, read, cancellationToken),
            SessionOptions.Read,
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a session whole, where the partition can be sent one; null, with nothing done, if it must be begun as usual.</summary>
    private async ValueTask<OneShot<T>?> TrySendAsync<T>(
        EntityKey entity,
        GroupKey group,
        SessionOptions options,
        IReadOnlyList<SqlStatement> statements,
        Func<DbDataReader, T>? read,
        CancellationToken cancellationToken)
    {
        var type = Check(entity, group, options);
        RefuseNested(entity, options);
        var placement = replica.Current.Find(entity, out var split);
        if (hasBehind || (split is not null && group.IsNone)) return null;
        if (split is not null) placement = split.ShardOf(group).Placement;
        if (partitions[placement.Partition] is not IOneShot partition) return null;
        var session = NewSession(entity, group, options);
        try
        {
            var done = await partition.TryRunAsync(RequestFor(placement, split, type, session, TimeSpan.Zero), statements, read, cancellationToken)
                .ConfigureAwait(false);
            if (done is not null) session.Count(done.Usage, isCommitted: true);
            return done;
        }
        catch
        {
            session.Count(default, isCommitted: false);
            throw;
        }
    }

    private async Task<EntitySession> BeginPatientlyAsync(EntityKey entity, GroupKey group, SessionOptions? options, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await BeginAsync(entity, group, options, cancellationToken).ConfigureAwait(false);
            }
            catch (ForeshardException exception) when (attempt < MaxTries && exception is (MoveInProgressException or WriterBusyException))
            {
                // Nothing was done; the next try waits as long again.
            }
        }
    }
}

/// <summary>Commands from text and named values.</summary>
internal static class Statement
{
    public static IReadOnlyDictionary<string, object?> NoArguments { get; } = FrozenDictionary<string, object?>.Empty;

    public static DbCommand On(DbConnection connection, DbTransaction transaction, SqlStatement statement)
    {
        var command = connection.CreateCommand();
        command.CommandText = statement.Sql;
        command.Transaction = transaction;
        foreach (var (name, value) in statement.Arguments ?? NoArguments)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }

        return command;
    }

    public static async Task<IReadOnlyList<T>> ReadAsync<T>(
        DbConnection connection, DbTransaction transaction, SqlStatement query, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        var command = On(connection, transaction, query);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var rows = new List<T>();
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) rows.Add(read(reader));
                return rows;
            }
        }
    }
}
