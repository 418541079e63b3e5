using Npgsql.Replication.PgOutput.Messages;

namespace Foreshard.PostgreSql;

/// <summary>What Foreshard writes into a server's log beside rows, by the kinds of it.</summary>
internal static class LogMessage
{
    /// <summary>A mark that says how far somebody has to read. Its text is the reader's own.</summary>
    public const string Mark = "foreshard";

    /// <summary>The transaction has frozen units: no session has changed them after it.</summary>
    public const string Frozen = "foreshard.frozen";

    /// <summary>The transaction is a session's or Foreshard's own.</summary>
    public const string Own = "foreshard.own";

    /// <summary>A deleted row that the log names by a primary key without the entity's: table, key and group as a JSON array.</summary>
    public const string Deleted = "foreshard.deleted";

    public static async ValueTask<bool> IsMarkAsync(PgOutputReplicationMessage message, string mark) =>
        message is LogicalDecodingMessage { Prefix: Mark } told && await TextAsync(told).ConfigureAwait(false) == mark;

    public static async ValueTask<string> TextAsync(LogicalDecodingMessage message)
    {
        using var reader = new StreamReader(message.Data);
        return await reader.ReadToEndAsync().ConfigureAwait(false);
    }
}
