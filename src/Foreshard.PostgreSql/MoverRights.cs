using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>What lets Foreshard's own transactions write rows of the application's tables without setting off what hangs on them.</summary>
internal static class MoverRights
{
    /// <summary>
    /// Until the transaction ends neither triggers nor foreign keys act, so neither cascades nor the application's own triggers do anything to
    /// copies and clean-ups; whether foreign keys hold is looked at by queries. The server's log says that the transaction is Foreshard's own.
    /// </summary>
    public static async ValueTask EnterAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => await connection.ExecuteAsync(
        "SET LOCAL session_replication_role = replica; SELECT set_config('foreshard.scope', 'mover', true), "
        + $"pg_logical_emit_message(true, '{LogMessage.Own}', '')",
        cancellationToken).ConfigureAwait(false);
}
