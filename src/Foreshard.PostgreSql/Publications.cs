using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>Takes publications away beside statements that write.</summary>
/// <remarks>
/// Before its first UPDATE or DELETE of a table a server process lists the publications of the table and then looks each of them up (PostgreSQL's
/// <c>RelationBuildPublicationDesc</c>, seen in 15). If one is dropped between the two, the statement fails: "cache lookup failed for publication".
/// So the tables leave it first, and it is dropped once the transactions are over that held a lock to write then, as <c>CREATE INDEX CONCURRENTLY</c>
/// waits for them. Later ones find it in no list.
/// </remarks>
internal static class Publications
{
    private const string IsEmpty = "NOT EXISTS (SELECT FROM pg_publication_rel r WHERE r.prpubid = p.oid)";

    /// <summary>An empty publication costs nobody anything: it may wait for who comes next.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <summary>Takes their tables out, as part of a transaction. Those whose tables are locked for longer than a second are left as they are.</summary>
    /// <param name="connection">With the transaction.</param>
    /// <param name="which">A condition on <c>pg_publication p</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether there are any to drop, once the transaction is committed.</returns>
    public static async ValueTask<bool> EmptyAsync(NpgsqlConnection connection, string which, CancellationToken cancellationToken) =>
        (bool)(await connection.ScalarAsync(
            "DO $do$ DECLARE one record; patience text := current_setting('lock_timeout'); BEGIN PERFORM set_config('lock_timeout', '1s', true); "
            + "FOR one IN SELECT p.pubname, (SELECT string_agg('ONLY ' || r.prrelid::regclass, ', ' ORDER BY r.prrelid) FROM pg_publication_rel r "
            + $"WHERE r.prpubid = p.oid) AS tables FROM pg_publication p WHERE {which} LOOP CONTINUE WHEN one.tables IS NULL; "
            + "BEGIN EXECUTE format('ALTER PUBLICATION %I DROP TABLE %s', one.pubname, one.tables); "
            + "EXCEPTION WHEN lock_not_available OR deadlock_detected OR undefined_object OR undefined_table THEN NULL; END; "
            + "END LOOP; PERFORM set_config('lock_timeout', patience, true); END $do$; "
            + $"SELECT EXISTS (SELECT FROM pg_publication p WHERE {which} AND {IsEmpty})",
            cancellationToken).ConfigureAwait(false))!;

    /// <summary>Drops those that are empty. If some transaction stays open they stay, too, and whoever comes next drops them.</summary>
    /// <param name="partition">Where they are.</param>
    /// <param name="which">A condition on <c>pg_publication p</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask DropAsync(PostgresPartition partition, string which, CancellationToken cancellationToken)
    {
        var writers = await partition.AskAsync(
            (here, stop) => here.RowsAsync(
                "SELECT DISTINCT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted "
                + "AND pid <> pg_backend_pid() AND relation >= 16384 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                row => row.GetString(0),
                stop),
            cancellationToken).ConfigureAwait(false);
        if (!await Patience.UntilAsync(partition.Time, LongestWait, AreOverAsync, cancellationToken).ConfigureAwait(false)) return;
        await partition.AskAsync(
            (here, stop) => here.ExecuteAsync(
                $"DO $do$ DECLARE one name; BEGIN FOR one IN SELECT p.pubname FROM pg_publication p WHERE {which} AND {IsEmpty} LOOP "
                + "EXECUTE format('DROP PUBLICATION IF EXISTS %I', one); END LOOP; END $do$",
                stop),
            cancellationToken).ConfigureAwait(false);

        async ValueTask<bool> AreOverAsync(CancellationToken ct)
        {
            if (writers.Count == 0) return true;
            var open = await partition.AskAsync(
                (here, stop) => here.RowsAsync("SELECT virtualtransaction FROM pg_locks WHERE locktype = 'virtualxid'", row => row.GetString(0), stop),
                ct).ConfigureAwait(false);
            writers = [.. writers.Intersect(open, StringComparer.Ordinal)];
            return writers.Count == 0;
        }
    }
}
