using System.Collections.Immutable;
using System.Data;
using Foreshard.Partitions;
using Foreshard.Schema;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>
/// A partition in one database of a PostgreSQL server. Any number of processes may have it open, so the guard is in the database: an
/// advisory lock per unit that ends with whoever holds it, and the owner row, looked at in each session's own transaction.
/// </summary>
internal sealed partial class PostgresPartition : IPartition, IUnitNotes
{
    private readonly TimeProvider time;
    private readonly PostgresOptions options;
    private readonly PartitionServer server;
    private volatile LayoutState layout = new(new StoreLayout([], []));

    public PostgresPartition(PartitionId id, string name, PartitionServer server, PostgresOptions options, TimeProvider time)
    {
        Id = id;
        Name = name;
        this.server = server;
        this.options = options;
        this.time = time;
        Changes = new ChangeLog(this);
    }

    public PartitionId Id { get; }

    public string Name { get; }

    /// <summary>What changes here while units move away.</summary>
    internal ChangeLog Changes { get; }

    internal TimeSpan SlotPatience => options.SlotPatience;

    internal TimeProvider Time => time;

    internal StoreLayout CurrentLayout => layout.Layout;

    internal ValueTask<TableFacts> FactsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        layout.FactsAsync(connection, cancellationToken);

    public void UseLayout(StoreLayout layout) => this.layout = new LayoutState(layout);

    public ValueTask<Catalogue> ReadCatalogueAsync(CancellationToken cancellationToken) => ReadAsync(PostgresCatalogue.ReadAsync, cancellationToken);

    public ValueTask<ImmutableArray<long>> ReadSchemaVersionsAsync(CancellationToken cancellationToken) =>
        ReadAsync(PartitionTables.ReadSchemaVersionsAsync, cancellationToken);

    public async ValueTask ProbeAsync(CancellationToken cancellationToken) => await ReadAsync(
        static (connection, stop) => connection.ScalarAsync("SELECT 1 FROM foreshard.partition", stop), cancellationToken).ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        foreach (var held in freezes.Values) await held.DisposeAsync().ConfigureAwait(false);
        freezes.Clear();
        await Changes.DisposeAsync().ConfigureAwait(false);
        await server.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Foreshard's own reading.</summary>
    internal ValueTask<T> ReadAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken) =>
        OnAsync(server.Own, read, cancellationToken);

    /// <summary>One trip, which may be made twice: on a connection that turns out to be broken, and on another.</summary>
    internal async ValueTask<T> AskAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> ask, CancellationToken cancellationToken)
    {
        var answer = default(T)!;
        return await OnAsync(
            server.Own,
            async (connection, stop) =>
            {
                answer = await ask(connection, stop).ConfigureAwait(false);
                return 0;
            },
            (_, _) => ValueTask.FromResult(answer),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Foreshard's own writing, in one transaction.</summary>
    internal ValueTask<T> AdministerAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> write, CancellationToken cancellationToken) =>
        AdministerAsync(PokeAsync, write, cancellationToken);

    /// <summary>One step of an operation: its first statement makes sure that no other attempt has taken over.</summary>
    internal async ValueTask<T> StepAsync<T>(
        Ticket ticket, Func<NpgsqlConnection, CancellationToken, ValueTask<T>> step, CancellationToken cancellationToken)
    {
        try
        {
            return await AdministerAsync(
                async (connection, stop) =>
                {
                    await PartitionTables.TakeTicketAsync(connection, ticket, stop).ConfigureAwait(false);
                    return 0;
                },
                step,
                cancellationToken).ConfigureAwait(false);
        }
        catch (PartitionServerException)
        {
            // Whoever took over may have ended the connection: then that is the news, not that it broke.
            await RefuseSupersededAsync(ticket).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A connection of Foreshard's own, for what outlasts one step.</summary>
    internal async ValueTask<NpgsqlConnection> OpenOwnAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await server.Own.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException exception)
        {
            throw PartitionServerException.From(exception, Name);
        }
    }

    internal ValueTask<string> ConnectionStringAsync(string applicationName, CancellationToken cancellationToken) =>
        server.OwnConnectionStringAsync(applicationName, cancellationToken);

    internal async ValueTask RefuseSupersededAsync(Ticket ticket)
    {
        var known = await ReadAsync(
            (connection, stop) => connection.ScalarAsync($"SELECT attempt FROM foreshard.operation WHERE id = {Sql.Number(ticket.Operation)}", stop),
            CancellationToken.None).ConfigureAwait(false);
        if (known is int current && current > ticket.Attempt) throw new SupersededException(ticket, current);
    }

    /// <param name="begin">The transaction's first trip, which may be made twice: on a connection that turns out to be broken, and on another.</param>
    /// <param name="write">The rest of it.</param>
    /// <param name="cancellationToken">Rolls back.</param>
    private async ValueTask<T> AdministerAsync<T>(
        Func<NpgsqlConnection, CancellationToken, ValueTask<int>> begin,
        Func<NpgsqlConnection, CancellationToken, ValueTask<T>> write,
        CancellationToken cancellationToken)
    {
        NpgsqlTransaction? transaction = null;
        return await OnAsync(
            server.Own,
            async (connection, stop) =>
            {
                transaction = await connection.BeginTransactionAsync(stop).ConfigureAwait(false);
                return await begin(connection, stop).ConfigureAwait(false);
            },
            async (connection, stop) =>
            {
                await using (transaction!.ConfigureAwait(false))
                {
                    var result = await write(connection, stop).ConfigureAwait(false);
                    await transaction!.CommitAsync(CancellationToken.None).ConfigureAwait(false);
                    return result;
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<T> OnAsync<T>(
        NpgsqlDataSource source, Func<NpgsqlConnection, CancellationToken, ValueTask<T>> action, CancellationToken cancellationToken) =>
        OnAsync(source, PokeAsync, action, cancellationToken);

    private async ValueTask<T> OnAsync<T>(
        NpgsqlDataSource source,
        Func<NpgsqlConnection, CancellationToken, ValueTask<int>> begin,
        Func<NpgsqlConnection, CancellationToken, ValueTask<T>> action,
        CancellationToken cancellationToken)
    {
        try
        {
            var connection = await OpenAliveAsync(source, begin, cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false)) return await action(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException exception)
        {
            throw PartitionServerException.From(exception, Name);
        }
    }

    private static ValueTask<int> PokeAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(";", cancellationToken);

    /// <summary>A connection that answers: a pool also hands out those whose server was restarted since.</summary>
    private static async ValueTask<NpgsqlConnection> OpenAliveAsync(
        NpgsqlDataSource source, Func<NpgsqlConnection, CancellationToken, ValueTask<int>> begin, CancellationToken cancellationToken)
    {
        for (var isLast = false; ; isLast = true)
        {
            var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await begin(connection, cancellationToken).ConfigureAwait(false);
                return connection;
            }
            catch (Exception exception)
            {
                var isBroken = exception is NpgsqlException && connection.State != ConnectionState.Open;
                await connection.DisposeAsync().ConfigureAwait(false);
                if (!isBroken || isLast) throw;
                source.Clear();
            }
        }
    }
}
