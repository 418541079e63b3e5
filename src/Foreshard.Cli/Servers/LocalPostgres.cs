using System.Globalization;
using Npgsql;

namespace Foreshard.Cli.Servers;

/// <summary>A PostgreSQL server of a local fleet, with one database for one partition and the three roles that work on it.</summary>
/// <param name="name">The partition's name.</param>
/// <param name="folder">A folder of its own.</param>
/// <param name="port">Where it listens.</param>
internal sealed class LocalPostgres(string name, string folder, int port) : LocalServer(name, folder, port)
{
    public const string Database = "foreshard";
    public const string Installer = "foreshard_installer";
    public const string Mover = "foreshard_mover";
    public const string Application = "foreshard_app";

    private readonly PostgresFiles files = new(folder);

    public override string Kind => "PostgreSQL";

    public override string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>The partition's location, as the mapping table keeps it.</summary>
    public string Location => string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Database={Database};Username={Application}");

    protected override string LogPath => files.LogPath;

    /// <summary>Running transactions are rolled back.</summary>
    protected override string StopSignal => "INT";

    public override async Task MakeAsync(CancellationToken cancellationToken)
    {
        await MakeFolderAsync(cancellationToken);
        if (File.Exists(Path.Combine(files.DataFolder, "PG_VERSION"))) return;
        await files.InitializeAsync(cancellationToken);
    }

    /// <summary>Makes the roles and the database, if they aren't there, with the grants of docs/postgresql.md.</summary>
    /// <exception cref="NpgsqlException">The server refused.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await ExecuteAsync("postgres", $"""
            DO $$ BEGIN
                IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{Application}') THEN
                    CREATE ROLE {Installer} LOGIN;
                    CREATE ROLE {Mover} LOGIN REPLICATION IN ROLE {Installer};
                    GRANT SET ON PARAMETER session_replication_role TO {Mover};
                    CREATE ROLE {Application} LOGIN;
                END IF;
            END $$
            """, cancellationToken);
        if (await ExecuteAsync("postgres", $"SELECT 1 FROM pg_database WHERE datname = '{Database}'", cancellationToken) is null)
            await ExecuteAsync("postgres", $"CREATE DATABASE {Database}", cancellationToken);
        await ExecuteAsync(
            Database,
            $"GRANT CREATE ON DATABASE {Database} TO {Installer}; GRANT CREATE ON SCHEMA public TO {Installer}",
            cancellationToken);
    }

    /// <summary>The program waits until the server takes connections, and leaves it in a session of its own.</summary>
    protected override async Task LaunchAsync(CancellationToken cancellationToken)
    {
        var settings = PostgresFiles.Settings(Port).Append("shared_buffers=64MB").Select(
            setting => $"-c {setting.Replace("=", "='", StringComparison.Ordinal)}'");
        string[] start = ["start", "-w", "-s", "-D", files.DataFolder, "-l", LogPath, "-o", string.Join(' ', settings)];
        await ServerProgram.RunAsync([.. ServerProgram.AsUser, ServerProgram.OfPostgres("pg_ctl"), .. start], cancellationToken);
    }

    protected override Task<bool> IsReadyAsync(CancellationToken cancellationToken) => files.IsReadyAsync(cancellationToken);

    protected override int? RecordedProcess() => ReadProcess(files.StatusPath);

    private async Task<object?> ExecuteAsync(string database, string sql, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = Port, Database = database, Username = PostgresFiles.Superuser, Pooling = false,
        };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
