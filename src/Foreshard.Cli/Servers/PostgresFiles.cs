using System.Globalization;

namespace Foreshard.Cli.Servers;

/// <summary>The files of one PostgreSQL server in a folder of its own.</summary>
internal sealed class PostgresFiles(string folder)
{
    /// <summary>The superuser, who needs no password from this machine.</summary>
    public const string Superuser = "postgres";

    public string Folder => folder;

    /// <summary>The cluster.</summary>
    public string DataFolder => Path.Combine(folder, "data");

    public string LogPath => Path.Combine(folder, "server.log");

    /// <summary>What the server has written to its log.</summary>
    public string Log => File.Exists(LogPath) ? File.ReadAllText(LogPath) : "";

    /// <summary>The server's own file, there while it runs and after a crash.</summary>
    public string StatusPath => Path.Combine(DataFolder, "postmaster.pid");

    /// <summary>Makes the cluster. The folder is there.</summary>
    /// <exception cref="LocalServerException">PostgreSQL isn't installed, or it can't be made there.</exception>
    public async Task InitializeAsync(CancellationToken cancellationToken = default)
    {
        await ServerProgram.HandOverAsync(folder);
        await ServerProgram.RunAsync(
            [.. ServerProgram.AsUser, ServerProgram.OfPostgres("initdb"), "-D", DataFolder, "-U", Superuser, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                "--no-sync", "--no-instructions"],
            cancellationToken);
    }

    /// <summary>Settings that a partition's server needs, and where it listens.</summary>
    public static IReadOnlyList<string> Settings(int port) =>
    [
        "listen_addresses=127.0.0.1", string.Create(CultureInfo.InvariantCulture, $"port={port}"), "unix_socket_directories=", "wal_level=logical",
        "max_connections=100", "log_min_messages=warning",
    ];

    /// <summary>Whether it takes connections, as a standby or by itself: the last line of its own file says so.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await File.ReadAllLinesAsync(StatusPath, cancellationToken) is [.., var last] && last.Trim() is "ready" or "standby";
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }
}
