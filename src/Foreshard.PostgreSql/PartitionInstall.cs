using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>Makes a database a partition, and gives its three roles what they need.</summary>
internal static class PartitionInstall
{
    /// <summary>What sessions call, and what their triggers call in their name.</summary>
    private static readonly string[] SessionFunctions =
    [
        "timeline()", "admit(integer, bigint, integer, boolean, text, text, text, text, text, text)", "touched(oid[])", "finish(oid[])",
        "check_scope()", "refuse_row()", "log_core()", "refuse_union(text)", "settle_generation()",
    ];

    public static async ValueTask RunAsync(
        PartitionServer server, PartitionId id, string name, PostgresOptions options, CancellationToken cancellationToken)
    {
        var connection = await server.Installer.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            if (await connection.ScalarAsync("SELECT 1 FROM pg_namespace WHERE nspname = 'foreshard'", cancellationToken).ConfigureAwait(false) is not null)
            {
                throw new PartitionServerException(name, "has a schema 'foreshard' already: its database is a partition", "Nothing was changed. "
                    + "Open it, or choose another database");
            }

            var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                await connection.ExecuteAsync(PartitionTables.Ddl(id), cancellationToken).ConfigureAwait(false);
                if (options.Mover is { } mover) await GrantMoverAsync(connection, mover, cancellationToken).ConfigureAwait(false);
                if (options.Application is { } application) await GrantApplicationAsync(connection, application, cancellationToken).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
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
