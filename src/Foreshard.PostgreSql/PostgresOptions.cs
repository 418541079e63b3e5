using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>How partitions on PostgreSQL are reached.</summary>
/// <remarks>Not safe for concurrent use; read when the store is opened.</remarks>
public sealed class PostgresOptions
{
    /// <summary>The user that creates a partition and runs schema scripts. Default (null): the location's.</summary>
    public string? Installer { get; set; }

    /// <summary>The user of Foreshard's own work: moves, owner rows, checks. Default (null): the location's.</summary>
    public string? Mover { get; set; }

    /// <summary>The user of sessions. Default (null): the location's.</summary>
    public string? Application { get; set; }

    /// <summary>
    /// Changes how this process's sessions reach a partition, called once for each when it is opened: host and port of a proxy that pools by transaction,
    /// say. Everything else reaches the location itself. Default (null): sessions do, too.
    /// </summary>
    public Action<NpgsqlConnectionStringBuilder>? Sessions { get; set; }

    /// <summary>
    /// Passwords, asked for whenever a connection is opened, with everything that is known of it; may be called by several threads at once. Default (null):
    /// from the environment (<c>PGPASSWORD</c>) and password files (<c>PGPASSFILE</c>, <c>~/.pgpass</c>).
    /// </summary>
    public Func<NpgsqlConnectionStringBuilder, CancellationToken, ValueTask<string>>? Password { get; set; }

    /// <summary>
    /// How long a live move waits for transactions that were open when it began, in any database of the source's server: changes can be
    /// followed only once they are over. More than 0, at most 1 hour. Default: 30 s.
    /// </summary>
    public TimeSpan SlotPatience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Bytes of log that a server may have kept for a write log that nobody read; with more the log is given up and begins anew. At least 1.
    /// Default: 4 GiB.
    /// </summary>
    public long WriteLogBytes { get; set; } = 4L << 30;

    /// <summary>What is wrong, in words.</summary>
    internal IEnumerable<string> Problems()
    {
        if (SlotPatience <= TimeSpan.Zero || SlotPatience > TimeSpan.FromHours(1))
            yield return $"SlotPatience must be more than 0 and at most 1 h, is {SlotPatience}";
        if (WriteLogBytes < 1) yield return $"WriteLogBytes must be at least 1, is {WriteLogBytes}";
        foreach (var (name, user) in new[] { (nameof(Installer), Installer), (nameof(Mover), Mover), (nameof(Application), Application) })
        {
            if (user is { Length: 0 }) yield return $"{name} must name a user, or be null for the location's";
        }
    }
}
