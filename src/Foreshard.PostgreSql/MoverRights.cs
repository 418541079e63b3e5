using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>What lets Foreshard's own transactions write rows of the application's tables without setting off what hangs on them.</summary>
internal static class MoverRights
{
    /// <summary>
    /// Until the transaction ends neither triggers nor foreign keys act, so neither cascades nor the application's own triggers do anything to
    /// copies and clean-ups; whether foreign keys hold is looked at by queries. The server's log says that the transaction is Foreshard's own.
    /// </summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <param name="lockTimeout">How long its statements may wait for a lock; null: as long as ever.</param>
    public static async ValueTask EnterAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken, TimeSpan? lockTimeout = null) => await connection.ExecuteAsync(
        (lockTimeout is { } limit ? $"SET LOCAL lock_timeout = {Sql.Number((long)Math.Clamp(limit.TotalMilliseconds, 1, int.MaxValue))}; " : "")
        + "SET LOCAL session_replication_role = replica; SELECT set_config('foreshard.scope', 'mover', true), "
        + $"pg_logical_emit_message(true, '{LogMessage.Own}', '')",
        cancellationToken).ConfigureAwait(false);
}
