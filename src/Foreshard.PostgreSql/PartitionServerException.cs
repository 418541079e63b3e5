using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>A partition's server can't be reached, refuses, or fails at what Foreshard itself does there.</summary>
public sealed class PartitionServerException : ForeshardException
{
    internal PartitionServerException(string partition, string what, string remedy, Exception? inner = null)
        : base($"Partition '{partition}' {what}. {remedy}.{(inner is null ? "" : $" ({Describe(inner)})")}", inner)
    {
        Partition = partition;
        SqlState = (inner as PostgresException)?.SqlState;
    }

    /// <summary>The partition's name.</summary>
    public string Partition { get; }

    /// <summary>PostgreSQL's code of the error; null if the server did not answer.</summary>
    public string? SqlState { get; }

    /// <summary>What a failure of the server or the way to it means for whoever has to mend it.</summary>
    internal static PartitionServerException From(NpgsqlException exception, string partition) => exception is PostgresException failure
        ? new(partition, "refused", Remedy(failure), exception)
        : new(partition, "did not answer", "Whether a step that was under way took effect is found out before it is repeated; nothing was lost. "
            + "Look whether the server runs and can be reached from here; what was to be done may then be repeated", exception);

    private static string Remedy(PostgresException failure) => failure.SqlState switch
    {
        PostgresErrorCodes.InsufficientPrivilege => "Nothing was done. Give the role what docs/postgresql.md lists for it",
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            "Nothing was done. Look at the user and where its password comes from, and at the server's pg_hba.conf",
        PostgresErrorCodes.InvalidCatalogName => "Nothing was done. Create the database, or correct the partition's location",
        PostgresErrorCodes.DiskFull => "The transaction was rolled back and nothing was lost. Free some space and try again",
        PostgresErrorCodes.ConfigurationLimitExceeded => "Nothing was done. Raise the setting that it names and restart the server: max_replication_slots, "
            + "say, which every write log and every live move takes one of",
        PostgresErrorCodes.TooManyConnections => "Nothing was done. Raise max_connections, or lower the pools' Maximum Pool Size",
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow =>
            "The transaction was rolled back. Try again when the server is up",
        _ => "The transaction was rolled back and nothing was lost",
    };

    private static string Describe(Exception inner) => inner is PostgresException failure
        ? $"PostgreSQL error {failure.SqlState}: {failure.MessageText}"
        : inner.InnerException?.Message ?? inner.Message;
}
