using System.Globalization;

namespace Foreshard.Cli.Servers;

/// <summary>A node of a local fleet's etcd.</summary>
/// <param name="name">Its name in the cluster.</param>
/// <param name="folder">A folder of its own.</param>
/// <param name="port">Where clients connect.</param>
/// <param name="peerPort">Where the other nodes connect.</param>
/// <param name="cluster">All nodes, as <see cref="EtcdArguments.ClusterOf"/> says.</param>
internal sealed class LocalEtcd(string name, string folder, int port, int peerPort, string cluster) : LocalServer(name, folder, port)
{
    public override string Kind => "etcd";

    public override string Address => EtcdArguments.UrlOf(Port);

    protected override string LogPath => Path.Combine(Folder, "server.log");

    protected override string StopSignal => "TERM";

    private string ProcessPath => Path.Combine(Folder, "etcd.pid");

    /// <summary>Its data is made when it first starts.</summary>
    public override Task MakeAsync(CancellationToken cancellationToken) => MakeFolderAsync(cancellationToken);

    protected override async Task LaunchAsync(CancellationToken cancellationToken)
    {
        // A session of its own: neither Ctrl+C nor the end of the terminal is meant for it.
        const string script = "log=$1; shift; setsid \"$@\" </dev/null >>\"$log\" 2>&1 & echo $!";
        var arguments = EtcdArguments.Of(Name, Path.Combine(Folder, "data"), Address, peerPort, cluster);
        var printed = await ServerProgram.RunAsync(
            ["sh", "-c", script, "sh", LogPath, .. ServerProgram.AsUser, ServerProgram.OfEtcd(), .. arguments], cancellationToken);
        var process = int.Parse(printed, CultureInfo.InvariantCulture);
        await File.WriteAllTextAsync(ProcessPath, string.Create(CultureInfo.InvariantCulture, $"{process}\n"), cancellationToken);
    }

    /// <summary>The port opens once the node has joined its cluster.</summary>
    protected override Task<bool> IsReadyAsync(CancellationToken cancellationToken) => LoopbackPorts.IsOpenAsync(Port, cancellationToken);

    protected override int? RecordedProcess() => ReadProcess(ProcessPath);
}
