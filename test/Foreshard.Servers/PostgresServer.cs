using System.Diagnostics;
using System.Globalization;
using Foreshard.Cli.Servers;

namespace Foreshard.Servers;

/// <summary>A PostgreSQL server of a test's own: a fresh cluster in a temporary folder, on a free port of the loopback interface.</summary>
/// <remarks>
/// Its superuser is <see cref="Superuser"/>, without a password. The server refuses to run as root, so it then runs as <c>nobody</c>. A
/// shell stands between the test's process and the server and ends the server when the process is gone, however it ended.
/// </remarks>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>The cluster's superuser.</summary>
    public const string Superuser = PostgresFiles.Superuser;

    private const int Attempts = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly PostgresFiles files;
    private readonly bool isSynced;
    private Process? watcher;

    private readonly string[] more;

    private PostgresServer(string folder, bool isSynced, params string[] more)
    {
        files = new PostgresFiles(folder);
        this.isSynced = isSynced;
        this.more = more;
    }

    /// <summary>The port on 127.0.0.1; the same after another start, unless somebody else has taken it.</summary>
    public int Port { get; private set; }

    /// <summary>The folder with the cluster's files.</summary>
    public string DataFolder => files.DataFolder;

    /// <summary>What the server has written to its log.</summary>
    public string Log => files.Log;

    /// <summary>Makes a cluster and starts it.</summary>
    /// <param name="isSynced">Whether commits wait for the disk, so that they outlive a crash of the machine; slow.</param>
    /// <param name="more">Settings, <c>name=value</c>, that replace those of tests.</param>
    public static async Task<PostgresServer> StartAsync(bool isSynced = false, params string[] more)
    {
        var folder = Directory.CreateTempSubdirectory("foreshard-postgres-").FullName;
        var server = new PostgresServer(folder, isSynced, more);
        try
        {
            await server.files.InitializeAsync();
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A connection string for a database, as the superuser.</summary>
    public string ConnectionString(string database) => ConnectionString(database, Superuser);

    /// <summary>A connection string for a database.</summary>
    public string ConnectionString(string database, string user) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Database={database};Username={user}");

    /// <summary>Starts the server on its files, which it had before.</summary>
    public async Task StartAgainAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            if (Port == 0 || attempt > 1) Port = LoopbackPorts.TakeFree(1)[0];
            Launch();
            if (await IsReadyAsync()) return;
            await KillAsync();

            // Somebody else may have taken the port between the look and the start.
            if (attempt == Attempts || !Log.Contains("Address already in use", StringComparison.Ordinal))
                throw new InvalidOperationException($"The PostgreSQL server did not start:\n{Log}");
        }
    }

    /// <summary>Starts the stopped server as a standby, which follows nobody, and promotes it: the same data on a new timeline.</summary>
    public async Task StartPromotedAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(DataFolder, "standby.signal"), "");
        await ServerProgram.HandOverAsync(Path.Combine(DataFolder, "standby.signal"));
        await StartAgainAsync();
        await PromoteAsync();
    }

    /// <summary>Starts a copy of this server that follows it from now on, until it is promoted.</summary>
    public async Task<PostgresServer> StartStandbyAsync()
    {
        var standby = new PostgresServer(Directory.CreateTempSubdirectory("foreshard-postgres-").FullName, isSynced);
        try
        {
            await ServerProgram.HandOverAsync(standby.files.Folder);
            await ServerProgram.RunAsync(
                [.. ServerProgram.AsUser, ServerProgram.OfPostgres("pg_basebackup"), "-h", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture),
                    "-U", Superuser, "-D", standby.DataFolder, "-R", "-c", "fast", "-X", "stream", "--no-sync"]);
            await standby.StartAgainAsync();
            return standby;
        }
        catch
        {
            await standby.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether commits wait until a standby has them; returns once one does.</summary>
    public async Task WaitForStandbysAsync(bool wait)
    {
        var postgres = ConnectionString("postgres");
        await PostgresDatabases.ExecuteAsync(postgres, $"ALTER SYSTEM SET synchronous_standby_names = '{(wait ? "*" : "")}'");
        await PostgresDatabases.ExecuteAsync(postgres, "SELECT pg_reload_conf()");
        if (!wait) return;
        await PostgresDatabases.ExecuteAsync(
            postgres + ";Command Timeout=180",
            "DO $$ BEGIN WHILE NOT EXISTS (SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync') LOOP PERFORM pg_sleep(0.02); END LOOP; END $$");
    }

    /// <summary>A standby hears nothing more of the server that it follows.</summary>
    public async Task StopFollowingAsync()
    {
        await PostgresDatabases.ExecuteAsync(ConnectionString("postgres"), "ALTER SYSTEM SET primary_conninfo = ''");
        await PostgresDatabases.ExecuteAsync(ConnectionString("postgres"), "SELECT pg_reload_conf()");
    }

    /// <summary>A standby becomes a server of its own, on a new timeline.</summary>
    public Task PromoteAsync() => PostgresDatabases.ExecuteAsync(ConnectionString("postgres"), "SELECT pg_promote()");

    /// <summary>Gives the superuser a password, and from then on lets nobody in without one.</summary>
    public async Task RequirePasswordAsync(string password)
    {
        await PostgresDatabases.ExecuteAsync(ConnectionString("postgres"), $"ALTER ROLE {Superuser} PASSWORD '{password}'");
        await File.WriteAllTextAsync(Path.Combine(DataFolder, "pg_hba.conf"), "host all all 127.0.0.1/32 scram-sha-256\n");
        await PostgresDatabases.ExecuteAsync(ConnectionString("postgres"), "SELECT pg_reload_conf()", password);
    }

    /// <summary>Stops the server in good order; running transactions are rolled back.</summary>
    public Task StopAsync() => EndAsync("INT");

    /// <summary>Ends the server as a crash would.</summary>
    public Task KillAsync() => EndAsync("KILL");

    /// <summary>Stops the server and removes its files.</summary>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        for (var attempt = 0; Directory.Exists(files.Folder); attempt++)
        {
            try
            {
                Directory.Delete(files.Folder, recursive: true);
            }
            catch (IOException) when (attempt < 50)
            {
                // Processes of the server that outlive it for a moment still write.
                await Task.Delay(20);
            }
        }
    }

    private void Launch()
    {
        File.Delete(files.LogPath);
        string[] settings =
        [
            .. PostgresFiles.Settings(Port), "shared_buffers=16MB", "max_prepared_transactions=5", $"fsync={(isSynced ? "on" : "off")}",
            "autovacuum_naptime=5min", .. more,
        ];

        // The shell's standard input ends with this process, also if it is killed; the shell then kills the server and removes its files.
        const string script = "folder=$1; shift; \"$@\" >\"$folder/server.log\" 2>&1 </dev/null & server=$!; echo $server; "
            + "read word; kill -QUIT $server 2>/dev/null; wait; [ \"$word\" ] || rm -rf \"$folder\"";
        string[] server = [.. ServerProgram.AsUser, ServerProgram.OfPostgres("postgres"), "-D", DataFolder];
        var start = new ProcessStartInfo("sh", ["-c", script, "sh", files.Folder, .. server, .. settings.SelectMany(setting => new[] { "-c", setting })])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        watcher = Process.Start(start)!;
    }

    /// <summary>Clients that come too early are refused with the same word.</summary>
    private static bool IsOfServer(string line) =>
        line.Contains("FATAL", StringComparison.Ordinal) && !line.Contains("the database system is", StringComparison.Ordinal);

    private async Task<bool> IsReadyAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < Patience)
        {
            if (await files.IsReadyAsync()) return true;
            if (Log.Split('\n').Any(IsOfServer)) return false;
            await Task.Delay(5);
        }

        return false;
    }

    /// <summary>A server's processes: those that outlived it would keep another from starting on its files.</summary>
    private static async Task<string[]> ChildrenAsync(string server)
    {
        try
        {
            return (await File.ReadAllTextAsync($"/proc/{server}/task/{server}/children")).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>
    /// Whether a process of the server runs: each has the cluster's folder as its own. The first of them is no sign: the shell lets it lie when it
    /// is dead, and others outlive it for a moment.
    /// </summary>
    private bool RunsAny() => Directory.EnumerateDirectories("/proc").Any(process =>
    {
        try
        {
            return char.IsAsciiDigit(Path.GetFileName(process)[0]) && new FileInfo(Path.Combine(process, "cwd")).LinkTarget == DataFolder;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false; // it is gone, or somebody else's
        }
    });

    private async Task EndAsync(string signal)
    {
        if (watcher is not { } running) return;
        watcher = null;
        var server = (await running.StandardOutput.ReadLineAsync())!;
        string[] doomed = signal == "KILL" ? [server, .. await ChildrenAsync(server)] : [server];
        using (var kill = Process.Start("kill", [$"-{signal}", .. doomed])) await kill.WaitForExitAsync();
        var ended = Stopwatch.GetTimestamp();
        while (RunsAny() && Stopwatch.GetElapsedTime(ended) < Patience) await Task.Delay(5);
        await running.StandardInput.WriteLineAsync("keep");
        running.StandardInput.Close();
        await running.WaitForExitAsync();
        running.Dispose();
        File.Delete(files.StatusPath);
    }
}
