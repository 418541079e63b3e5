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

    /// <summary>Runs one statement in a session of its own and commits it.</summary>
    /// <param name="entity">The entity.</param>
    /// <param name="group">The group written to; none: the whole entity.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="arguments">Its parameters by name, without or with the driver's prefix.</param>
    /// <param name="cancellationToken">Gives up waiting, and the statement if the driver can.</param>
    /// <returns>Rows changed, as the driver counts them.</returns>
    public Task<int> ExecuteAsync(
        EntityKey entity, GroupKey group, string sql, IReadOnlyDictionary<string, object?>? arguments = null, CancellationToken cancellationToken = default) =>
        RunAsync(
            entity,
            group,
            async session =>
            {
                var command = Statement.On(session.Connection, session.Transaction, sql, arguments);
                await using (command.ConfigureAwait(false)) return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            },
            cancellationToken: cancellationToken);

    /// <summary>Runs one query in a read-only session of its own.</summary>
    /// <param name="entity">The entity.</param>
    /// <param name="sql">The query.</param>
    /// <param name="read">Makes a result of the row that the reader stands on.</param>
    /// <param name="arguments">Its parameters by name, without or with the driver's prefix.</param>
    /// <param name="group">The group read from; none: the whole entity.</param>
    /// <param name="cancellationToken">Gives up waiting, and the query if the driver can.</param>
    public Task<IReadOnlyList<T>> QueryAsync<T>(
        EntityKey entity,
        string sql,
        Func<DbDataReader, T> read,
        IReadOnlyDictionary<string, object?>? arguments = null,
        GroupKey group = default,
        CancellationToken cancellationToken = default) => RunAsync(
            entity,
            group,
            session => Statement.ReadAsync(session.Connection, session.Transaction, sql, arguments, read, cancellationToken),
            SessionOptions.Read,
            cancellationToken);

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
    public static DbCommand On(DbConnection connection, DbTransaction transaction, string sql, IReadOnlyDictionary<string, object?>? arguments)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        foreach (var (name, value) in arguments ?? new Dictionary<string, object?>())
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }

        return command;
    }

    public static async Task<IReadOnlyList<T>> ReadAsync<T>(
        DbConnection connection,
        DbTransaction transaction,
        string sql,
        IReadOnlyDictionary<string, object?>? arguments,
        Func<DbDataReader, T> read,
        CancellationToken cancellationToken)
    {
        var command = On(connection, transaction, sql, arguments);
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
