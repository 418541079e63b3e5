using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>How partitions on PostgreSQL are reached.</summary>
/// <param name="TimeProvider">Clock for waits.</param>
internal sealed record PostgresOptions(TimeProvider TimeProvider)
{
    /// <summary>The user that creates a partition and runs schema scripts; null: the location's.</summary>
    public string? Installer { get; init; }

    /// <summary>The user of Foreshard's own work: moves, owner rows, checks; null: the location's.</summary>
    public string? Mover { get; init; }

    /// <summary>The user of sessions; null: the location's.</summary>
    public string? Application { get; init; }

    /// <summary>
    /// Passwords, asked for whenever a connection is opened, with everything that is known of it; null: from the environment
    /// (<c>PGPASSWORD</c>) and password files (<c>PGPASSFILE</c>, <c>~/.pgpass</c>).
    /// </summary>
    public Func<NpgsqlConnectionStringBuilder, CancellationToken, ValueTask<string>>? Password { get; init; }

    /// <summary>
    /// How long a live move waits for transactions that were open when it began, in any database of the source's server: changes can be
    /// followed only once they are over. Default: 30 s.
    /// </summary>
    public TimeSpan SlotPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Bytes of log that a server may have kept for a write log that nobody read; with more the log is given up and begins anew. Default: 4 GiB.
    /// </summary>
    public long WriteLogBytes { get; init; } = 4L << 30;
}
