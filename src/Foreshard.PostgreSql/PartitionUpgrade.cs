using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>Brings what an older version of Foreshard keeps in a partition to what this one does. Nothing of the application's is touched.</summary>
internal static class PartitionUpgrade
{
    /// <summary>In one transaction; without effect if it was done before.</summary>
    /// <exception cref="PostgresException">The installer may not, or sessions didn't end for a moment within 5 s. Nothing was changed.</exception>
    public static async ValueTask RunAsync(NpgsqlConnection connection, PostgresOptions options, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await connection.ExecuteAsync("SET LOCAL lock_timeout = '5s'", cancellationToken).ConfigureAwait(false);
            var found = await connection.ScalarAsync("SELECT format FROM foreshard.partition FOR UPDATE", cancellationToken).ConfigureAwait(false);
            if (found is not int format || format >= PartitionTables.Format) return;
            await connection.ExecuteAsync("ALTER TABLE foreshard.owner ADD COLUMN IF NOT EXISTS shard jsonb", cancellationToken).ConfigureAwait(false);

            // What triggers call keeps its signature and is replaced; other functions may have another one now.
            await connection.ExecuteAsync(
                "DO $$ DECLARE one record; BEGIN FOR one IN SELECT oid::regprocedure AS function FROM pg_proc "
                + "WHERE pronamespace = 'foreshard'::regnamespace AND prorettype <> 'trigger'::regtype "
                + "LOOP EXECUTE 'DROP FUNCTION ' || one.function; END LOOP; END $$",
                cancellationToken).ConfigureAwait(false);
            await connection.ExecuteAsync(PartitionTables.FunctionsDdl(), cancellationToken).ConfigureAwait(false);
            await connection.ExecuteAsync("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA foreshard FROM PUBLIC", cancellationToken).ConfigureAwait(false);
            await PartitionInstall.GrantAsync(connection, options, cancellationToken).ConfigureAwait(false);
            await connection.ExecuteAsync(
                $"UPDATE foreshard.partition SET format = {Sql.Number(PartitionTables.Format)}", cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
