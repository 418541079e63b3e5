using System.Globalization;

namespace Foreshard.Cli.Servers;

/// <summary>How a node of etcd on this machine is started.</summary>
internal static class EtcdArguments
{
    /// <summary>As <c>http://127.0.0.1:2379</c>.</summary>
    public static string UrlOf(int port, string scheme = "http") => string.Create(CultureInfo.InvariantCulture, $"{scheme}://127.0.0.1:{port}");

    /// <summary>The members of a cluster, as every node is told.</summary>
    public static string ClusterOf(IEnumerable<(string Name, int PeerPort)> members) =>
        string.Join(',', members.Select(member => $"{member.Name}={UrlOf(member.PeerPort)}"));

    /// <param name="name">The node's name.</param>
    /// <param name="dataFolder">Where its data is, or will be.</param>
    /// <param name="clientUrl">Where clients connect.</param>
    /// <param name="peerPort">Where the other nodes connect.</param>
    /// <param name="cluster">What <see cref="ClusterOf"/> says of all nodes.</param>
    public static IReadOnlyList<string> Of(string name, string dataFolder, string clientUrl, int peerPort, string cluster) =>
    [
        "--name", name, "--data-dir", dataFolder, "--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl,
        "--listen-peer-urls", UrlOf(peerPort), "--initial-advertise-peer-urls", UrlOf(peerPort),
        "--initial-cluster", cluster, "--initial-cluster-token", cluster, "--log-level", "warn", "--logger", "zap",
    ];
}
