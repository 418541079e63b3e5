using System.Diagnostics;
using Foreshard.Cli.Servers;

namespace Foreshard.Servers;

/// <summary>How a node serves its clients over TLS.</summary>
/// <param name="CertificateFile">PEM.</param>
/// <param name="KeyFile">PEM.</param>
/// <param name="ClientCaFile">What clients' certificates must descend from; null: clients show none.</param>
public sealed record EtcdTls(string CertificateFile, string KeyFile, string? ClientCaFile);

/// <summary>One private node of etcd on free loopback ports, with its data in a temporary folder. Not safe for concurrent use.</summary>
public sealed class EtcdServer : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly string folder = Directory.CreateTempSubdirectory("foreshard-etcd-").FullName;
    private readonly string[] arguments;
    private readonly int peerPort;
    private readonly string cluster;
    private ServerProcess? process;

    private EtcdServer(string name, int clientPort, int peerPort, string cluster, EtcdTls? tls, IEnumerable<string> more)
    {
        Name = name;
        this.peerPort = peerPort;
        this.cluster = cluster;
        Endpoint = EtcdArguments.UrlOf(clientPort, tls is null ? "http" : "https");
        arguments =
        [
            .. EtcdArguments.Of(name, Path.Combine(folder, "data"), Endpoint, peerPort, cluster),
            .. tls is null ? [] : (string[])["--cert-file", tls.CertificateFile, "--key-file", tls.KeyFile],
            .. tls?.ClientCaFile is null ? [] : (string[])["--client-cert-auth", "--trusted-ca-file", tls.ClientCaFile],
            .. more,
        ];
    }

    public string Name { get; }

    /// <summary>Where clients connect: <c>http://127.0.0.1:PORT</c>.</summary>
    public string Endpoint { get; }

    public bool IsRunning => process is { HasEnded: false };

    /// <summary>A cluster of one node, running.</summary>
    public static async Task<EtcdServer> StartAsync(EtcdTls? tls = null, params string[] more)
    {
        var ports = LoopbackPorts.TakeFree(2);
        var server = new EtcdServer("n1", ports[0], ports[1], EtcdArguments.ClusterOf([("n1", ports[1])]), tls, more);
        await OrDispose(server, () =>
        {
            server.Start();
            return server.WaitAsync();
        });
        return server;
    }

    /// <summary>Starts it, or starts it again with its data.</summary>
    public void Start()
    {
        process?.Dispose();
        process = ServerProcess.Start(ServerProgram.OfEtcd(), arguments);
    }

    /// <summary>Returns once it takes connections.</summary>
    /// <exception cref="InvalidOperationException">It ended or was not ready in time; with its log.</exception>
    public async Task WaitAsync()
    {
        var port = new Uri(Endpoint).Port;
        for (var since = Stopwatch.StartNew(); since.Elapsed < StartLimit && IsRunning;)
        {
            // The port opens once the node has joined its cluster.
            if (await LoopbackPorts.IsOpenAsync(port)) return;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        throw new InvalidOperationException($"The etcd node {Name} at {Endpoint} did not start:\n{process?.Log}");
    }

    /// <summary>Writes all it holds to a file.</summary>
    public Task SaveAsync(string file) => ServerProgram.RunAsync(["etcdctl", "--endpoints", Endpoint, "snapshot", "save", file]);

    /// <summary>Puts back what a file holds, of the one node of a cluster, and starts it.</summary>
    public async Task RestoreAsync(string file)
    {
        Kill();
        Directory.Delete(Path.Combine(folder, "data"), recursive: true);
        await ServerProgram.RunAsync(
            ["etcdctl", "snapshot", "restore", file, "--data-dir", Path.Combine(folder, "data"), "--name", Name,
                "--initial-cluster", cluster, "--initial-cluster-token", cluster, "--initial-advertise-peer-urls", EtcdArguments.UrlOf(peerPort)]);
        Start();
        await WaitAsync();
    }

    public void Kill() => process?.Kill();

    public void End() => process?.End();

    public void Pause() => process?.Pause();

    public void Resume() => process?.Resume();

    public void Dispose()
    {
        process?.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    internal static EtcdServer OfCluster(string name, int clientPort, int peerPort, string cluster) => new(name, clientPort, peerPort, cluster, null, []);

    internal static async Task OrDispose(IDisposable server, Func<Task> start)
    {
        try
        {
            await start();
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }
}
