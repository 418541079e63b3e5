using System.Diagnostics;
using System.Globalization;
using Foreshard.Cli.Fleets;
using Foreshard.Cli.Servers;
using Foreshard.Cli.Tests.Fleets;
using Npgsql;

[assembly: AssemblyFixture(typeof(SharedFleet))]

namespace Foreshard.Cli.Tests.Fleets;

/// <summary>A fleet of three partitions, started by <c>fleet up</c> when a test first asks for it and stopped after the last.</summary>
/// <remarks>Safe for concurrent use.</remarks>
public sealed class SharedFleet : IAsyncDisposable
{
    private readonly SemaphoreSlim turn = new(1);
    private FleetFolder? fleet;
    private int made;

    /// <summary>A shell with a file <c>fleet.json</c> that leads to empty databases and a store of a name that nobody else uses.</summary>
    internal async Task<Shell> ShellAsync(int partitions = 3)
    {
        await turn.WaitAsync();
        try
        {
            if (fleet is null)
            {
                fleet = new FleetFolder();
                (await fleet.RunAsync("fleet up --partitions 3")).Expect(ExitCode.Done);
            }
        }
        finally
        {
            turn.Release();
        }

        var settings = FleetFile.Read(fleet.File);
        var name = string.Create(CultureInfo.InvariantCulture, $"t{Interlocked.Increment(ref made)}");
        foreach (var partition in settings.Partitions)
        {
            await ExecuteAsync(partition.Location, LocalPostgres.Database, $"CREATE DATABASE {name}");
            await ExecuteAsync(
                partition.Location,
                name,
                $"GRANT CREATE ON DATABASE {name} TO {LocalPostgres.Installer}; GRANT CREATE ON SCHEMA public TO {LocalPostgres.Installer}");
        }

        var shell = new Shell();
        shell.Write("schema.sql", Shell.ServerScript);
        FleetFile.Write(Path.Combine(shell.Folder, "fleet.json"), settings with
        {
            Store = name,
            Partitions =
            [
                .. settings.Partitions.Take(partitions).Select(one => one with
                {
                    Location = new NpgsqlConnectionStringBuilder(one.Location) { Database = name }.ConnectionString,
                }),
            ],
        });
        return shell;
    }

    /// <summary>The same, with a store in it of 16 buckets, and the tables.</summary>
    internal async Task<Shell> StoreAsync(int partitions = 3)
    {
        var shell = await ShellAsync(partitions);
        (await shell.RunAsync("init --fleet fleet.json --schema foreshard.json --sql schema.sql --buckets 16")).Expect(ExitCode.Done);
        return shell;
    }

    /// <summary>How the fleet of a shell is reached.</summary>
    internal static FleetAddress AddressOf(Shell shell) =>
        FleetAddress.Of(Path.Combine(shell.Folder, "fleet.json"), null, null, new Dictionary<string, string>());

    /// <summary>Runs a statement as the superuser.</summary>
    /// <param name="location">A partition's location, for where the server is.</param>
    /// <param name="database">In which database; null: that of the location.</param>
    /// <param name="sql">The statement.</param>
    internal static async Task<object?> ExecuteAsync(string location, string? database, string sql)
    {
        var settings = new NpgsqlConnectionStringBuilder(location) { Username = PostgresFiles.Superuser, Pooling = false };
        settings.Database = database ?? settings.Database;
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (fleet is not null) await fleet.DisposeAsync();
        turn.Dispose();
    }
}

/// <summary>A folder in which a local fleet may run; its servers end with it, also if the tests' process is killed.</summary>
internal sealed class FleetFolder : IAsyncDisposable
{
    private readonly Process watcher;

    public FleetFolder()
    {
        // The shell's standard input ends with this process, however that ends; servers of a local fleet would live on.
        const string script = "read word; [ \"$word\" ] && exit; "
            + "for file in \"$1\"/fleet/*/etcd.pid \"$1\"/fleet/*/data/postmaster.pid; do kill -9 $(head -n 1 \"$file\") 2>/dev/null; done; rm -rf \"$1\"";
        watcher = Process.Start(new ProcessStartInfo("sh", ["-c", script, "sh", Shell.Folder]) { RedirectStandardInput = true })!;
    }

    public Shell Shell { get; } = new();

    public string Folder => Path.Combine(Shell.Folder, "fleet");

    /// <summary>How the fleet is reached.</summary>
    public string File => Path.Combine(Folder, FleetFile.Name);

    /// <summary>Runs a command on the fleet in this folder.</summary>
    public Task<Printed> RunAsync(string command) => Shell.RunAsync($"{command} --folder {Folder}");

    /// <summary>The same in a process of its own.</summary>
    public Task<Printed> StartAsync(string command, string path) => Shell.StartAsync($"{command} --folder {Folder}", path: path);

    public async ValueTask DisposeAsync()
    {
        if (Path.Exists(Path.Combine(Folder, LocalServers.FileName))) (await RunAsync("fleet down")).Expect(ExitCode.Done);
        await watcher.StandardInput.WriteLineAsync("over");
        watcher.StandardInput.Close();
        await watcher.WaitForExitAsync();
        watcher.Dispose();
        Shell.Dispose();
    }
}
