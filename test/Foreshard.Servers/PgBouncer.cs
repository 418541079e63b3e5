using System.Globalization;
using Foreshard.Cli.Servers;

namespace Foreshard.Servers;

/// <summary>A proxy of a test's own that gives each transaction one of a few connections to a server: pgbouncer in transaction mode.</summary>
/// <remarks>It refuses to run as root, so it then runs as <c>nobody</c>.</remarks>
public sealed class PgBouncer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string folder;
    private readonly ServerProcess process;

    private PgBouncer(string folder, ServerProcess process, int port)
    {
        this.folder = folder;
        this.process = process;
        Port = port;
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>What it has printed.</summary>
    public string Log => process.Log;

    /// <summary>Starts one before a server.</summary>
    /// <param name="serverPort">The server's port on 127.0.0.1.</param>
    /// <param name="connections">Connections to the server, for each user and database.</param>
    /// <param name="users">Who may connect, without a password.</param>
    public static async Task<PgBouncer> StartAsync(int serverPort, int connections, params string[] users)
    {
        var folder = Directory.CreateTempSubdirectory("foreshard-pgbouncer-").FullName;
        var port = LoopbackPorts.TakeFree(1)[0];
        await File.WriteAllTextAsync(Path.Combine(folder, "users.txt"), string.Concat(users.Select(user => $"\"{user}\" \"\"\n")));
        await File.WriteAllTextAsync(Path.Combine(folder, "pgbouncer.ini"), string.Create(CultureInfo.InvariantCulture, $"""
            [databases]
            * = host=127.0.0.1 port={serverPort}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = trust
            auth_file = {folder}/users.txt
            pool_mode = transaction
            default_pool_size = {connections}
            max_client_conn = 200

            """));
        using (var open = System.Diagnostics.Process.Start("chmod", ["-R", "a+rX", folder])) await open.WaitForExitAsync(); // for whom it runs as
        string[] command = ["pgbouncer", Path.Combine(folder, "pgbouncer.ini")];
        if (Environment.IsPrivilegedProcess) command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--", .. command];
        var proxy = new PgBouncer(folder, ServerProcess.Start(command[0], command[1..]), port);
        try
        {
            await proxy.WaitAsync();
            return proxy;
        }
        catch
        {
            proxy.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task WaitAsync()
    {
        for (var waited = TimeSpan.Zero; ; waited += TimeSpan.FromMilliseconds(20))
        {
            if (process.HasEnded || waited > Patience) throw new InvalidOperationException($"pgbouncer did not start:\n{Log}");
            if (await LoopbackPorts.IsOpenAsync(Port)) return;
            await Task.Delay(20);
        }
    }
}
