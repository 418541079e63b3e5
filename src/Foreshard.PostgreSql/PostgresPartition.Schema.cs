using Foreshard.Partitions;
using Foreshard.Schema;
using Npgsql;
using NpgsqlTypes;

namespace Foreshard.PostgreSql;

internal sealed partial class PostgresPartition
{
    public ValueTask<IPreparedWrite> PrepareSchemaAsync(
        long version, string sql, Func<Catalogue, StoreLayout>? accept, CancellationToken cancellationToken) => PrepareAsync(
        server.Installer,
        async (connection, stop) =>
        {
            // Several processes may open a store while a script is on its way.
            await connection.ExecuteAsync("LOCK TABLE foreshard.schema_version IN SHARE ROW EXCLUSIVE MODE", stop).ConfigureAwait(false);
            if (await connection.ScalarAsync($"SELECT 1 FROM foreshard.schema_version WHERE version = {Sql.Number(version)}", stop)
                .ConfigureAwait(false) is null) await ChangeSchemaAsync(connection, version, sql, accept, stop).ConfigureAwait(false);
        },
        cancellationToken);

    public async ValueTask CopyReferencesAsync(IPartition source, CancellationToken cancellationToken)
    {
        var from = (PostgresPartition)source;
        var origin = await from.OpenOwnAsync(cancellationToken).ConfigureAwait(false);
        await using (origin.ConfigureAwait(false))
        {
            await AdministerAsync(
                async (connection, stop) =>
                {
                    var (here, there) = (await layout.FactsAsync(connection, stop).ConfigureAwait(false),
                        await from.layout.FactsAsync(origin, stop).ConfigureAwait(false));
                    await MoverRights.EnterAsync(connection, stop).ConfigureAwait(false);
                    var snapshot = await origin.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, stop).ConfigureAwait(false);
                    await using (snapshot.ConfigureAwait(false))
                    {
                        foreach (var table in layout.Layout.References.Reverse())
                            await connection.ExecuteAsync($"DELETE FROM {here.NameOf(table)}", stop).ConfigureAwait(false);
                        foreach (var table in layout.Layout.References)
                            await TableCopy.RunAsync(origin, connection, table, there, here, null, stop).ConfigureAwait(false);
                        var numbers = await origin.RowsAsync("SELECT number FROM foreshard.reference_write", row => row.GetInt64(0), stop)
                            .ConfigureAwait(false);
                        foreach (var some in numbers.Chunk(1000))
                        {
                            await connection.ExecuteAsync(
                                $"INSERT INTO foreshard.reference_write VALUES {string.Join(", ", some.Select(number => $"({Sql.Number(number)})"))} "
                                + "ON CONFLICT DO NOTHING",
                                stop).ConfigureAwait(false);
                        }
                    }

                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    public ValueTask<IPreparedWrite> PrepareReferenceAsync(ReferenceWrite write, CancellationToken cancellationToken) => PrepareAsync(
        server.Own,
        async (connection, stop) =>
        {
            await connection.ExecuteAsync("LOCK TABLE foreshard.reference_write IN SHARE ROW EXCLUSIVE MODE", stop).ConfigureAwait(false);
            var written = $"SELECT 1 FROM foreshard.reference_write WHERE number = {Sql.Number(write.Number)}";
            if (await connection.ScalarAsync(written, stop).ConfigureAwait(false) is null)
                await WriteReferenceAsync(connection, write, stop).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>A transaction that stays open. Constraints that the caller's own statements break come as the driver threw them.</summary>
    private async ValueTask<IPreparedWrite> PrepareAsync(
        NpgsqlDataSource source, Func<NpgsqlConnection, CancellationToken, ValueTask> write, CancellationToken cancellationToken, string? last = null)
    {
        NpgsqlConnection? connection = null;
        try
        {
            connection = await OpenAliveAsync(source, PokeAsync, cancellationToken).ConfigureAwait(false);
            var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            var prepared = new PreparedWrite(Name, connection, transaction, last);
            await write(connection, cancellationToken).ConfigureAwait(false);
            return prepared;
        }
        catch (Exception exception)
        {
            if (connection is not null) await connection.DisposeAsync().ConfigureAwait(false);
            if (exception is NpgsqlException failure && !IsCallers(failure)) throw PartitionServerException.From(failure, Name);
            throw;
        }
    }

    private static bool IsCallers(NpgsqlException exception) => exception is PostgresException { SqlState: [var first, var second, ..] }
        && (first, second) is ('2', '3') or ('2', '2') or ('4', '2');

    private static async ValueTask WriteReferenceAsync(NpgsqlConnection connection, ReferenceWrite write, CancellationToken cancellationToken)
    {
        string? violation = null;
        void Hear(object sender, NpgsqlNoticeEventArgs told) => violation = told.Notice.SqlState == GuardErrors.Scope ? told.Notice.MessageText : violation;

        connection.Notice += Hear;
        try
        {
            await connection.ExecuteAsync("SELECT set_config('foreshard.scope', 'reference:', true)", cancellationToken).ConfigureAwait(false);
            using (var command = new NpgsqlCommand(write.Sql, connection))
            {
                foreach (var (name, value) in write.Arguments) command.Parameters.Add(ReferenceParameter(name, value));
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            if (await connection.ScalarAsync("SELECT current_setting('foreshard.scope', true)", cancellationToken).ConfigureAwait(false) is not "reference:")
                throw new SessionScopeException("a statement on reference tables may not end its transaction");
            await connection.ExecuteAsync(
                "SELECT set_config('foreshard.scope', '', true); "
                + $"INSERT INTO foreshard.reference_write (number) VALUES ({Sql.Number(write.Number)})", cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException exception) when (exception.SqlState == GuardErrors.Scope)
        {
            throw new SessionScopeException(violation ?? exception.MessageText, exception);
        }
        finally
        {
            connection.Notice -= Hear;
        }
    }

    /// <summary>Text goes without a type, so that the column gives it one: dates and numbers are written to stores as text too.</summary>
    private static NpgsqlParameter ReferenceParameter(string name, object? value) => new()
    {
        ParameterName = name,
        NpgsqlDbType = value switch
        {
            long => NpgsqlDbType.Bigint,
            double => NpgsqlDbType.Double,
            byte[] => NpgsqlDbType.Bytea,
            _ => NpgsqlDbType.Unknown,
        },
        Value = value ?? DBNull.Value,
    };

    private async ValueTask ChangeSchemaAsync(
        NpgsqlConnection connection, long version, string sql, Func<Catalogue, StoreLayout>? accept, CancellationToken cancellationToken)
    {
        // A column that a view shows can't be changed. Views are made again once all partitions have the script.
        await OwnViews.DropTablesAsync(connection, cancellationToken).ConfigureAwait(false);
        var entities = await CountEntitiesAsync(connection, layout.Layout, cancellationToken).ConfigureAwait(false);
        await RunScriptAsync(connection, version, sql, cancellationToken).ConfigureAwait(false);
        await connection.ExecuteAsync($"INSERT INTO foreshard.schema_version (version) VALUES ({Sql.Number(version)})", cancellationToken)
            .ConfigureAwait(false);
        await GrantAsync(connection, cancellationToken).ConfigureAwait(false);
        await WritePublication.FollowAsync(connection, cancellationToken).ConfigureAwait(false);
        if (accept is null) return;
        var next = accept(await PostgresCatalogue.ReadAsync(connection, cancellationToken).ConfigureAwait(false));
        await RefuseNewRowsAsync(connection, version, next, entities, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sessions may write every table as far as rights go; which of them each may write its scope says.</summary>
    private async ValueTask GrantAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (options.Application is not { } application) return;
        var tables = (await PostgresCatalogue.ReadAsync(connection, cancellationToken).ConfigureAwait(false)).Tables;
        if (tables.IsEmpty) return;
        var schema = (string)(await connection.ScalarAsync("SELECT current_schema()", cancellationToken).ConfigureAwait(false))!;
        await connection.ExecuteAsync(
            $"GRANT USAGE ON SCHEMA {Sql.Name(schema)} TO {Sql.Name(application)}; "
            + $"GRANT SELECT, INSERT, UPDATE, DELETE ON {Sql.Names(tables.Select(table => table.Name))} TO {Sql.Name(application)}",
            cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask RunScriptAsync(NpgsqlConnection connection, long version, string sql, CancellationToken cancellationToken)
    {
        const string Fingerprint = "SELECT foreshard.fingerprint() || current_setting('session_replication_role') || session_user || current_user";
        var before = await connection.ScalarAsync(Fingerprint, cancellationToken).ConfigureAwait(false);
        try
        {
            using (var command = new NpgsqlCommand("SELECT foreshard.run_script($1)", connection))
            {
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = sql });
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            await connection.ExecuteAsync("SET CONSTRAINTS ALL IMMEDIATE; SELECT set_config('foreshard.scope', '', true)", cancellationToken)
                .ConfigureAwait(false);
        }
        catch (PostgresException exception) when (exception.SqlState is not (PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown))
        {
            throw new SchemaScriptException(version, exception.MessageText, exception);
        }

        if (!Equals(before, await connection.ScalarAsync(Fingerprint, cancellationToken).ConfigureAwait(false)))
            throw new SchemaScriptException(version, "it touches what is Foreshard's own, or changes the role under which it runs");
    }

    private static async ValueTask<Dictionary<string, long>> CountEntitiesAsync(
        NpgsqlConnection connection, StoreLayout of, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var root in of.Entities.Select(entity => entity.Root.Name))
            counts[root] = (long)(await connection.ScalarAsync($"SELECT count(*) FROM {Sql.Name(root)}", cancellationToken).ConfigureAwait(false))!;
        return counts;
    }

    private async ValueTask RefuseNewRowsAsync(
        NpgsqlConnection connection, long version, StoreLayout next, Dictionary<string, long> entitiesBefore, CancellationToken cancellationToken)
    {
        ScriptRows.RefuseEntities(version, entitiesBefore, await CountEntitiesAsync(connection, next, cancellationToken).ConfigureAwait(false));
        foreach (var (table, root, isRootNew) in ScriptRows.NewTables(layout.Layout, next))
        {
            var foreign = isRootNew
                ? ""
                : $"WHERE NOT EXISTS (SELECT 1 FROM {Sql.Name(root.Name)} r WHERE r.{Sql.Name(root.KeyColumn)} = t.{Sql.Name(table.KeyColumn)})";
            if (await connection.ScalarAsync($"SELECT 1 FROM {Sql.Name(table.Name)} t {foreign} LIMIT 1", cancellationToken).ConfigureAwait(false) is not null)
                throw ScriptRows.Refusal(version, table.Name);
        }
    }
}
