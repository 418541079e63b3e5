using Foreshard.PostgreSql;
using Npgsql;

namespace Foreshard.Cli.Fleets;

/// <summary>What a role on a partition's server may do.</summary>
/// <param name="Name">The role.</param>
/// <param name="IsSuperuser">Whether it may do anything.</param>
/// <param name="MayReplicate">Whether it may read the server's log.</param>
/// <param name="MaySwitchTriggersOff">Whether it may set <c>session_replication_role</c>.</param>
/// <param name="OwnsTables">Whether it is a member of the installer's role.</param>
/// <param name="MayCreate">Whether it may create schemas in the database and tables in the tables' schema.</param>
/// <param name="WritesOwnerRows">Whether it may write Foreshard's own tables.</param>
internal sealed record RoleFacts(
    string Name, bool IsSuperuser, bool MayReplicate, bool MaySwitchTriggersOff, bool OwnsTables, bool MayCreate, bool WritesOwnerRows);

/// <summary>Whether a database is the partition that it should be.</summary>
/// <param name="Id">Which partition it says it is.</param>
/// <param name="Store">Of which store; empty: not said.</param>
/// <param name="Format">Format of Foreshard's own tables.</param>
/// <param name="IsSameServer">Whether the server's system identifier is the recorded one.</param>
/// <param name="IsSameTimeline">Whether its timeline is the recorded one.</param>
internal sealed record IdentityFacts(int Id, string Store, int Format, bool IsSameServer, bool IsSameTimeline);

/// <summary>A transaction that stands in the way of moves.</summary>
/// <param name="Name">Its process or, if it was prepared, its name.</param>
/// <param name="User">Whose it is.</param>
/// <param name="Age">Since when it is open.</param>
internal sealed record OpenTransaction(string Name, string User, TimeSpan Age);

/// <summary>What was found of a partition's server. Nothing is written there.</summary>
internal sealed record PartitionFacts
{
    /// <summary>Oldest version of PostgreSQL, as <c>server_version_num</c> counts.</summary>
    public const int OldestVersion = 150_000;

    private static readonly string[] SettingNames =
    [
        "wal_level", "max_replication_slots", "max_wal_senders", "max_locks_per_transaction", "max_prepared_transactions",
        "fsync", "full_page_writes", "server_encoding",
    ];

    private static readonly string[] SessionRights = ["SELECT", "INSERT", "UPDATE", "DELETE"];

    public required int VersionNumber { get; init; }

    public required string Version { get; init; }

    public required bool IsStandby { get; init; }

    /// <summary>The server's settings, by name.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>When commits of sessions return; Foreshard's own wait for the disk.</summary>
    public string SynchronousCommit { get; init; } = "on";

    public required int SlotsInUse { get; init; }

    public required int SendersInUse { get; init; }

    /// <summary>How far the server's clock is ahead of this machine's, and how long it took to find that out: the error is half of that.</summary>
    public required (TimeSpan Ahead, TimeSpan RoundTrip) Clock { get; init; }

    /// <summary>Transactions that have written and are open for more than a minute.</summary>
    public required IReadOnlyList<OpenTransaction> Long { get; init; }

    /// <summary>Transactions that were prepared and not ended.</summary>
    public required IReadOnlyList<OpenTransaction> Prepared { get; init; }

    public required RoleFacts Installer { get; init; }

    public required RoleFacts Mover { get; init; }

    public required RoleFacts Application { get; init; }

    /// <summary>Which partition the database is; null: none yet.</summary>
    public required IdentityFacts? Identity { get; init; }

    /// <summary>Tables that sessions can't read or write for want of grants.</summary>
    public required IReadOnlyList<string> TablesWithoutGrants { get; init; }

    /// <summary>Looks at a server whose version is <see cref="OldestVersion"/> or later.</summary>
    /// <param name="connection">As the mover.</param>
    /// <param name="options">As whom the partition is used.</param>
    /// <param name="time">This machine's clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<PartitionFacts> ReadAsync(
        NpgsqlConnection connection, PostgresOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var server = DateTime.SpecifyKind((DateTime)(await connection.ScalarAsync("SELECT clock_timestamp()", cancellationToken))!, DateTimeKind.Utc);
        var roundTrip = time.GetElapsedTime(began);
        var ahead = server - (time.GetUtcNow().UtcDateTime - (roundTrip / 2));
        var settings = await connection.RowsAsync(
            $"SELECT name, setting FROM pg_settings WHERE name IN ({string.Join(", ", SettingNames.Select(Sql.Text))})",
            row => (row.GetString(0), row.GetString(1)),
            cancellationToken);
        var me = connection.UserName ?? "";
        var (installer, application) = (options.Installer ?? me, options.Application ?? me);
        var isPartition = await connection.ScalarAsync("SELECT to_regclass('foreshard.owner')::text", cancellationToken) is not null;
        return new PartitionFacts
        {
            VersionNumber = await VersionAsync(connection, cancellationToken),
            Version = (string)(await connection.ScalarAsync("SELECT current_setting('server_version')", cancellationToken))!,
            IsStandby = (bool)(await connection.ScalarAsync("SELECT pg_is_in_recovery()", cancellationToken))!,
            Settings = settings.ToDictionary(setting => setting.Item1, setting => setting.Item2, StringComparer.Ordinal),
            SlotsInUse = await CountAsync("pg_replication_slots"),
            SendersInUse = await CountAsync("pg_stat_replication"),
            Clock = (ahead, roundTrip),
            Long = await TransactionsAsync(
                "SELECT 'process ' || pid, coalesce(usename, '?'), xact_start FROM pg_stat_activity "
                + "WHERE backend_xid IS NOT NULL AND xact_start < clock_timestamp() - interval '1 minute' ORDER BY xact_start"),
            Prepared = await TransactionsAsync("SELECT gid, owner, prepared FROM pg_prepared_xacts ORDER BY prepared"),
            Installer = await RoleAsync(connection, installer, installer, isPartition, cancellationToken),
            Mover = await RoleAsync(connection, options.Mover ?? me, installer, isPartition, cancellationToken),
            Application = await RoleAsync(connection, application, installer, isPartition, cancellationToken),
            Identity = isPartition ? await IdentityAsync(connection, cancellationToken) : null,
            TablesWithoutGrants = isPartition ? await TablesWithoutGrantsAsync(connection, application, cancellationToken) : [],
        };

        async Task<int> CountAsync(string view) => (int)(long)(await connection.ScalarAsync($"SELECT count(*) FROM {view}", cancellationToken))!;

        async Task<IReadOnlyList<OpenTransaction>> TransactionsAsync(string sql) => await connection.RowsAsync(
            sql, row => new OpenTransaction(row.GetString(0), row.GetString(1), server - row.GetDateTime(2).ToUniversalTime()), cancellationToken);
    }

    public static async Task<int> VersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (int)(await connection.ScalarAsync("SELECT current_setting('server_version_num')::int", cancellationToken))!;

    private static async Task<RoleFacts> RoleAsync(
        NpgsqlConnection connection, string role, string installer, bool isPartition, CancellationToken cancellationToken)
    {
        var name = Sql.Text(role);
        var rows = await connection.RowsAsync(
            $"SELECT rolsuper, rolreplication, has_parameter_privilege({name}, 'session_replication_role', 'SET'), pg_has_role({name}, "
                + $"{Sql.Text(installer)}, 'MEMBER'), "
            + $"has_database_privilege({name}, current_database(), 'CREATE') AND coalesce(has_schema_privilege({name}, current_schema(), 'CREATE'), false), "
            + (isPartition ? $"has_table_privilege({name}, 'foreshard.owner', 'INSERT, UPDATE, DELETE')" : "false")
            + $" FROM pg_roles WHERE rolname = {name}",
            row => new RoleFacts(role, row.GetBoolean(0), row.GetBoolean(1), row.GetBoolean(2), row.GetBoolean(3), row.GetBoolean(4), row.GetBoolean(5)),
            cancellationToken);
        return rows[0];
    }

    private static async Task<IdentityFacts> IdentityAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => (await connection.RowsAsync(
        "SELECT p.id, p.store, p.format, p.system_identifier = c.system_identifier, CASE WHEN pg_is_in_recovery() THEN true ELSE p.timeline = "
            + "foreshard.timeline() END "
        + "FROM foreshard.partition p, pg_control_system() c",
        row => new IdentityFacts(row.GetInt32(0), row.GetString(1), row.GetInt32(2), row.GetBoolean(3), row.GetBoolean(4)),
        cancellationToken))[0];

    private static async Task<IReadOnlyList<string>> TablesWithoutGrantsAsync(NpgsqlConnection connection, string role, CancellationToken cancellationToken)
    {
        var rights = SessionRights.Select(right => $"has_table_privilege({Sql.Text(role)}, c.oid, '{right}')");
        return await connection.RowsAsync(
            "SELECT relname FROM pg_class c WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' "
            + "AND EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'foreshard_scope') "
            + $"AND NOT ({string.Join(" AND ", rights)}) ORDER BY relname",
            row => row.GetString(0),
            cancellationToken);
    }
}
