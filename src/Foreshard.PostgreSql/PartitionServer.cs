using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>The ways to one partition's database: a pool for sessions, one for Foreshard's own work, and the installer's.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class PartitionServer : IAsyncDisposable
{
    /// <summary>
    /// Values as text must read the same on every partition, and whatever limits a database or role has for statements of applications
    /// must not end a copy.
    /// </summary>
    private const string OwnSettings = "-c DateStyle=ISO -c IntervalStyle=postgres -c TimeZone=UTC -c extra_float_digits=1 -c bytea_output=hex "
        + "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 -c synchronous_commit=on -c search_path=";

    private readonly string location;
    private readonly string name;
    private readonly PostgresOptions options;
    private readonly SemaphoreSlim upgrading = new(1, 1);

    private PartitionServer(string location, string name, PostgresOptions options, PartitionId? id)
    {
        this.location = location;
        this.name = name;
        this.options = options;
        Holds = Build(options.Application, isOwn: false, id);
        Sessions = options.Sessions is null ? Holds : Build(options.Application, isOwn: false, id, options.Sessions);
        Calls = options.Sessions is null ? Build(options.Application, isOwn: false, id, keepsState: true) : Sessions;
        Own = Build(options.Mover, isOwn: true, id);
        Installer = Build(options.Installer, isOwn: true, id);
    }

    /// <summary>Where it is; no password.</summary>
    public string Location => location;

    /// <summary>For sessions of the application; perhaps through a proxy that gives each transaction another connection to the server.</summary>
    public NpgsqlDataSource Sessions { get; }

    /// <summary>
    /// For statements that are sent whole and leave nothing behind. The driver doesn't reset these connections, which would take as long as a short statement.
    /// </summary>
    public NpgsqlDataSource Calls { get; }

    /// <summary>For what sessions need beyond a transaction: locks that last until they are given back. The same if there is no proxy.</summary>
    public NpgsqlDataSource Holds { get; }

    /// <summary>For moves, owner rows and checks.</summary>
    public NpgsqlDataSource Own { get; }

    /// <summary>For what creates and changes tables.</summary>
    public NpgsqlDataSource Installer { get; }

    /// <summary>For who looks after a server that was promoted: without asking whether it is the one recorded. The caller disposes of it.</summary>
    public NpgsqlDataSource Unchecked() => Build(options.Mover, isOwn: true, id: null);

    /// <summary>Lets go of connections to a server that may be no more.</summary>
    public void Clear()
    {
        ClearSessions();
        Own.Clear();
        Installer.Clear();
    }

    /// <summary>Lets go of sessions' connections to a server that was restarted since they were opened.</summary>
    public void ClearSessions()
    {
        Sessions.Clear();
        Calls.Clear();
    }

    /// <param name="location">A connection string without a password.</param>
    /// <param name="name">The partition's name; for messages.</param>
    /// <param name="options">Users and passwords.</param>
    /// <param name="id">The partition that every connection must find there; null while there is none yet.</param>
    /// <exception cref="ArgumentException">The location is no connection string, or has a password.</exception>
    public static PartitionServer At(string location, string name, PostgresOptions options, PartitionId? id)
    {
        if (new NpgsqlConnectionStringBuilder(location).Password is not null)
        {
            throw new ArgumentException(
                $"The location of partition '{name}' holds a password. It was not used and not kept: locations are in the mapping store, which others read. "
                + "Take the password out, and give it by PGPASSWORD, a password file or PostgresOptions.Password.", nameof(location));
        }

        return new PartitionServer(location, name, options, id);
    }

    /// <summary>For what has no pool: connections that follow the server's log. Holds the password, if one is given.</summary>
    public async ValueTask<string> OwnConnectionStringAsync(string applicationName, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(Own.ConnectionString) { ApplicationName = applicationName };
        if (options.Password is { } password) settings.Password = await password(settings, cancellationToken).ConfigureAwait(false);
        return settings.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        await Sessions.DisposeAsync().ConfigureAwait(false);
        await Calls.DisposeAsync().ConfigureAwait(false);
        await Holds.DisposeAsync().ConfigureAwait(false);
        await Own.DisposeAsync().ConfigureAwait(false);
        await Installer.DisposeAsync().ConfigureAwait(false);
        upgrading.Dispose();
    }

    private NpgsqlDataSource Build(
        string? user, bool isOwn, PartitionId? id, Action<NpgsqlConnectionStringBuilder>? change = null, bool keepsState = false)
    {
        var builder = new NpgsqlDataSourceBuilder(location);
        var settings = builder.ConnectionStringBuilder;
        if (user is not null) settings.Username = user;
        settings.ApplicationName ??= isOwn ? "foreshard" : "foreshard session";
        if (isOwn)
        {
            settings.CommandTimeout = 0;
            settings.Options = settings.Options + " " + OwnSettings + SearchPath(settings);
        }

        if (keepsState) settings.NoResetOnClose = true;
        if (change is not null)
        {
            // The driver would reset whichever connection to the server comes next, and look there for statements that it prepared on another.
            settings.NoResetOnClose = true;
            settings.MaxAutoPrepare = 0;
            change(settings);
        }
        else if (!isOwn && settings.MaxAutoPrepare == 0)
        {
            // The driver uses what is prepared already, which are the guard's statements, and prepares nothing by itself.
            settings.MaxAutoPrepare = 1;
            settings.AutoPrepareMinUsages = int.MaxValue;
        }

        if (options.Password is { } password)
        {
            builder.UsePasswordProvider(
                _ => throw new NotSupportedException("Foreshard opens connections asynchronously."),
                (connection, cancellationToken) => password(connection, cancellationToken));
        }

        if (id is { } expected)
        {
            builder.UsePhysicalConnectionInitializer(
                _ => throw new NotSupportedException("Foreshard opens connections asynchronously."),
                async connection =>
                {
                    await CheckAsync(connection, expected).ConfigureAwait(false);
                    if (!isOwn && change is null) await Guard.PrepareAsync(connection).ConfigureAwait(false);
                });
        }

        return builder.Build();
    }

    private static string SearchPath(NpgsqlConnectionStringBuilder settings) =>
        (settings.SearchPath ?? "public").Replace(" ", "", StringComparison.Ordinal);

    /// <summary>Refuses a connection that leads elsewhere than to this partition as it was when somebody last compared it with the map.</summary>
    private async Task CheckAsync(NpgsqlConnection connection, PartitionId expected)
    {
        if (await ReadFormatAsync(connection, expected).ConfigureAwait(false) is var format && format == PartitionTables.Format) return;
        if (format > PartitionTables.Format)
        {
            throw new PartitionServerException(
                name,
                $"has format {format}, but this version of Foreshard reads format {PartitionTables.Format}",
                "Nothing was changed. Use the newer version");
        }

        await UpgradeAsync(format).ConfigureAwait(false);
    }

    /// <summary>Brings a partition that an older version made to the format of this one, with the installer's rights.</summary>
    private async Task UpgradeAsync(int format)
    {
        await upgrading.WaitAsync().ConfigureAwait(false);
        try
        {
            var source = Build(options.Installer, isOwn: true, id: null);
            await using (source.ConfigureAwait(false))
            {
                var connection = await source.OpenConnectionAsync().ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                    await PartitionUpgrade.RunAsync(connection, options, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (NpgsqlException exception)
        {
            throw new PartitionServerException(
                name,
                $"has format {format}, and bringing it to format {PartitionTables.Format} failed: {exception.Message}",
                "Nothing was changed. End all processes of the older version, and open the store once with an installer that owns the schema 'foreshard'",
                exception);
        }
        finally
        {
            upgrading.Release();
        }
    }

    /// <returns>The partition's format, once it is known to be the right one on the right server.</returns>
    private async Task<int> ReadFormatAsync(NpgsqlConnection connection, PartitionId expected)
    {
        try
        {
            using var command = new NpgsqlCommand(
                "SELECT p.id, p.format, p.system_identifier = c.system_identifier AND p.timeline = foreshard.timeline() "
                + "FROM foreshard.partition p, pg_control_system() c", connection);
            using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
            if (!await reader.ReadAsync().ConfigureAwait(false)) throw Missing(null);
            if (reader.GetInt32(0) != expected.Value)
            {
                throw new PartitionServerException(name, $"should be {expected}, but its location leads to p{reader.GetInt32(0)}",
                    "Nothing was changed. Correct the location");
            }

            if (!reader.GetBoolean(2)) throw Promoted();
            return reader.GetInt32(1);
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            throw Missing(exception);
        }
    }

    /// <summary>The server is another than the one whose owner rows were compared with the mapping table.</summary>
    internal PartitionServerException Promoted() => new(
        name, "runs on a server that was promoted or restored since its owner rows were last compared with the mapping table",
        "Nothing was read or written. What it says of its units may be out of date; reconcile the partition before it serves again");

    private PartitionServerException Missing(Exception? inner) => new(
        name, "has no schema 'foreshard': its database is no partition", "Nothing was changed. Create the partition, or correct its location", inner);
}
