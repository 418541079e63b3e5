using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>Makes a database a partition, and gives its three roles what they need.</summary>
internal static class PartitionInstall
{
    /// <summary>What sessions call, and what their triggers call in their name.</summary>
    private static readonly string[] SessionFunctions =
    [
        "timeline()", "admit(integer, bigint, integer, boolean, text, text, text, text, text, text, oid[], oid[])", "touched(oid[], oid[])",
        "finish(oid[], oid[])",
        "check_scope()", "refuse_row()", "log_core()", "refuse_union(text)", "settle_generation()", "raise_generation()", "post_batch(bytea)",
    ];

    public static async ValueTask RunAsync(
        PartitionServer server, PartitionId id, string name, string store, PostgresOptions options, CancellationToken cancellationToken)
    {
        var connection = await server.Installer.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            if (await connection.ScalarAsync("SELECT 1 FROM pg_namespace WHERE nspname = 'foreshard'", cancellationToken).ConfigureAwait(false) is not null)
            {
                await TakeUpAsync(connection, id, name, store, cancellationToken).ConfigureAwait(false);
                return;
            }

            var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                await connection.ExecuteAsync(PartitionTables.Ddl(id, store), cancellationToken).ConfigureAwait(false);
                await GrantAsync(connection, options, cancellationToken).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Gives mover and application their rights on what Foreshard keeps.</summary>
    public static async ValueTask GrantAsync(NpgsqlConnection connection, PostgresOptions options, CancellationToken cancellationToken)
    {
        if (options.Mover is { } mover) await GrantMoverAsync(connection, mover, cancellationToken).ConfigureAwait(false);
        if (options.Application is { } application) await GrantApplicationAsync(connection, application, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// What a making that was broken off left: a partition of this store that holds nothing yet. A database that holds anything is left alone.
    /// </summary>
    private static async ValueTask TakeUpAsync(
        NpgsqlConnection connection, PartitionId id, string name, string store, CancellationToken cancellationToken)
    {
        const string IsEmpty = "NOT EXISTS (SELECT 1 FROM foreshard.owner)";
        const string IsNew = "NOT EXISTS (SELECT 1 FROM foreshard.schema_version)";
        using var command = new NpgsqlCommand(
            $"UPDATE foreshard.partition SET id = $1 WHERE store = $2 AND $2 <> '' AND format = $3 AND ({IsEmpty} OR (id = $1 AND {IsNew}))", connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = id.Value });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = store });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = PartitionTables.Format });
        if (await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) == 1) return;
        throw new PartitionServerException(name, "has a schema 'foreshard' already: its database is a partition, of another store or with data", "Nothing was "
            + "changed. Choose another database; or, if its store is gone and its data needed no more, drop its schema 'foreshard' and its tables");
    }

    private static ValueTask<int> GrantMoverAsync(NpgsqlConnection connection, string mover, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(
            $"GRANT USAGE ON SCHEMA foreshard TO {Sql.Name(mover)}; "
            + $"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA foreshard TO {Sql.Name(mover)}; "
            + $"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA foreshard TO {Sql.Name(mover)}; "
            + $"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA foreshard TO {Sql.Name(mover)}",
            cancellationToken);

    private static ValueTask<int> GrantApplicationAsync(NpgsqlConnection connection, string application, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(
            $"GRANT USAGE ON SCHEMA foreshard TO {Sql.Name(application)}; "
            + $"GRANT SELECT ON foreshard.partition, foreshard.owner, foreshard.core_log TO {Sql.Name(application)}; "
            + $"GRANT SELECT ON SEQUENCE foreshard.generation TO {Sql.Name(application)}; "
            + $"GRANT EXECUTE ON FUNCTION {string.Join(", ", SessionFunctions.Select(function => "foreshard." + function))} TO {Sql.Name(application)}",
            cancellationToken);
}
